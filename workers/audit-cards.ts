import { ProvisioningClient } from '../activities/adapters/provisioning/provisioning-client.ts';
import { auditLive, type LiveAudit, type LiveAuditDependencies } from '../activities/audit/audit-live.ts';
import { listOperators } from '../activities/registry/operators.ts';
import { viewWorkflow, type ViewDependencies } from '../activities/requests/workflow-view.ts';
import type { Resources } from './resources.ts';

/** Compares these cards by what this installation is connected to: every operator that is registered now, and Temporal. */
export async function auditCards(
  { database, config }: Resources,
  { temporal, ...watched }: Pick<LiveAuditDependencies, 'onAsked' | 'signal'> & { readonly temporal: ViewDependencies },
  iccids: readonly string[],
): Promise<LiveAudit> {
  const gateways = new Map(
    (await listOperators(database)).map(({ id, provisioningUrl }) => [
      id,
      new ProvisioningClient({ operator: id, url: provisioningUrl, tls: config.operatorTls }),
    ]),
  );
  const isCarriedOn: LiveAuditDependencies['isCarriedOn'] = async (change) =>
    (await viewWorkflow(temporal, change)).running;
  try {
    return await auditLive({ database, gateways, isCarriedOn, ...watched }, iccids);
  } finally {
    await Promise.all([...gateways.values()].map((gateway) => gateway.close()));
  }
}
