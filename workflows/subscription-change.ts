import { CancellationScope } from '@temporalio/workflow';
import type { Imsi } from '../telecom/identifiers/imsi.ts';
import type { ChangeOutcome, SubscriptionChange } from './contract.ts';
import { checkAnswer, Evidence } from './evidence.ts';
import { FAILURES } from './failure-codes.ts';
import { failure, reasonOf, type Reason } from './failures.ts';
import { Saga, type Undo } from './saga.ts';
import { stepsOf } from './steps.ts';
import { Timeline } from './timeline.ts';
import { Vigil, vigilPolicy } from './vigil.ts';

/** Moves one card to the target operator: the ladder diagram of the README, top to bottom. */
export async function subscriptionChange(change: SubscriptionChange): Promise<ChangeOutcome> {
  const { changeId, iccid } = change;
  const steps = stepsOf(change.policy);
  const timeline = new Timeline(change, steps.own);
  const evidence = new Evidence(changeId);

  const sequence = timeline.enter('requested');
  const admission = await CancellationScope.nonCancellable(() => steps.own.admitChange({ ...change, sequence }));
  if (admission.kind === 'rejected') return timeline.end(admission);

  const source = steps.sourceOperator(admission.source);
  const target = steps.targetOperator(change.target);
  const ota = steps.ota(admission.smsc);
  const { sourceImsi, packet } = admission;

  /** Recorded once, however often it is asked for. */
  let withdrawing: Parameters<typeof target.withdrawSubscriber>[0] | undefined;
  const withdrawal: Undo = {
    name: 'withdraw the reserved subscriber',
    run: (because) => {
      withdrawing ??= { ...timeline.stay(), because };
      const withdrawal = withdrawing;
      return evidence.interrupting(() => target.withdrawSubscriber(withdrawal));
    },
  };
  const halt: Undo = { name: 'stop sending', run: () => steps.own.stopSending({ changeId, iccid }) };
  // An earlier, lost workflow of this change may have done any step, so that a failure has to undo them all.
  const saga = new Saga(change.resumedAfter === undefined ? [] : [withdrawal, halt]);
  /** Why the change is to be rolled back, while an undo of it is stuck and waits to be tried again. */
  let stuck: Reason | undefined;
  /** An undo was interrupted by news of the card, and goes on once they are read. */
  let interrupted = false;

  try {
    if (packet === 'none') {
      if (admission.askConsent) {
        await source.askConsent({ ...timeline.step('awaitingConsent'), imsi: sourceImsi, target: change.target });
      }
      if (admission.checkAdminCode === true) await checkAdminCode();

      saga.undoBy(withdrawal);
      await target.reserveSubscriber(timeline.step('reserving'));

      await steps.own.lookUpAdminCode({ changeId, iccid });
    }

    saga.undoBy(halt);
    if (packet !== 'accepted') {
      await ota.sendOverTheAir(timeline.step('sending', 'awaitingCard'));
      timeline.show('awaitingCard');
    } else {
      await timeline.note('awaitingCard', 'the SMSC had taken the packet before the workflow was lost');
    }
    saga.settle();
  } catch (cause) {
    const undone = await rollBack(reasonOf(cause));
    if (undone !== undefined) return undone;
  }

  // The pivot has passed: from here only evidence decides, and a cancellation is no more than a wish.
  return CancellationScope.nonCancellable(async () => {
    const vigil = new Vigil({ evidence, timeline, policy: vigilPolicy(change), confirmAttach: target.confirmAttach });
    for (;;) {
      const verdict = await vigil.next({ soon: interrupted && stuck !== undefined });
      if (verdict.kind === 'attached') return release(verdict.imsi);
      if (verdict.kind === 'refusedByCard') stuck = verdict.reason;
      if (evidence.confirmed) stuck = undefined;
      const undone = stuck && (await rollBack(stuck));
      if (undone !== undefined) return undone;
    }
  });

  /** Asks the card whether its admin code is right; nothing is reserved or written yet, so that here time may decide. */
  async function checkAdminCode(): Promise<void> {
    const { answer } = await ota.checkAdminCode(timeline.step('checkingCard'));
    const known = answer && checkAnswer({ ...answer, authenticated: true });
    const said = known ?? (await evidence.awaitCheck(change.policy.attachDeadlineSeconds));
    if (said === undefined)
      throw failure('CARD_SILENT', `ICCID ${iccid} did not answer whether its admin code is right`);
    if (said !== 'right') throw failure(said.code, said.message);
  }

  /** Resolves to the end of the change, or to nothing when an undo came too late, was interrupted, or is stuck. */
  async function rollBack(reason: Reason): Promise<ChangeOutcome | undefined> {
    return CancellationScope.nonCancellable(async () => {
      const rollback = await saga.rollBack(reason);
      if (rollback.complete) {
        return timeline.record({
          kind: reason.code === 'CANCELLED' ? 'cancelled' : 'rolledBack',
          code: reason.code,
          reason: reason.message,
        });
      }
      if (rollback.reason.code === 'PIVOT_PASSED') {
        saga.settle();
        await timeline.note('awaitingCard', `no rollback after "${reason.message}": ${rollback.reason.message}`);
        // The packet is out: only the card's own refusal undoes the rest.
        if (FAILURES[reason.code].evidence === 'cardUnchanged') return rollBack(reason);
        stuck = undefined;
        return undefined;
      }
      stuck = reason;
      interrupted = rollback.reason.code === 'CANCELLED';
      if (interrupted) return undefined;
      await timeline.park({ code: 'UNDO_FAILED', message: `could not ${rollback.stuck}: ${rollback.reason.message}` });
      return undefined;
    });
  }

  /** The card has moved: an old operator that does not let go never undoes that. */
  async function release(imsi: Imsi): Promise<ChangeOutcome> {
    try {
      await source.releaseSubscriber({ ...timeline.nextStep(), imsi: sourceImsi });
      timeline.enter('completed');
      return timeline.end({ kind: 'completed', imsi });
    } catch (cause) {
      const { code, message } = reasonOf(cause);
      return timeline.record({ kind: 'completedReleasePending', imsi, code, reason: message });
    }
  }
}
