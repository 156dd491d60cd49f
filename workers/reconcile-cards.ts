import { ProvisioningClient } from '../adapters/provisioning/provisioning-client.ts';
import {
  reconcileLive,
  type LiveReconciliation,
  type LiveReconciliationDependencies,
} from '../services/reconciliation/reconcile-live.ts';
import { listOperators } from '../services/registry/operators.ts';
import { viewWorkflow, type ViewDependencies } from '../services/requests/workflow-view.ts';
import type { Resources } from './resources.ts';

/** Compares these cards by what this installation is connected to: every operator that is registered now, and Temporal. */
export async function reconcileCards(
  { database, config }: Resources,
  {
    temporal,
    ...watched
  }: Pick<LiveReconciliationDependencies, 'onAsked' | 'signal'> & { readonly temporal: ViewDependencies },
  iccids: readonly string[],
): Promise<LiveReconciliation> {
  const gateways = new Map(
    (await listOperators(database)).map(({ id, provisioningUrl }) => [
      id,
      new ProvisioningClient({ operator: id, url: provisioningUrl, tls: config.operatorTls }),
    ]),
  );
  const isCarriedOn: LiveReconciliationDependencies['isCarriedOn'] = async (change) =>
    (await viewWorkflow(temporal, change)).running;
  try {
    return await reconcileLive({ database, gateways, isCarriedOn, ...watched }, iccids);
  } finally {
    await Promise.all([...gateways.values()].map((gateway) => gateway.close()));
  }
}
