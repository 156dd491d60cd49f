import { isCancellation } from '@temporalio/workflow';
import type { AfterPivotParts } from './after-pivot-parts.ts';
import { Background } from './background.ts';
import { Clock } from '../shared/clock.ts';
import type { ChangeOutcome } from '../shared/contract.ts';
import { decide } from './decision/decide.ts';
import type { Decision } from './decision/decision.ts';
import type { CardEvent } from './decision/card-events.ts';
import type { CardState } from './decision/card-state.ts';
import { evolve } from './decision/evolve.ts';
import { holdOf, knownAttach } from './decision/unproven-attach.ts';
import { mayAnswerLater, reasonOf, type Reason } from '../shared/failures.ts';
import { interrupting } from '../shared/interrupting.ts';
import { leaving } from './release-request.ts';
import { OverTheAir } from './over-the-air.ts';
import { SourceWatch } from './source-watch.ts';
import { ACTION_WORDS } from '../explanation/words.ts';
import { subjectOf } from '../support/support-view.ts';
import { forbidden, type SupportAnswer, type SupportRequest } from '../support/actions.ts';
import type { SupportSubject } from '../support/requests.ts';

/** Does what `decide` decides, once the packet may have left, and tells `learn` what came of it. Nothing is decided here. */
export class AfterPivot {
  readonly #parts: AfterPivotParts;
  readonly #clock = new Clock();
  #known: CardState;
  /** The question where the card is, which the server repeats. */
  readonly #watch = new Background();
  readonly #sourceWatch: SourceWatch;
  readonly #air: OverTheAir;
  /** The release, which the server repeats. */
  readonly #insistence = new Background();

