import { CancellationScope } from '@temporalio/workflow';
import type { ChangeOutcome, SubscriptionChange } from '../shared/contract.ts';
import { ChangeAssembly } from './assembly.ts';
import { BeforePivot } from './before-pivot.ts';
import { isSeenLate, reopen } from './reopening.ts';

/** Moves one card to the target operator: the ladder diagram of the README, top to bottom. */
export async function subscriptionChange(change: SubscriptionChange): Promise<ChangeOutcome> {
  const assembly = new ChangeAssembly(change);
  const { timeline, own, inbox } = assembly;
  const wholeChange = CancellationScope.current();
  const isReopened = change.reopened === true;

  if (isReopened && !(await isSeenLate(assembly))) return assembly.end({ kind: 'notReopened' });

  const sequence = timeline.enter(isReopened ? 'reopened' : 'requested');
  const admission = await CancellationScope.nonCancellable(() => own.admitChange({ ...change, sequence }));
  if (admission.kind === 'rejected') return assembly.end(timeline.end(admission));

  const parts = assembly.admitted(admission);
  const pivot = isReopened ? await reopen(parts, admission) : await new BeforePivot(parts).run();
  if (pivot.kind === 'ended') return assembly.end(pivot.outcome);

  // From here only evidence decides, and a cancellation waits for proof that the card is unchanged.
  return CancellationScope.nonCancellable(async () => {
    const afterPivot = assembly.afterPivot(parts, pivot);
    wholeChange.cancelRequested.catch(() => {
      inbox.tell({ kind: 'cancellationRequested', reason: { code: 'CANCELLED', message: 'cancelled on request' } });
    });
    return assembly.end(await afterPivot.run());
  });
}
