import { sql } from 'kysely';
import { failure } from '../../../workflows/shared/failures.ts';
import type { RegistryActivities } from '../../../workflows/change/ports.ts';
import type { Database } from '../../../adapters/database/database.ts';
import { UnsealError } from '../../../adapters/vault/seal.ts';
import type { Vault } from '../../../adapters/vault/vault.ts';
import { openCardKeys, type SealedCardKeys } from '../../../services/packets/card-keys.ts';

/** Checks that admin code and key set are there and open. Nothing of them goes back: who needs them opens their row. */
export const lookUpAdminCode =
  (database: Database, vault: Vault): RegistryActivities['lookUpAdminCode'] =>
  async ({ iccid }) => {
    const { rows } = await sql<SealedCardKeys>`
      select iccid, kvn, sealed_adm1, sealed_kic, sealed_kid from cards where iccid = ${iccid}`.execute(database);
    const [sealed] = rows;
    if (sealed === undefined) throw failure('ADMIN_CODE_UNKNOWN', `ICCID ${iccid} has no admin code in the registry`);
    try {
      await openCardKeys(sealed, vault);
    } catch (cause) {
      if (cause instanceof UnsealError) throw failure('ADMIN_CODE_UNKNOWN', cause.message);
      throw cause;
    }
  };
