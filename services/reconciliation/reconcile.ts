import { reconcileEvidence } from './evidence.ts';
import type { ReconciliationFacts } from './facts.ts';
import type { Finding } from './findings.ts';
import { indexFacts } from './index-facts.ts';
import { reconcilePackets } from './packets.ts';
import { reconcileRecord } from './record.ts';
import { reconcileSubscriptions } from './subscriptions.ts';
import { reconcileWorkflows } from './workflows.ts';

/**
 * Compares cards, HLRs, registry, read model, events and workflows, as they were collected, and answers every disagreement that no
 * fault of the world excuses. Pure: the chaos run plants the facts of simulators, a reconciliation those of live systems.
 */
export function reconcile(facts: ReconciliationFacts): Finding[] {
  const indexed = indexFacts(facts);
  return [
    ...reconcileSubscriptions(facts, indexed),
    ...reconcileEvidence(facts, indexed),
    ...reconcilePackets(facts),
    ...reconcileRecord(facts),
    ...reconcileWorkflows(facts),
  ];
}
