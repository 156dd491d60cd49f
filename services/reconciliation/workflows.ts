import { FAILURES, isFailureCode } from '../../workflows/shared/failure-codes.ts';
import { STATES } from '../../workflows/shared/states.ts';
import type { ReconciliationFacts, ChangeFact, DeviceFact } from './facts.ts';
import type { Finding } from './findings.ts';

/** How a workflow may end: a change has an outcome, whatever that is. */
const WELL = ['RUNNING', 'COMPLETED'];

/** An open change has a running workflow, an ended one has none, and none fails: a workflow only fails on a fault of Rehome. */
export function reconcileWorkflows({ changes, devices, workflows, settled }: ReconciliationFacts): Finding[] {
  const findings: Finding[] = changes
    .filter(({ code }) => isFailureCode(code) && FAILURES[code].disposition === 'callDeveloper')
    .map(({ changeId, iccid, code, state }) => ({
      ...{ kind: 'workflowFailed', iccid, changeId },
      detail: `the change is ${state} with ${code ?? ''}, which only a fault of Rehome brings`,
    }));
  if (settled === true) findings.push(...stuck(changes, devices ?? []));
  if (workflows === undefined) return findings;
  const of = new Map(workflows.map((workflow) => [workflow.changeId, workflow]));
  for (const { changeId, iccid, ended, state } of changes) {
    const { status = 'no workflow', faults = [], pending = [] } = of.get(changeId) ?? {};
    const about = { iccid, changeId };
    if (of.has(changeId) && !WELL.includes(status))
      findings.push({ kind: 'workflowFailed', ...about, detail: `the workflow is ${status}, the change ${state}` });
    for (const fault of faults) findings.push({ kind: 'workflowFailed', ...about, detail: fault });
    if (!ended && status !== 'RUNNING')
      findings.push({ kind: 'workflowLost', ...about, detail: `the change is ${state}; its workflow: ${status}` });
    if (ended && status === 'RUNNING')
      findings.push({
        kind: 'workflowLeftOpen',
        ...about,
        detail: `the change is ${state}, and its workflow waits for ${pending.join(', ') || 'no activity'}`,
      });
  }
  return findings;
}

/** A card that is plainly at its target ends the doubt about it, unless another card is at its source as well. */
function stuck(changes: readonly ChangeFact[], devices: readonly DeviceFact[]): Finding[] {
  const at = new Map(devices.map(({ iccid, imsi, attached }) => [iccid, attached ? imsi : undefined]));
  return changes.flatMap(({ changeId, iccid, state, code, targetImsi }): Finding[] => {
    const about = { kind: 'changeStuck', iccid, changeId } as const;
    if (!STATES[state].rests) return [{ ...about, detail: `the change is still ${state}` }];
    const isInDoubt = (state === 'inDoubt' && code !== 'BOTH_ATTACHED') || state === 'torn';
    if (!isInDoubt || targetImsi === null || at.get(iccid) !== targetImsi) return [];
    return [
      { ...about, detail: `the change is ${state}, and its card is attached at the target with IMSI ${targetImsi}` },
    ];
  });
}
