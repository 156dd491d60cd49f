import { isCancellation, log } from '@temporalio/workflow';
import type { AfterPivotParts } from './after-pivot-parts.ts';
import type { ResendCause } from './decision/decision.ts';
import type { CardEvent } from './decision/card-events.ts';
import { cardAnswer, probeReading } from './card-answer.ts';
import { reasonOf } from '../shared/failures.ts';
import { interrupting } from '../shared/interrupting.ts';

/** As the timeline says it. */
const WHY_RESENT: Readonly<Record<ResendCause, string>> = {
  givenUp: 'the SMSC had given the packet up, and the device is back',
  unanswered: 'the device has shown itself, and nothing was heard of the packet',
  silence: 'half of the time of the card is over without a word of it',
};

type OverTheAirParts = Pick<AfterPivotParts, 'timeline' | 'ota' | 'targetOta'> & {
  /** There is something to look at first. */
  readonly isInterrupted: () => boolean;
};

/** Whatever goes to the card behind the pivot: the same packet again, or one that changes nothing. */
export class OverTheAir {
  readonly #parts: OverTheAirParts;
  readonly #evolve: (fact: CardEvent) => void;

  constructor(parts: OverTheAirParts, learn: (fact: CardEvent) => void) {
    this.#parts = parts;
    this.#evolve = learn;
  }

  async resend(because: ResendCause): Promise<void> {
    const { timeline, ota } = this.#parts;
    try {
      // Under a number of its own: the attempt before it may have been taken although its answer was lost, and is another copy.
      await ota.resendOverTheAir(timeline.nextStep());
      this.#evolve({ kind: 'resent' });
      await timeline.tell(`${WHY_RESENT[because]}: the same packet was sent again`);
    } catch (cause) {
      this.#evolve({ kind: 'resendFailed', reason: reasonOf(cause) });
    }
  }

  async probe(number: number): Promise<void> {
    const { timeline, ota } = this.#parts;
    try {
      const { answer } = await ota.probeCard({ ...timeline.silentStep(), number });
      this.#evolve({ kind: 'probeSent' });
      await timeline.tell('the card is asked which subscription it holds');
      const reading = answer && probeReading({ ...answer, authenticated: true });
      if (reading !== undefined) this.#evolve({ kind: 'probeAnswered', reading });
    } catch (cause) {
      this.#evolve({ kind: 'probeFailed', reason: reasonOf(cause) });
    }
  }

  /** News of the card, and persons, do not wait for an SMSC that is away. */
  async rewrite(number: number): Promise<void> {
    const { timeline, targetOta, isInterrupted } = this.#parts;
    const step = { ...timeline.nextStep(), number };
    this.#evolve({ kind: 'rewriteBegan', number });
    try {
      const { answer } = await interrupting(() => targetOta.rewriteCard(step), isInterrupted);
      this.#evolve({ kind: 'rewriteSent' });
      await timeline.tell('the subscription is written to the torn card again, over the network of the target');
      const said = answer && cardAnswer({ ...answer, authenticated: true });
      if (said !== undefined) this.#evolve({ kind: 'rewriteAnswered', number, answer: said });
    } catch (cause) {
      // It is due as before, unless the news change that.
      if (isCancellation(cause)) return;
      this.#evolve({ kind: 'rewriteFailed', reason: reasonOf(cause) });
    }
  }

  #otaOver(network: 'target' | 'source'): AfterPivotParts['ota'] {
    return network === 'target' ? this.#parts.targetOta : this.#parts.ota;
  }

  /** The card is expected at the target at any moment: news of it, and persons, do not wait for an SMSC that is away. */
  async refresh(number: number, over: 'target' | 'source'): Promise<void> {
    const { timeline, isInterrupted } = this.#parts;
    const step = { ...timeline.silentStep(), number, ...(over === 'target' && { over }) };
    try {
      await interrupting(() => this.#otaOver(over).refreshDevice(step), isInterrupted);
      this.#evolve({ kind: 'refreshSent' });
      await timeline.tell('the card has taken the new subscription, and has not attached in time: REFRESH was sent');
    } catch (cause) {
      // It is due as before, unless the news change that.
      if (isCancellation(cause)) return;
      log.warn('no REFRESH', { code: reasonOf(cause).code });
      this.#evolve({ kind: 'refreshFailed' });
    }
  }
}
