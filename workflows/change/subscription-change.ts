import { CancellationScope, log } from '@temporalio/workflow';
import { AfterPivot } from './after-pivot.ts';
import { BeforePivot } from './before-pivot.ts';
import { eventsOnRecord } from './change-record.ts';
import type { ChangeOutcome, ChangePolicy, SubscriptionChange } from '../shared/contract.ts';
import type { CardEvent } from './decision/card-events.ts';
import type { Pace } from './decision/card-state.ts';
import { initialState } from './decision/initial-state.ts';
import { evolve } from './decision/evolve.ts';
import { reasonOf } from '../shared/failures.ts';
import { SignalInbox } from './signal-inbox.ts';
import type { Admission } from './ports.ts';
import { stepsOf } from './steps.ts';
import { SupportRequests } from '../support/requests.ts';
import { Timeline } from './timeline.ts';
import { Undos } from './undos.ts';

/** Moves one card to the target operator: the ladder diagram of the README, top to bottom. */
export async function subscriptionChange(change: SubscriptionChange): Promise<ChangeOutcome> {
  const { policy } = change;
  const steps = stepsOf(policy);
  const { own } = steps;
  const target = steps.targetOperator(change.target);
  const timeline = new Timeline(change, own);
  const inbox = new SignalInbox(change.changeId);
  /** From the pivot on, everything is its business. */
  let afterPivot: AfterPivot | undefined;
  const desk = new SupportRequests(() => afterPivot?.subject ?? timeline.subject);
  const wholeChange = CancellationScope.current();

  if (change.reopened === true) {
    timeline.show('reopened');
    if (!(await isSeenLate())) return end({ kind: 'notReopened' });
  }
  const sequence = timeline.enter(change.reopened === true ? 'reopened' : 'requested');
  const admission = await CancellationScope.nonCancellable(() => own.admitChange({ ...change, sequence }));
  if (admission.kind === 'rejected') return end(timeline.end(admission));

  const source = steps.sourceOperator(admission.source);
  const ota = steps.ota(admission.smsc);
  const undos = new Undos({
    ...{ change, timeline, own, target },
    isInterrupted: () => inbox.arrived || (afterPivot !== undefined && desk.arrived),
  });
  const parts = {
    inbox,
    desk,
    timeline,
    own,
    source,
    target,
    ota,
    targetOta: admission.targetSmsc === undefined ? ota : steps.ota(admission.targetSmsc),
    sourceOperator: admission.source,
    sourceImsi: admission.sourceImsi,
    undos,
  };

  const pivot =
    change.reopened === true
      ? ({ kind: 'passed', mayHaveLeft: true, facts: [...onRecord(admission), ...(await reopen())] } as const)
      : await new BeforePivot({ ...parts, change, admission }).run();
  if (pivot.kind === 'ended') return end(pivot.outcome);

  // From here only evidence decides, and a cancellation is no more than a wish.
  return CancellationScope.nonCancellable(async () => {
    const start = initialState(Date.now(), {
      state: timeline.state,
      deadlineSeconds: policy.attachDeadlineSeconds,
      // Events that an earlier, lost workflow has taken do not come again, so a resumed one asks the HLR at once.
      firstPollSeconds: change.resumedAfter === undefined ? policy.attachPollSeconds : 1,
      pace: paceOf(policy, admission),
      readBack: admission.readBack,
      refreshable: admission.refreshable,
      tearable: admission.tearable === true,
      writable: admission.targetSmsc !== undefined,
      mayHaveLeft: pivot.mayHaveLeft,
    });
    const known = pivot.facts.reduce((before, fact) => evolve(before, fact, Date.now()), start);
    afterPivot = new AfterPivot({ ...parts, known, sameDevice: admission.sameDevice });
    wholeChange.cancelRequested.catch(() => {
      inbox.tell({ kind: 'cancellationRequested', reason: { code: 'CANCELLED', message: 'cancelled on request' } });
    });
    return end(await afterPivot.run());
  });

  /** A gateway that does not answer leaves the change as it ended: the next event asks again. */
  async function isSeenLate(): Promise<boolean> {
    try {
      const ask = () => target.askLateAttach(timeline.silentStep());
      return (await CancellationScope.nonCancellable(ask)).seen;
    } catch (cause) {
      log.warn('not reopened', { code: reasonOf(cause).code });
      return false;
    }
  }

  /** Brings the subscription back that was withdrawn; one that can't be had any more leaves the card in doubt. */
  async function reopen(): Promise<readonly CardEvent[]> {
    try {
      await CancellationScope.nonCancellable(() => target.restoreSubscriber(timeline.step('reopened')));
      return [{ kind: 'woken' }];
    } catch (cause) {
      return [{ kind: 'restoreFailed', reason: reasonOf(cause) }];
    }
  }

  async function end(outcome: ChangeOutcome): Promise<ChangeOutcome> {
    await desk.close();
    return outcome;
  }
}

/** A card that has proven to have taken the subscription is not rolled back by anybody. */
const onRecord = ({ record }: Admission): readonly CardEvent[] => (record === undefined ? [] : eventsOnRecord(record));

const paceOf = ({ attachPollSeconds }: ChangePolicy, { overlapSeconds = 0, releaseDays }: Admission): Pace => ({
  pollSeconds: attachPollSeconds,
  overlapSeconds,
  ...(releaseDays !== undefined && { releaseSeconds: releaseDays * 86_400 }),
});
