import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { decide, type Decision } from '../../../workflows/decision/decide.ts';
import type { Fact } from '../../../workflows/decision/facts.ts';
import { nothingKnown, type Known } from '../../../workflows/decision/known.ts';
import { learn } from '../../../workflows/decision/learn.ts';
import type { OldSubscriber, Resent } from '../../../workflows/ports.ts';
import { STATES } from '../../../workflows/states.ts';
import { ALL_WELL, type Plan } from './plan.ts';

const TARGET_IMSI = parseImsi('001029000000001');
const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
const PACE = { pollSeconds: 600, overlapSeconds: 0, releaseSeconds: 14 * 24 * 3_600 };
/** More decisions than any change needs at one moment. */
const MOST_AT_ONCE = 40;

/**
 * A card, its packets on the way, both HLRs and a clock, around the real decisions: what `decide` wants is done here at once, or
 * fails if the peer is away, and what comes of it is told to `learn`. Counters are those of TS 102 225 §5.1.4: a card runs no packet
 * whose counter is not above all that it has run.
 */
export class World {
  now = 1_000_000;
  known: Known;
  outcome: Extract<Decision, { kind: 'end' }> | undefined;
  readonly breaches: string[] = [];
  /** Everything that was decided, for whoever reads a failure. */
  readonly story: string[] = [];

  /** What the card holds; a torn one can attach nowhere. */
  holds: 'source' | 'target' | 'torn' = 'source';
  sourceAlive = true;
  targetAlive = true;
  attachedToTarget = false;
  targetAway = false;
  sourceRefuses = false;
  seenAtSource = false;
  oldSubscriber: OldSubscriber = { standing: 'served' };
  targetSeesTear = false;
  smscAway = false;
  copiesAre: Resent | undefined;
  /** The power fails as soon as the card has taken the counter of the next packet. */
  powerFails = false;
  /** The lease of the reservation has run out at the target. */
  lapsed = false;
  /** By number: one that could not be sent goes out under the counter that it has. */
  readonly #probeCounters = new Map<number, number>();
  #cardCounter: number;
  /** Counters of the packets on their way; the packet that writes has the number 1. */
  readonly #onTheWay: { readonly write: boolean; readonly counter: number }[] = [{ write: true, counter: 1 }];
  #lastCounter = 1;
  readonly #answers: Fact[] = [];

  constructor(readonly plan: Plan) {
    this.#cardCounter = plan.counterAhead;
    this.known = this.#nothingKnown(600);
    this.settle();
  }

