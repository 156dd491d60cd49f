import type { ProvisioningClient } from '../../../adapters/provisioning/provisioning-client.ts';
import type { Database } from '../../../adapters/database/database.ts';
import type { Vault } from '../../../adapters/vault/vault.ts';

export interface OperatorDependencies {
  readonly operator: string;
  readonly gateway: ProvisioningClient;
  readonly database: Database;
  readonly vault: Vault;
}
