import { parseIccid } from '../../telecom/identifiers/iccid.ts';
import { changeWorkflowId } from '../../workflows/shared/contract.ts';
import type { ResumeAnswer } from '../../application/requests.ts';
import { findChange } from '../timeline/read-model.ts';
import { newestWorkflow, startChange, type RequestDependencies } from './start-change.ts';

/**
 * Gives an open change a workflow again after its own was lost: terminated by hand, or forgotten by a Temporal server that lost its
 * last moments in a power cut. Every step finds what was done before, so nothing is done twice, and what the card has answered, or
 * a rollback that had begun, is told to the new one when it is admitted.
 */
export async function resumeChange(dependencies: RequestDependencies, changeOrIccid: string): Promise<ResumeAnswer> {
  const change = await findChange(dependencies.database, changeOrIccid);
  if (change === undefined) return { kind: 'unknown' };
  if (change.ended) return { kind: 'ended', state: change.state };
  const newest = await newestWorkflow(dependencies.workflows, changeWorkflowId(dependencies.index.hash(change.iccid)));
  if (newest?.running === true && newest.changeId === change.changeId)
    return { kind: 'running', changeId: change.changeId };
  const { changeId, iccid, target, requestId, requestedBy, reason, sequence, source } = change;
  const running = await startChange(dependencies, source, {
    ...{ changeId, iccid: parseIccid(iccid), target, requestId, requestedBy, policy: dependencies.policy },
    ...(reason !== null && { reason }),
    resumedAfter: sequence,
  });
  if (running.beingRead) return { kind: 'beingRead' };
  return running.changeId === changeId
    ? { kind: 'resumed' }
    : { kind: 'running', changeId: running.changeId ?? changeId };
}
