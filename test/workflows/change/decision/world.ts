import { parseImsi } from '../../../../telecom/identifiers/imsi.ts';
import { decide } from '../../../../workflows/change/decision/decide.ts';
import type { Decision } from '../../../../workflows/change/decision/decision.ts';
import type { CardEvent } from '../../../../workflows/change/decision/card-events.ts';
import type { CardState } from '../../../../workflows/change/decision/card-state.ts';
import { initialState } from '../../../../workflows/change/decision/initial-state.ts';
import { evolve } from '../../../../workflows/change/decision/evolve.ts';
import type { Attach, OldSubscriber } from '../../../../workflows/change/ports.ts';
import { STATES } from '../../../../workflows/shared/states.ts';
import { subjectOf } from '../../../../workflows/support/support-view.ts';
import { forbidden } from '../../../../workflows/support/actions.ts';
import { holdOf, knownAttach } from '../../../../workflows/change/decision/unproven-attach.ts';
import { Card } from './card.ts';
import type { Plan } from './plan.ts';

const TARGET_IMSI = parseImsi('001029000000001');
export const HOUR = 3_600_000;
const PACE = { pollSeconds: 600, overlapSeconds: 0, releaseSeconds: 14 * 24 * 3_600 };
/** More decisions than any change needs at one moment. */
const MOST_AT_ONCE = 40;

/**
 * A card, both HLRs and a clock, around the real decisions: what `decide` wants is done here at once, or fails if the peer is away, and
 * what comes of it is told to `learn`.
 */
export class World {
  now = 1_000_000;
  known: CardState;
  outcome: Extract<Decision, { kind: 'end' }> | undefined;
  readonly breaches: string[] = [];
  /** Everything that was decided, for whoever reads a failure. */
  readonly story: string[] = [];

  readonly card: Card;
  /** The key that the target has for the new IMSI: to repair a torn card, it may be given the old one. */
  targetKey: 'new' | 'old' = 'new';
  sourceAlive = true;
  targetAlive = true;
  /** When the card registered at the target, and with which key. */
  registration: { readonly at: number; readonly key: 'new' | 'old' } | undefined;
  targetAway = false;
  sourceRefuses = false;
  seenAtSource = false;
  oldSubscriber: OldSubscriber = { standing: 'served' };
  targetSeesTear = false;
  smscAway = false;
  /** The SMSC takes a packet, and its answer is lost. */
  submissionIsLost = false;
  /** The lease of the reservation has run out at the target. */
  lapsed = false;
  /** What is on record of a torn card, for a workflow that goes on. */
  readonly #onRecord: CardEvent[] = [];

  constructor(readonly plan: Plan) {
    this.card = new Card(plan);
    this.known = this.#initialState(600);
    this.settle();
  }

