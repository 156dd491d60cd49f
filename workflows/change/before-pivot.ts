import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { checkAnswer } from './card-answer.ts';
import { eventsOnRecord, isSettled } from './change-record.ts';
import type { ChangeOutcome, SubscriptionChange } from '../shared/contract.ts';
import type { CardEvent } from './decision/card-events.ts';
import { failure, reasonOf, type Reason } from '../shared/failures.ts';
import type { SignalInbox } from './signal-inbox.ts';
import type { Admission } from './ports.ts';
import type { Steps } from './steps.ts';
import type { SupportRequests } from '../support/requests.ts';
import type { Timeline } from './timeline.ts';
import type { Undos } from './undos.ts';

export interface BeforePivotParts {
  readonly change: SubscriptionChange;
  readonly admission: Admission;
  readonly inbox: SignalInbox;
  readonly desk: SupportRequests;
  readonly timeline: Timeline;
  readonly own: Steps['own'];
  readonly source: ReturnType<Steps['sourceOperator']>;
  readonly target: ReturnType<Steps['targetOperator']>;
  readonly ota: ReturnType<Steps['ota']>;
  /** The subscription that the card leaves. */
  readonly sourceImsi: Imsi;
  readonly undos: Undos;
}

/** The end of the change, or what is known once its packet may have left. */
export type Pivot =
  | { readonly kind: 'ended'; readonly outcome: ChangeOutcome }
  | { readonly kind: 'passed'; readonly mayHaveLeft: boolean; readonly facts: readonly CardEvent[] };

/** Everything that can still be undone: up to the first segment that is handed to the SMSC. */
export class BeforePivot {
  readonly #parts: BeforePivotParts;

  constructor(parts: BeforePivotParts) {
    this.#parts = parts;
  }