  #nothingKnown(firstPollSeconds: number): Known {
    return nothingKnown(this.now, {
      ...{ state: 'awaitingCard', deadlineSeconds: 24 * 3_600, firstPollSeconds, mayHaveLeft: true },
      ...{ readBack: this.plan.readBack, refreshable: true, pace: PACE },
    });
  }

  hear(fact: Fact): void {
    if (this.outcome !== undefined) return;
    this.known = learn(this.known, fact, this.now);
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
  deliver({ newest, keepCopy }: { readonly newest: boolean; readonly keepCopy: boolean }): void {
    const packet = newest ? this.#onTheWay.at(-1) : this.#onTheWay[0];
    if (packet === undefined || this.attachedToTarget || this.holds === 'torn') return;
    if (!keepCopy) this.#onTheWay.splice(this.#onTheWay.indexOf(packet), 1);
    const { write, counter } = packet;
    if (counter <= this.#cardCounter) {
      this.#answers.push(
        write
          ? { kind: 'cardAnswered', answer: { kind: 'unclear', code: 'POR_CNTR_LOW', message: 'cntrLow' } }
          : { kind: 'probeAnswered', reading: { kind: 'counterTooLow' } },
      );
      return;
    }
    this.#cardCounter = counter;
    if (this.powerFails) {
      this.powerFails = false;
      return;
    }
    if (!write) {
      this.#answers.push({ kind: 'probeAnswered', reading: this.#reading });
      return;
    }
    this.#take();
  }

  get #reading(): Extract<Fact, { kind: 'probeAnswered' }>['reading'] {
    if (this.plan.readBack === undefined) return { kind: 'alive' };
    if (this.holds === 'target') return { kind: 'holds', subscription: 'target' };
    return this.plan.readBack === 'proves' ? { kind: 'holds', subscription: 'source' } : { kind: 'alive' };
  }

  #take(): void {
    const answer = (fact: Extract<Fact, { kind: 'cardAnswered' }>['answer']) =>
      this.#answers.push({ kind: 'cardAnswered', answer: fact });
    switch (this.plan.card) {
      case 'takes':
        this.holds = 'target';
        answer({ kind: 'taken' });
        return;
      case 'refuses':
        answer({ kind: 'refused', code: 'ADMIN_CODE_WRONG', message: '63c2' });
        return;
      case 'tears':
        this.holds = 'torn';
        return;
      case 'stopsPartWay':
        this.holds = 'torn';
        answer({ kind: 'unclear', code: 'CARD_STATUS_WORD', message: '6f00' });
    }
  }

  /** One answer of the card arrives, the oldest or the newest; it may come again. */
  answerArrives({ newest, again }: { readonly newest: boolean; readonly again: boolean }): void {
    const answer = newest ? this.#answers.at(-1) : this.#answers[0];
    if (answer === undefined) return;
    if (!again) this.#answers.splice(this.#answers.indexOf(answer), 1);
    this.hear(answer);
  }

  /** The workflow is lost, and the one that goes on has heard nothing. */
  forget(): void {
    if (this.outcome !== undefined) return;
    this.known = this.#nothingKnown(1);
    this.settle();
  }

  lapse(): void {
    if (this.outcome === undefined && !this.attachedToTarget && this.targetAlive) this.lapsed = true;
  }

  loseAnswers(): void {
    this.#answers.length = 0;
  }

  /** The SMSC gives up everything that is on its way, and says so. */
  expire(): void {
    const hadWrite = this.#onTheWay.some(({ write }) => write);
    this.#onTheWay.length = 0;
    if (hadWrite) this.hear({ kind: 'deliveryFailed' });
  }

  /** The network loses everything that is on its way, and nobody says so. */
  losePackets(): void {
    this.#onTheWay.length = 0;
  }

  /** The device looks for a network. */
  attach(): void {
    if (this.holds === 'target' && this.targetAlive && !this.lapsed) this.attachedToTarget = true;
    if (this.holds === 'torn') this.targetSeesTear = true;
  }

  /** What runs in the background finds by itself what there is to find. */
  #watch(): void {
    if (this.outcome !== undefined || this.targetAway) return;
    if (this.known.watching && (this.attachedToTarget || (this.targetSeesTear && !this.known.torn)))
      this.hear({ kind: 'watchEnded' });
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
    const tell = (fact: Fact) => (this.known = learn(this.known, fact, this.now));
    switch (decision.kind) {
      case 'end':
        this.outcome = decision;
        return;
      case 'record':
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
        if (this.copiesAre === undefined) this.#onTheWay.push({ write: true, counter: 1 });
        tell({ kind: 'resent', what: this.copiesAre });
        return;
      case 'probe':
        this.#probe(decision.number, tell);
        return;
      case 'refresh':
        if (!this.smscAway) this.attach();
        tell({ kind: this.smscAway ? 'refreshFailed' : 'refreshSent' });
        return;
      case 'undo':
        if (this.targetAway || this.attachedToTarget) {
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

  #probe(number: number, tell: (fact: Fact) => void): void {
    const counter = this.#probeCounters.get(number) ?? this.#lastCounter + 16 * 2 ** (number - 1);
    this.#probeCounters.set(number, counter);
    this.#lastCounter = Math.max(this.#lastCounter, counter);
    if (this.smscAway) {
      tell({ kind: 'probeFailed', reason: { code: 'SMSC_UNREACHABLE', message: 'away' } });
      return;
    }
    this.#onTheWay.push({ write: false, counter });
    tell({ kind: 'probeSent' });
  }

  #askTarget(tell: (fact: Fact) => void): void {
    if (this.targetAway) {
      tell({ kind: 'targetSilent', reason: { code: 'HLR_UNREACHABLE', message: 'away' }, mayAnswerLater: true });
      return;
    }
    if (this.lapsed) {
      const reason = { code: 'RESERVATION_WITHDRAWN', message: 'lapsed' } as const;
      tell({ kind: 'targetSilent', reason, mayAnswerLater: false });
      return;
    }
    const attach = this.attachedToTarget
      ? ({ attached: true, imsi: TARGET_IMSI, at: '2026-11-25T00:00:00Z' } as const)
      : ({ attached: false, ...(this.targetSeesTear && { authentication: 'failed' as const }) } as const);
    tell({ kind: 'targetAnswered', attach });
    if (attach.attached) tell({ kind: 'stateRecorded', state: 'releasing' });
  }

  /** Whatever is decided, the card keeps a working subscription, now and when everything has arrived that is on its way. */
  #check(what: string): void {
    if (!this.sourceAlive && !this.attachedToTarget)
      this.breaches.push(`${what}: released before the card had attached`);
    if (this.holds === 'source' && !this.sourceAlive) this.breaches.push(`${what}: the card holds what was released`);
    if (this.holds === 'target' && !this.targetAlive) this.breaches.push(`${what}: the card holds what was withdrawn`);
    const mayStillTake = this.#onTheWay.some(({ write, counter }) => write && counter > this.#cardCounter);
    if (!this.targetAlive && mayStillTake && this.holds === 'source' && this.plan.card !== 'refuses')
      this.breaches.push(`${what}: withdrawn although the packet may still reach the card`);
  }

  /** Everything is put right, and all that is on its way arrives. */
  heal(): void {
    Object.assign(this, ALL_WELL);
    for (let round = 0; round < 20 && this.outcome === undefined; round += 1) {
      this.deliver({ newest: false, keepCopy: false });
      this.attach();
      this.hear({ kind: 'deviceReachable' });
      this.answerArrives({ newest: false, again: false });
      if (this.attachedToTarget) this.hear({ kind: 'woken' });
      if (this.known.release.frozen) this.hear({ kind: 'retryWanted' });
      this.pass(30 * HOUR);
    }
  }

  get rests(): boolean {
    return this.outcome !== undefined || STATES[this.known.state].rests;
  }
}