  #initialState(firstPollSeconds: number): CardState {
    return initialState(this.now, {
      ...{ state: 'awaitingCard', deadlineSeconds: 24 * 3_600, firstPollSeconds, mayHaveLeft: true },
      ...{
        readBack: this.plan.readBack,
        refreshable: true,
        tearable: this.plan.rewritable === true,
        writable: this.plan.rewritable === true,
        pace: PACE,
      },
    });
  }

  hear(fact: CardEvent): void {
    if (this.outcome !== undefined) return;
    this.known = evolve(this.known, fact, this.now);
    this.settle();
  }

  pass(milliseconds: number): void {
    const until = this.now + milliseconds;
    while (this.outcome === undefined) {
      const decision = decide(this.known, this.now);
      if (decision.kind !== 'wait' || decision.until === undefined || decision.until > until) break;
      this.now = Math.max(this.now, decision.until);
      this.settle();
    }
    this.now = until;
    this.settle();
    this.#watchSource();
    this.#watch();
  }

  /** Does what is decided until there is nothing to do but wait. */
  settle(): void {
    for (let decisions = 0; this.outcome === undefined; decisions += 1) {
      const decision = decide(this.known, this.now);
      if (decision.kind === 'wait') return;
      this.story.push(`${String(this.now)} ${JSON.stringify(decision)}`);
      if (decisions > MOST_AT_ONCE) {
        this.breaches.push('it is decided again and again, and nothing comes of it');
        return;
      }
      this.#perform(decision);
      this.#check(decision.kind);
    }
  }

  /** One packet on its way reaches the card, the oldest or the newest first; a copy may stay on its way. */
  deliver(which: { readonly newest: boolean; readonly keepCopy: boolean }): void {
    const at = this.registration === undefined ? 'source' : 'target';
    if (at === 'target' || this.card.holds === 'source') this.card.deliver({ ...which, at });
  }

  /** One answer of the card arrives, the oldest or the newest; it may come again. */
  answerArrives(which: { readonly newest: boolean; readonly again: boolean }): void {
    const answer = this.card.answer(which);
    if (answer === undefined) return;
    if (answer.kind === 'rewriteAnswered') this.#onRecord.push(answer);
    this.hear(answer);
  }

  /** The workflow is lost, and the one that goes on has heard nothing but what is on record of a torn card. */
  forget(): void {
    if (this.outcome !== undefined) return;
    this.known = this.#onRecord.reduce((known, fact) => evolve(known, fact, this.now), this.#initialState(1));
    this.settle();
  }

  lapse(): void {
    if (this.outcome === undefined && this.registration === undefined && this.targetAlive) this.lapsed = true;
  }

  /** The SMSC gives up everything that is on its way, and says so. */
  expire(): void {
    if (this.card.losePackets()) this.hear({ kind: 'deliveryFailed' });
  }

  /** The device looks for a network: it authenticates with the key that the card has. */
  attach(): void {
    const { holds } = this.card;
    if (holds === 'source') return;
    const key = holds === 'torn' ? 'old' : 'new';
    if (this.targetAlive && !this.lapsed && key === this.targetKey) this.registration ??= { at: this.now, key };
    else if (key !== this.targetKey && this.registration === undefined) this.targetSeesTear = true;
  }

  /** A person says that the card is torn, where that is possible. */
  markTorn(): void {
    const { facts } = subjectOf({ state: this.known.state, reason: undefined }, this.known, this.now);
    if (this.outcome !== undefined || forbidden(facts, 'rewriteCard') !== undefined) return;
    this.#onRecord.unshift({ kind: 'tornBefore' });
    this.hear({ kind: 'rewriteWanted' });
  }

  /** Both operators agree: the target lets a torn card in with its old key. */
  repair(): void {
    const { tornAt } = this.known;
    if (tornAt === 'target' || tornAt === 'unheard') this.#rekey(this.targetKey === 'old' ? 'new' : 'old');
  }

  /** The target has its own key again: the card has to attach anew. */
  endRepair(): void {
    if (this.known.tornAt !== 'written' || this.targetKey === 'new') return;
    this.now += HOUR;
    this.#rekey('new');
  }

  #rekey(key: 'new' | 'old'): void {
    if (this.targetKey === key) return;
    this.targetKey = key;
    this.#restart();
  }

  /** The device leaves its network, and comes back if it is let in. */
  #restart(): void {
    this.registration = undefined;
    this.attach();
  }

  /** What runs in the background finds by itself what there is to find. */
  #watch(): void {
    if (this.outcome !== undefined || this.targetAway) return;
    const isNew = this.registration !== undefined && this.#attachedAt !== knownAttach(this.known);
    const isTear = this.registration === undefined && this.targetSeesTear && !this.known.torn;
    if (this.known.watching && (isNew || isTear)) this.hear({ kind: 'watchEnded' });
    if (this.known.watching && this.lapsed && this.known.silence?.code !== 'RESERVATION_WITHDRAWN')
      this.hear({ kind: 'watchEnded' });
    if (this.known.release.insisting && !this.sourceRefuses) this.#release();
  }

  #watchSource(): void {
    const { watching, subscriber } = this.known.source;
    if (watching && subscriber !== this.oldSubscriber)
      this.hear({ kind: 'sourceAnswered', subscriber: this.oldSubscriber });
  }

  #release(): void {
    if (this.seenAtSource) {
      this.hear({ kind: 'releaseFailed', reason: { code: 'BOTH_ATTACHED', message: 'both' } });
      return;
    }
    this.sourceAlive = false;
    this.hear({ kind: 'released' });
  }

  #perform(decision: Exclude<Decision, { kind: 'wait' }>): void {
    const tell = (fact: CardEvent) => (this.known = evolve(this.known, fact, this.now));
    switch (decision.kind) {
      case 'end':
        this.outcome = decision;
        return;
      case 'record':
        this.#noteTear(decision.state);
        tell({
          ...{ kind: 'stateRecorded', state: decision.state },
          ...(typeof decision.because !== 'string' && { code: decision.because.code }),
        });
        return;
      case 'watchTarget':
        tell({ kind: 'watchBegan' });
        return;
      case 'watchSource':
        tell({ kind: 'sourceWatchBegan' });
        return;
      case 'askTarget':
        this.#askTarget(tell);
        return;
      case 'restore':
        if (this.targetAway) {
          tell({ kind: 'restoreFailed', reason: { code: 'HLR_UNREACHABLE', message: 'away' } });
          return;
        }
        this.lapsed = false;
        tell({ kind: 'stateRecorded', state: 'reopened' });
        tell({ kind: 'restored' });
        return;
      case 'resend':
        if (this.smscAway) {
          tell({ kind: 'resendFailed', reason: { code: 'SMSC_UNREACHABLE', message: 'away' } });
          return;
        }
        this.card.send({ purpose: 'write', counter: 1 });
        tell({ kind: 'resent' });
        return;
      case 'probe':
        this.#probe(decision.number, tell);
        return;
      case 'rewrite':
        this.#rewrite(decision, tell);
        return;
      case 'refresh':
        if (!this.smscAway) this.#restart();
        tell({ kind: this.smscAway ? 'refreshFailed' : 'refreshSent' });
        return;
      case 'undo':
        if (this.targetAway || this.registration !== undefined) {
          const reason = { code: 'UNDO_FAILED', message: this.targetAway ? 'away' : 'attached' } as const;
          tell({ kind: 'undoStuck', reason, attached: !this.targetAway });
        } else {
          this.targetAlive = false;
          tell({ kind: 'withdrawn', because: decision.because });
        }
        return;
      case 'release':
        if (decision.insisting) {
          tell({ kind: 'insisting' });
        } else if (this.sourceRefuses) {
          tell({ kind: 'releaseFailed', reason: { code: 'RELEASE_REFUSED', message: 'no' } });
        } else if (this.seenAtSource) {
          tell({ kind: 'releaseFailed', reason: { code: 'BOTH_ATTACHED', message: 'both' } });
        } else {
          this.sourceAlive = false;
          tell({ kind: 'stateRecorded', state: 'completed' });
          tell({ kind: 'released' });
        }
    }
  }

  #noteTear(state: string): void {
    if (state === 'torn') this.#onRecord.unshift({ kind: 'tornBefore' });
  }

  #rewrite({ number }: Extract<Decision, { kind: 'rewrite' }>, tell: (fact: CardEvent) => void): void {
    tell({ kind: 'rewriteBegan', number });
    this.#onRecord.push({ kind: 'rewriteBegan', number });
    const counter = this.card.counterOf('rewrite', number);
    if (!this.smscAway) this.card.send({ purpose: 'rewrite', number, counter });
    if (this.smscAway || this.submissionIsLost)
      tell({ kind: 'rewriteFailed', reason: { code: 'SMSC_UNREACHABLE', message: 'no answer' } });
    else tell({ kind: 'rewriteSent' });
  }

  #probe(number: number, tell: (fact: CardEvent) => void): void {
    const counter = this.card.counterOf('probe', number);
    if (this.smscAway) {
      tell({ kind: 'probeFailed', reason: { code: 'SMSC_UNREACHABLE', message: 'away' } });
      return;
    }
    this.card.send({ purpose: 'probe', counter });
    tell({ kind: 'probeSent' });
  }

  #askTarget(tell: (fact: CardEvent) => void): void {
    if (this.targetAway) {
      tell({ kind: 'targetSilent', reason: { code: 'HLR_UNREACHABLE', message: 'away' }, mayAnswerLater: true });
      return;
    }
    if (this.lapsed) {
      const reason = { code: 'RESERVATION_WITHDRAWN', message: 'lapsed' } as const;
      tell({ kind: 'targetSilent', reason, mayAnswerLater: false });
      return;
    }
    const attach = this.#saidOfAttach;
    tell({ kind: 'targetAnswered', attach });
    if (attach.attached && attach.held !== true) tell({ kind: 'stateRecorded', state: 'releasing' });
  }

  get #attachedAt(): string {
    return new Date(this.registration?.at ?? 0).toISOString();
  }

  /** As the activity answers it. */
  get #saidOfAttach(): Attach {
    if (this.registration === undefined)
      return { attached: false, ...(this.targetSeesTear && { authentication: 'failed' as const }) };
    const attach = { attached: true, imsi: TARGET_IMSI, at: this.#attachedAt } as const;
    const hold = holdOf(this.known);
    if (hold === undefined || (hold.after !== undefined && attach.at > hold.after)) return attach;
    return { ...attach, held: true };
  }

  /** Whatever is decided, the card keeps a working subscription, now and when everything has arrived that is on its way. */
  #check(what: string): void {
    const { holds, mayStillTake } = this.card;
    if (!this.sourceAlive && this.registration === undefined)
      this.breaches.push(`${what}: released before the card had attached`);
    if (!this.sourceAlive && this.registration?.key === 'old' && this.plan.rewritable)
      this.breaches.push(`${what}: released while the target let the card in with its old key`);
    if (holds === 'source' && !this.sourceAlive) this.breaches.push(`${what}: the card holds what was released`);
    if (holds === 'target' && !this.targetAlive) this.breaches.push(`${what}: the card holds what was withdrawn`);
    if (!this.targetAlive && mayStillTake)
      this.breaches.push(`${what}: withdrawn although the packet may still reach the card`);
  }

  get rests(): boolean {
    return this.outcome !== undefined || STATES[this.known.state].rests;
  }
}
