import { condition } from '@temporalio/workflow';
import type { Imsi } from '../telecom/identifiers/imsi.ts';
import { Alarm } from './alarm.ts';
import type { ChangePolicy } from './contract.ts';
import type { Evidence } from './evidence.ts';
import type { Reason } from './failures.ts';
import type { Attach, Step } from './ports.ts';
import type { Timeline } from './timeline.ts';

export type Verdict =
  { readonly kind: 'attached'; readonly imsi: Imsi } | { readonly kind: 'refusedByCard'; readonly reason: Reason };

interface Watch {
  readonly evidence: Evidence;
  readonly timeline: Timeline;
  readonly policy: ChangePolicy;
  readonly confirmAttach: (step: Step) => Promise<Attach>;
}

/**
 * The watch over a card after the pivot. Events wake it, the HLR of the target convinces it, time alone only makes it ask
 * that HLR, or park the change in doubt, where it goes on watching.
 */
export class Vigil {
  readonly #watch: Watch;
  readonly #alarm: Alarm;
  #hint: Reason | undefined;

  constructor(watch: Watch) {
    this.#watch = watch;
    const { attachPollSeconds, attachDeadlineSeconds } = watch.policy;
    this.#alarm = new Alarm(attachPollSeconds, Date.now() + attachDeadlineSeconds * 1_000);
  }

  async untilEvidenceDecides(): Promise<Verdict> {
    const { evidence } = this.#watch;
    for (;;) {
      await condition(() => evidence.arrived || this.#alarm.rang);
      const verdict = (await this.#askHlr()) ?? (await this.#hearCard());
      if (verdict !== undefined) return verdict;
    }
  }

  /** A location update, or a ring of the alarm, is a reason to ask; the HLR's answer decides. */
  async #askHlr(): Promise<Verdict | undefined> {
    const { evidence, timeline, confirmAttach } = this.#watch;
    const rang = this.#alarm.takeRing();
    if (!evidence.takeLocationUpdate() && !rang) return undefined;
    const attach = await confirmAttach(timeline.nextStep());
    if (attach.attached) {
      timeline.enter('releasing');
      return { kind: 'attached', imsi: attach.imsi };
    }
    if (this.#alarm.deadlinePassed && timeline.state !== 'inDoubt') {
      await timeline.park(
        this.#hint ?? { code: 'ATTACH_NOT_SEEN', message: 'the card has not attached to the target in time' },
      );
    }
    return undefined;
  }

  async #hearCard(): Promise<Verdict | undefined> {
    const { evidence, timeline } = this.#watch;
    const answer = evidence.takeAnswer();
    if (answer === undefined) return undefined;
    if (answer.kind === 'taken') {
      await timeline.note('awaitingAttach', 'the card has confirmed the new subscription');
      return undefined;
    }
    const reason = { code: answer.code, message: `the card answered ${answer.code}` };
    if (answer.kind === 'refused') return { kind: 'refusedByCard', reason };
    this.#hint = reason;
    return undefined;
  }
}
