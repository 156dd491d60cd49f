import type { CardAnswer } from '../../../../workflows/change/card-answer.ts';
import { parseImsi } from '../../../../telecom/identifiers/imsi.ts';
import { decide } from '../../../../workflows/change/decision/decide.ts';
import type { CardEvent } from '../../../../workflows/change/decision/card-events.ts';
import { holdOf } from '../../../../workflows/change/decision/unproven-attach.ts';
import type { CardState } from '../../../../workflows/change/decision/card-state.ts';
import { initialState } from '../../../../workflows/change/decision/initial-state.ts';
import { evolve } from '../../../../workflows/change/decision/evolve.ts';
import type { Attach } from '../../../../workflows/change/ports.ts';

export const MINUTE = 60_000;
export const START = Date.UTC(2026, 0, 1);
export const FAILED: Attach = { attached: false, authentication: 'failed' };
export const GONE: Attach = { attached: false };

/** A change that has sent its packet to a card which may be torn. */
export const sentTo = (card: Partial<Parameters<typeof initialState>[1]> = {}): CardState =>
  initialState(START, {
    ...{ state: 'awaitingCard', deadlineSeconds: 86_400, firstPollSeconds: 900, mayHaveLeft: true, readBack: 'tells' },
    ...{ refreshable: true, tearable: true, writable: true },
    pace: { pollSeconds: 900, overlapSeconds: 0 },
    ...card,
  });

/** What the card says of the packet with this number. */
export const whole = (number = 1): CardEvent => ({ kind: 'rewriteAnswered', number, answer: { kind: 'executed' } });
export const tooLow = (number: number): CardEvent => ({
  ...{ kind: 'rewriteAnswered', number },
  answer: { kind: 'unclear', code: 'POR_CNTR_LOW', message: 'the card answered cntrLow' },
});
export const REFUSED: CardAnswer = {
  ...{ kind: 'refused', code: 'ADMIN_CODE_WRONG' },
  message: 'the card says that the admin code is wrong',
};

/** A change whose decisions are carried out, against a target that says what it is told to. */
export class Played {
  known: CardState;
  minute = 0;
  target: Attach = GONE;
  readonly story: string[] = [];
  /** What becomes of the next packets: sent; or not, as far as anybody knows; or interrupted by these news. */
  readonly smsc: ('sent' | 'failed' | readonly CardEvent[])[] = [];

  constructor(known = sentTo()) {
    this.known = known;
    this.hears({ kind: 'watchBegan' }, { kind: 'sourceWatchBegan' });
  }

  /** The target has the card attached since that minute. */
  attached(minute: number): Attach {
    return { attached: true, imsi: parseImsi('001029000000001'), at: new Date(START + minute * MINUTE).toISOString() };
  }

  hears(...facts: readonly CardEvent[]): this {
    for (const fact of facts) this.known = evolve(this.known, fact, this.#now);
    return this.#settles();
  }

  /** The target says this when it is asked, and an event has it asked. */
  sees(target: Attach): this {
    this.target = target;
    return this.hears({ kind: 'woken' });
  }

  passes(minutes: number): this {
    for (let minute = 0; minute < minutes; minute += 1) {
      this.minute += 1;
      this.#settles();
    }
    return this;
  }

  /** The numbers of the packets that went out, in order. */
  numbers(): string[] {
    return this.story.filter((what) => what.includes('rewrite')).map((what) => what.split(' ')[2] ?? '');
  }

  get #now(): number {
    return START + this.minute * MINUTE;
  }

  #settles(): this {
    for (let decisions = 0; ; decisions += 1) {
      if (decisions > 20) throw new Error(`decided again and again: ${this.story.slice(-5).join('; ')}`);
      const decision = decide(this.known, this.#now);
      if (decision.kind === 'wait') return this;
      this.#does(decision);
      if (decision.kind === 'end') return this;
    }
  }

  #does(decision: ReturnType<typeof decide>): void {
    const learnt = (fact: CardEvent) => (this.known = evolve(this.known, fact, this.#now));
    const tells = (what: string) => this.story.push(`${String(this.minute)} ${what}`);
    switch (decision.kind) {
      case 'askTarget':
        learnt({ kind: 'targetAnswered', attach: this.#answer() });
        return;
      case 'record': {
        const { state, because } = decision;
        tells(
          `${state} ${this.known.rewrites.heldAttach === undefined ? '' : 'held '}${typeof because === 'string' ? '' : because.code}`.trim(),
        );
        learnt({ kind: 'stateRecorded', state, ...(typeof because !== 'string' && { code: because.code }) });
        return;
      }
      case 'rewrite': {
        const { number } = decision;
        tells(`rewrite ${String(number)}`);
        learnt({ kind: 'rewriteBegan', number });
        const became = this.smsc.shift() ?? 'sent';
        if (became === 'sent') learnt({ kind: 'rewriteSent' });
        else if (became === 'failed')
          learnt({ kind: 'rewriteFailed', reason: { code: 'SMSC_UNREACHABLE', message: 'no answer' } });
        else became.forEach(learnt);
        return;
      }
      case 'refresh':
        tells('refresh');
        learnt({ kind: 'refreshSent' });
        return;
      case 'resend':
        tells('resend');
        learnt({ kind: 'resent' });
        return;
      case 'probe':
        tells('probe');
        learnt({ kind: 'probeSent' });
        return;
      case 'release':
        tells('release');
        learnt({ kind: 'released' });
        return;
      case 'watchTarget':
        learnt({ kind: 'watchBegan' });
        return;
      case 'watchSource':
        learnt({ kind: 'sourceWatchBegan' });
        return;
      case 'end':
      case 'restore':
      case 'undo':
      case 'wait':
        tells(decision.kind);
    }
  }

  /** As the activity does it. */
  #answer(): Attach {
    const hold = holdOf(this.known);
    const { target } = this;
    if (!target.attached || hold === undefined) return target;
    return hold.after !== undefined && target.at > hold.after ? target : { ...target, held: true };
  }
}