  async run(): Promise<Pivot> {
    const { packet, record } = this.#parts.admission;
    const begun = packet === 'none' ? record?.rollback : undefined;
    if (begun !== undefined) return CancellationScope.nonCancellable(() => this.#rollBack(begun));
    const steps = new CancellationScope();
    const cancelled = this.#cancelOnWish(steps);
    try {
      await steps.run(() => this.#steps());
      cancelled.over();
      await CancellationScope.nonCancellable(() => cancelled.record());
      // A cancellation that came while the last segment left is a wish by now.
      return this.#passed(steps.consideredCancelled ? [wished(cancelled.reason)] : []);
    } catch (cause) {
      cancelled.over();
      // A step that failed at the moment when it was cancelled is undone because of the cancellation.
      const reason: Reason = steps.consideredCancelled ? cancelled.reason : reasonOf(cause);
      return CancellationScope.nonCancellable(() => this.#rollBack(reason));
    }
  }

  async #steps(): Promise<void> {
    const { change, admission, timeline, own, source, target, ota, sourceImsi, undos } = this.#parts;
    const { changeId, iccid } = change;
    if (admission.packet === 'none') {
      // What an earlier workflow of the change has reserved may be the last of the pool.
      if (admission.askPool === true && change.resumedAfter === undefined) await this.#askPool();
      if (admission.askConsent) {
        await source.askConsent({ ...timeline.step('awaitingConsent'), imsi: sourceImsi, target: change.target });
      }
      if (admission.checkAdminCode === true) await this.#checkAdminCode();

      undos.register(undos.withdrawal);
      await target.reserveSubscriber(timeline.step('reserving'));

      await own.lookUpAdminCode({ changeId, iccid });
    }

    undos.register(undos.halt);
    if (admission.packet === 'accepted') {
      await timeline.note('awaitingCard', 'the SMSC had taken the packet before the workflow was lost');
    } else if (isSettled(this.#onRecord)) {
      await timeline.note('awaitingCard', 'what the packet did was known before the workflow was lost');
    } else {
      await ota.sendOverTheAir(timeline.step('sending', 'awaitingCard'));
      timeline.show('awaitingCard');
    }
    undos.passPivot();
  }

  /** Only that nothing is left ends the change: a gateway that is away, or can't tell, is asked for the subscriber later. */
  async #askPool(): Promise<void> {
    const { timeline, target } = this.#parts;
    try {
      await target.askPool(timeline.silentStep());
    } catch (cause) {
      if (isCancellation(cause) || reasonOf(cause).code === 'IMSI_POOL_EMPTY') throw cause;
    }
  }

  /** What an earlier, lost workflow left behind of a packet that may have left. */
  get #onRecord(): readonly CardEvent[] {
    const { packet, record } = this.#parts.admission;
    return packet === 'none' || record === undefined ? [] : eventsOnRecord(record);
  }

  #passed(facts: readonly CardEvent[]): Pivot {
    return { kind: 'passed', mayHaveLeft: true, facts: [...this.#onRecord, ...facts] };
  }

  /** Asks the card whether its admin code is right; nothing is reserved or written yet, so that here time may decide. */
  async #checkAdminCode(): Promise<void> {
    const { change, timeline, ota, inbox } = this.#parts;
    const { answer } = await ota.checkAdminCode(timeline.step('checkingCard'));
    const known = answer && checkAnswer({ ...answer, authenticated: true });
    const said = known ?? (await inbox.awaitCheck(change.policy.attachDeadlineSeconds));
    if (said === undefined)
      throw failure('CARD_SILENT', `ICCID ${change.iccid} did not answer whether its admin code is right`);
    if (said !== 'right') throw failure(said.code, said.message);
  }

  /** An undo may come too late, be interrupted by news, or be stuck: then evidence decides. */
  async #rollBack(reason: Reason): Promise<Pivot> {
    const { timeline, undos } = this.#parts;
    const rollback = await undos.run(reason);
    const { code, message } = reason;
    if (rollback.complete) {
      const kind = code === 'CANCELLED' ? 'cancelled' : 'rolledBack';
      return { kind: 'ended', outcome: await timeline.record({ kind, code, reason: message }) };
    }
    if (rollback.reason.code === 'PIVOT_PASSED') {
      await timeline.note('awaitingCard', `no rollback after "${message}": ${rollback.reason.message}`);
      return this.#passed(code === 'CANCELLED' ? [wished(reason)] : []);
    }
    // Where the packet could not even be stopped, it may have left.
    const mayHaveLeft = rollback.stuck === undos.halt.name;
    const decided: CardEvent = { kind: 'rollbackDecided', reason };
    if (rollback.reason.code === 'CANCELLED') return { kind: 'passed', mayHaveLeft, facts: [decided] };
    const stuck = `could not ${rollback.stuck}: ${rollback.reason.message}`;
    const fact: CardEvent = { kind: 'undoStuck', reason: { code: 'UNDO_FAILED', message: stuck }, attached: false };
    return { kind: 'passed', mayHaveLeft, facts: [decided, fact] };
  }

  /** Before the pivot the only wish that support staff can have is to cancel. */
  #cancelOnWish(steps: CancellationScope) {
    const { desk, timeline } = this.#parts;
    let message = 'cancelled on request';
    let wish: { readonly cause: string; readonly actor: string } | undefined;
    let isOver = false;
    void CancellationScope.nonCancellable(async () => {
      await condition(() => isOver || desk.arrived);
      if (isOver) return;
      for (const { request, answer } of desk.take()) {
        message = `cancelled by ${request.actor}: ${request.reason}${request.ticket === undefined ? '' : ` (${request.ticket})`}`;
        wish = { cause: message, actor: request.actor };
        answer({ kind: 'done', message: 'every step is being undone, unless the packet has left by now' });
      }
      steps.cancel();
    });
    return {
      get reason(): Reason {
        return { code: 'CANCELLED', message };
      },
      /** Records who asked in vain: what is undone is recorded with its reason anyway. */
      record: async (): Promise<void> => {
        if (wish !== undefined)
          await timeline.tell(`${wish.cause}: the packet has left, so that this is a wish`, wish.actor);
      },
      over: (): void => {
        isOver = true;
      },
    };
  }
}

const wished = (reason: Reason): CardEvent => ({ kind: 'cancellationRequested', reason });
