import { FAILURES, isFailureCode } from '../../workflows/failure-codes.ts';
import { STATES } from '../../workflows/states.ts';
import type { AuditFacts } from './facts.ts';
import type { Finding } from './findings.ts';

/** How a workflow may end: a change has an outcome, whatever that is. */
const WELL = ['RUNNING', 'COMPLETED'];

/** An open change has a running workflow, an ended one has none, and none fails: a workflow only fails on a fault of Rehome. */
export function auditWorkflows({ changes, workflows, settled }: AuditFacts): Finding[] {
  const findings: Finding[] = changes
    .filter(({ code }) => isFailureCode(code) && FAILURES[code].disposition === 'callDeveloper')
    .map(({ changeId, iccid, code, state }) => ({
      ...{ kind: 'workflowFailed', iccid, changeId },
      detail: `the change is ${state} with ${code ?? ''}, which only a fault of Rehome brings`,
    }));
  if (settled === true)
    for (const { changeId, iccid, state } of changes.filter((change) => !STATES[change.state].rests))
      findings.push({ kind: 'changeStuck', iccid, changeId, detail: `the change is still ${state}` });
  if (workflows === undefined) return findings;
  const of = new Map(workflows.map((workflow) => [workflow.changeId, workflow]));
  for (const { changeId, iccid, ended, state } of changes) {
    const { status = 'no workflow', faults = [] } = of.get(changeId) ?? {};
    const about = { iccid, changeId };
    if (of.has(changeId) && !WELL.includes(status))
      findings.push({ kind: 'workflowFailed', ...about, detail: `the workflow is ${status}, the change ${state}` });
    for (const fault of faults) findings.push({ kind: 'workflowFailed', ...about, detail: fault });
    if (!ended && status !== 'RUNNING')
      findings.push({ kind: 'workflowLost', ...about, detail: `the change is ${state}; its workflow: ${status}` });
    if (ended && status === 'RUNNING')
      findings.push({ kind: 'workflowLeftOpen', ...about, detail: `the change is ${state}, and its workflow runs` });
  }
  return findings;
}
