import { auditEvidence } from './evidence.ts';
import type { AuditFacts } from './facts.ts';
import type { Finding } from './findings.ts';
import { indexFacts } from './index-facts.ts';
import { auditPackets } from './packets.ts';
import { auditRecord } from './record.ts';
import { auditSubscriptions } from './subscriptions.ts';
import { auditWorkflows } from './workflows.ts';

/**
 * Compares cards, HLRs, registry, read model, events and workflows, as they were collected, and answers every disagreement that no
 * fault of the world excuses. Pure: the chaos run plants the facts of simulators, an audit those of live systems.
 */
export function audit(facts: AuditFacts): Finding[] {
  const indexed = indexFacts(facts);
  return [
    ...auditSubscriptions(facts, indexed),
    ...auditEvidence(facts, indexed),
    ...auditPackets(facts),
    ...auditRecord(facts),
    ...auditWorkflows(facts),
  ];
}