  constructor(parts: AfterPivotParts) {
    this.#parts = parts;
    this.#known = parts.known;
    this.#sourceWatch = new SourceWatch(parts);
    this.#air = new OverTheAir({ ...parts, isInterrupted: () => this.#isInterrupted }, (fact) => {
      this.#evolve(fact);
    });
  }

  async run(): Promise<ChangeOutcome> {
    for (;;) {
      await this.#read();
      const decision = decide(this.#known, Date.now());
      if (decision.kind === 'end') return this.#end(decision);
      await this.#perform(decision);
    }
  }

  get subject(): SupportSubject {
    return subjectOf(this.#parts.timeline, this.#known, Date.now());
  }

  #evolve(fact: CardEvent): void {
    this.#known = evolve(this.#known, fact, Date.now());
  }

  get #isInterrupted(): boolean {
    return this.#parts.inbox.arrived || this.#parts.desk.arrived;
  }

  async #read(): Promise<void> {
    const { inbox, desk } = this.#parts;
    for (const fact of inbox.take()) this.#evolve(fact);
    for (const { request, answer } of desk.take()) answer(await this.#serve(request));
  }

  async #perform(decision: Exclude<Decision, { kind: 'end' }>): Promise<void> {
    switch (decision.kind) {
      case 'wait':
        this.#parts.timeline.refresh(this.#parts.desk.situation);
        return this.#clock.waitUntil(decision.until, () => this.#isInterrupted);
      case 'askTarget':
        return this.#askTarget();
      case 'watchTarget':
        this.#watchTarget();
        return;
      case 'watchSource':
        this.#sourceWatch.begin(this.#known);
        this.#evolve({ kind: 'sourceWatchBegan' });
        return;
      case 'resend':
        return this.#air.resend(decision.because);
      case 'probe':
        return this.#air.probe(decision.number);
      case 'refresh':
        return this.#air.refresh(decision.number, this.#known.rewrites.heldAttach === undefined ? 'source' : 'target');
      case 'rewrite':
        return this.#air.rewrite(decision.number);
      case 'restore':
        return this.#restore();
      case 'undo':
        return this.#undo(decision.because);
      case 'release':
        if (!decision.insisting) return this.#release();
        this.#insistOnRelease();
        return;
      case 'record':
        return this.#record(decision);
    }
  }

  /** A gateway that is away, or refuses to answer, proves nothing: the watch goes on, and knows why it is blind. */
  async #askTarget(): Promise<void> {
    const { timeline, target, desk } = this.#parts;
    const hold = holdOf(this.#known);
    const step = { ...timeline.nextStep(), ...(hold && { hold }) };
    try {
      const attach = await interrupting(
        () => target.confirmAttach(step),
        () => desk.arrived,
      );
      this.#evolve({ kind: 'targetAnswered', attach });
      if (attach.attached && attach.held !== true) {
        timeline.show('releasing');
        this.#evolve({ kind: 'stateRecorded', state: 'releasing' });
      }
    } catch (cause) {
      if (isCancellation(cause)) return;
      const reason = reasonOf(cause);
      this.#evolve({ kind: 'targetSilent', reason, mayAnswerLater: mayAnswerLater(reason) });
    }
  }

  /** A watch that begins anew replaces the one that has become slow. */
  #watchTarget(): void {
    const { timeline, target } = this.#parts;
    const { torn, refusal, silence } = this.#known;
    const lapseIsNews = silence?.code !== 'RESERVATION_WITHDRAWN';
    const heldAttach = knownAttach(this.#known);
    const news = {
      tornIsNews: !torn,
      lapseIsNews,
      refusalIsNews: refusal === undefined,
      ...(heldAttach && { heldAttach }),
    };
    const step = { ...timeline.silentStep(), ...news };
    this.#evolve({ kind: 'watchBegan' });
    const ended = () => {
      this.#parts.inbox.tell({ kind: 'watchEnded' });
    };
    this.#watch.begin(() => target.watchAttach(step), ended, ended);
  }

  /** The lease of the reservation ran out while nobody could renew it, and the card may hold it. */
  async #restore(): Promise<void> {
    const { timeline, target } = this.#parts;
    try {
      await interrupting(
        () => target.restoreSubscriber(timeline.nextStep()),
        () => this.#isInterrupted,
      );
      timeline.show('reopened');
      this.#evolve({ kind: 'stateRecorded', state: 'reopened' });
      this.#evolve({ kind: 'restored' });
    } catch (cause) {
      if (isCancellation(cause)) return;
      this.#evolve({ kind: 'restoreFailed', reason: reasonOf(cause) });
    }
  }

  async #undo(because: Reason): Promise<void> {
    const { timeline, undos } = this.#parts;
    const rollback = await undos.run(because);
    if (rollback.complete) {
      this.#evolve({ kind: 'withdrawn', because });
      return;
    }
    const { stuck, reason } = rollback;
    // News interrupted it: they are read first, and it goes on if they change nothing.
    if (reason.code === 'CANCELLED') return;
    if (reason.code === 'PIVOT_PASSED') {
      this.#evolve({ kind: 'pivotPassed' });
      await timeline.note('awaitingCard', `no rollback after "${because.message}": ${reason.message}`);
      this.#evolve({ kind: 'stateRecorded', state: 'awaitingCard' });
      return;
    }
    this.#evolve({
      kind: 'undoStuck',
      reason: { code: 'UNDO_FAILED', message: `could not ${stuck}: ${reason.message}` },
      attached: reason.code === 'SUBSCRIBER_ATTACHED',
    });
  }

  async #release(): Promise<void> {
    const { timeline, source } = this.#parts;
    try {
      await source.releaseSubscriber({ ...timeline.nextStep(), ...leaving(this.#parts, this.#known.attach) });
      timeline.show('completed');
      this.#evolve({ kind: 'stateRecorded', state: 'completed' });
      this.#evolve({ kind: 'released' });
    } catch (cause) {
      this.#evolve({ kind: 'releaseFailed', reason: reasonOf(cause) });
    }
  }

  /** A later wish to try again replaces what waits for its day. */
  #insistOnRelease(): void {
    const { timeline, source, inbox } = this.#parts;
    const { attach, release } = this.#known;
    const told = release.pending?.code;
    const step = { ...timeline.silentStep(), ...leaving(this.#parts, attach), ...(told && { told }) };
    this.#evolve({ kind: 'insisting' });
    this.#insistence.begin(
      () => source.insistOnRelease(step),
      () => {
        inbox.tell({ kind: 'released' });
      },
      (cause) => {
        inbox.tell({ kind: 'releaseFailed', reason: reasonOf(cause) });
      },
    );
  }

  async #record({ state, because }: Extract<Decision, { kind: 'record' }>): Promise<void> {
    const { timeline } = this.#parts;
    const { code, message } = typeof because === 'string' ? { code: undefined, message: because } : because;
    this.#sourceWatch.call(code);
    const ended = await timeline.note(state, message, {
      ...(code && { code }),
      ...(state === 'torn' && { torn: true }),
    });
    this.#evolve({ kind: 'stateRecorded', state, ...(code && { code }) });
    // An attempt at the release that was given up may have gone on, and recorded the end.
    if (ended === 'completed') this.#evolve({ kind: 'released' });
  }

  async #end(decision: Extract<Decision, { kind: 'end' }>): Promise<ChangeOutcome> {
    const { timeline } = this.#parts;
    if (decision.outcome === 'completed') {
      if (timeline.state !== 'completed') await timeline.note('completed', 'the source operator has let go at last');
      const imsi = this.#known.attach?.imsi;
      if (imsi === undefined) throw new Error('a change completes only with an attach');
      return timeline.end({ kind: 'completed', imsi });
    }
    const { code, message } = decision.because;
    return timeline.record({ kind: decision.outcome, code, reason: message });
  }

  /** Records who wants what and why, then does it. */
  async #serve(request: SupportRequest): Promise<SupportAnswer> {
    const { timeline, desk } = this.#parts;
    const { action, actor, reason, ticket } = request;
    if (this.#known.withdrawn !== undefined) return { kind: 'tooLate', message: 'the change is undone already' };
    // What was taken before the undo began is done as it was taken: it changes nothing any more.
    const problem = forbidden({ ...this.subject.facts, unchanged: false }, action);
    if (problem !== undefined) return { kind: 'tooLate', message: `${action} is not possible any more: ${problem}` };
    const why = `${reason}${ticket === undefined ? '' : ` (${ticket})`}`;
    const before = desk.situation.first;
    if (!desk.isBacked(request)) {
      await timeline.tell(`${action} is asked for, and waits for a second person: ${why}`, actor);
      const { first } = desk.situation;
      const again = first !== undefined && first.at === before?.at ? `${first.actor} has asked for it already; ` : '';
      const message = `${again}${action} can’t be taken back: it is done as soon as a second person asks for it, within a day`;
      return { kind: 'awaitsSecondPerson', message, first: first?.actor ?? actor };
    }
    try {
      await this.#carryOut(request, why);
      return { kind: 'done', message: ACTION_WORDS[action].done };
    } catch (cause) {
      return { kind: 'tooLate', message: reasonOf(cause).message };
    }
  }

  async #carryOut({ action, actor, until }: SupportRequest, why: string): Promise<void> {
    const { timeline, own } = this.#parts;
    const asked = `${action} is asked for: ${why}`;
    if (action === 'acceptAttach') {
      const { imsi } = await own.acceptAttach({ ...timeline.nextStep(), actor, cause: asked });
      timeline.show('releasing');
      this.#evolve({ kind: 'attachAccepted', attach: { imsi } });
      this.#evolve({ kind: 'stateRecorded', state: 'releasing' });
      return;
    }
    if (action === 'markReleased') {
      this.#insistence.stop();
      await timeline.note('completed', asked, {
        actor,
        returned: { operator: this.#parts.sourceOperator, imsi: this.#parts.sourceImsi },
      });
      this.#evolve({ kind: 'stateRecorded', state: 'completed' });
      this.#evolve({ kind: 'released' });
      return;
    }
    await timeline.tell(asked, actor, action === 'rewriteCard' ? { torn: true } : {});
    switch (action) {
      case 'cancel':
        this.#evolve({
          kind: 'cancellationRequested',
          reason: { code: 'CANCELLED', message: `cancelled by ${actor}: ${why}` },
        });
        return;
      case 'retryNow':
        this.#evolve({ kind: 'retryWanted' });
        return;
      case 'askCard':
        this.#evolve({ kind: 'probeWanted' });
        return;
      case 'rewriteCard':
        this.#evolve({ kind: 'rewriteWanted' });
        return;
      case 'extendDeadline':
        this.#evolve({ kind: 'deadlineExtended', until: Date.parse(until ?? '') });
        return;
      case 'rollBack':
        this.#evolve({
          kind: 'rollbackDecided',
          reason: { code: 'ROLLED_BACK_BY_HAND', message: `rolled back by ${actor}: ${why}` },
        });
        return;
    }
  }
}
