import { sleep } from '@temporalio/workflow';
import type { SubscriptionChange } from '../shared/contract.ts';
import { reasonOf, type Reason } from '../shared/failures.ts';
import { interrupting } from '../shared/interrupting.ts';
import type { PacketActivities, TargetOperatorActivities } from './ports.ts';
import { Saga, type Rollback, type Undo } from './saga.ts';
import type { Timeline } from './timeline.ts';

/** An attempt is given up by the server a moment before its worker learns of it. */
const GRACE_SECONDS = 2;

interface UndoParts {
  readonly change: SubscriptionChange;
  readonly timeline: Timeline;
  readonly own: Pick<PacketActivities, 'stopSending'>;
  readonly target: Pick<TargetOperatorActivities, 'withdrawSubscriber'>;
  /** There is something to look at before a withdrawal goes on. */
  readonly isInterrupted: () => boolean;
}

/** All undos of a change, in the order of the steps that they undo. */
export class Undos {
  readonly withdrawal: Undo;
  readonly halt: Undo;
  readonly #saga: Saga;

  constructor(parts: UndoParts) {
    this.withdrawal = withdrawal(parts);
    this.halt = halt(parts);
    const { resumedAfter, reopened } = parts.change;
    this.#saga = new Saga([this.withdrawal, this.halt], { mayHaveHappened: resumedAfter !== undefined });
    // A change that had been undone is reopened because its packet had left.
    if (reopened === true) this.#saga.settle(this.halt);
  }

  /** To be called before the step that it undoes. */
  register(undo: Undo): void {
    this.#saga.undoBy(undo);
  }

  /** The packet has left: it can't be stopped any more. */
  passPivot(): void {
    this.#saga.settle(this.halt);
  }

  /** Undoes newest first; that the packet may have left is an answer too, PIVOT_PASSED. */
  async run(because: Reason): Promise<Rollback> {
    const rollback = await this.#saga.rollBack(because);
    if (!rollback.complete && rollback.reason.code === 'PIVOT_PASSED') this.passPivot();
    return rollback;
  }
}

/** Recorded once, however often it is tried, unless something else was recorded meanwhile. */
function withdrawal({ timeline, target, isInterrupted }: UndoParts): Undo {
  let step: Parameters<typeof target.withdrawSubscriber>[0] | undefined;
  return {
    name: 'withdraw the reserved subscriber',
    run: (because) => {
      if (step === undefined || timeline.recordedAfter(step.sequence)) step = { ...timeline.stay(because), because };
      const withdrawing = step;
      return interrupting(() => target.withdrawSubscriber(withdrawing), isInterrupted);
    },
  };
}

/**
 * A sending that was given up may still be under way, and then takes its pivot back if the SMSC says that it took nothing. So an answer
 * that the packet may have left is believed only when no attempt can run any more.
 */
function halt({ change, own }: UndoParts): Undo {
  const { changeId, iccid, policy } = change;
  return {
    name: 'stop sending',
    run: async () => {
      try {
        await own.stopSending({ changeId, iccid });
      } catch (cause) {
        if (reasonOf(cause).code !== 'PIVOT_PASSED') throw cause;
        await sleep(`${policy.attemptSeconds + GRACE_SECONDS} seconds`, { summary: 'the last attempt to send ends' });
        await own.stopSending({ changeId, iccid });
      }
    },
  };
}
