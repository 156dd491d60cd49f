import { condition } from '@temporalio/workflow';
import type { Imsi } from '../telecom/identifiers/imsi.ts';
import { Alarm } from './alarm.ts';
import type { ChangePolicy, SubscriptionChange } from './contract.ts';
import type { Evidence } from './evidence.ts';
import { mayAnswerLater, reasonOf, type Reason } from './failures.ts';
import type { Attach, Step } from './ports.ts';
import type { Timeline } from './timeline.ts';

/** What the watch has found; `quiet` says that the HLR was asked because of the time, and knows nothing new. */
export type Verdict =
  | { readonly kind: 'attached'; readonly imsi: Imsi }
  | { readonly kind: 'refusedByCard'; readonly reason: Reason }
  | { readonly kind: 'quiet' };

const NOT_SEEN: Reason = { code: 'ATTACH_NOT_SEEN', message: 'the card has not attached to the target in time' };

interface Watch {
  readonly evidence: Evidence;
  readonly timeline: Timeline;
  readonly policy: Pick<ChangePolicy, 'attachPollSeconds' | 'attachDeadlineSeconds'>;
  readonly confirmAttach: (step: Step) => Promise<Attach>;
}

/**
 * The watch over a card after the pivot. Events wake it, the HLR of the target convinces it, time alone only makes it ask
 * that HLR, or park the change in doubt, where it goes on watching.
 */
export class Vigil {
  readonly #watch: Watch;
  readonly #alarm: Alarm;
  /** What the card last said that proves nothing. */
  #cardHint: Reason | undefined;
  /** The HLR was asked and gave no answer: it is asked again at once, with the patience of the step. */
  #unanswered = false;

  constructor(watch: Watch) {
    this.#watch = watch;
    const { attachPollSeconds, attachDeadlineSeconds } = watch.policy;
    this.#alarm = new Alarm(attachPollSeconds, Date.now() + attachDeadlineSeconds * 1_000);
  }

  /** Resolves to the next thing that is known; with `soon`, also to `quiet` at once when nothing is. */
  async next({ soon }: { readonly soon: boolean }): Promise<Verdict> {
    const { evidence } = this.#watch;
    for (;;) {
      await condition(() => evidence.arrived || this.#alarm.rang || this.#unanswered || soon);
      const rang = this.#alarm.takeRing();
      const mustAsk = evidence.takeLocationUpdate() || rang || this.#unanswered;
      const verdict = (mustAsk ? await this.#askHlr(rang) : undefined) ?? (await this.#hearCard());
      if (verdict !== undefined) return verdict;
      if (soon) return { kind: 'quiet' };
    }
  }

  /** A location update, or a ring of the alarm, is a reason to ask; the HLR's answer decides. */
  async #askHlr(rang: boolean): Promise<Verdict | undefined> {
    const { timeline, confirmAttach } = this.#watch;
    let silence: Reason | undefined;
    const attach = await confirmAttach(timeline.nextStep()).catch((cause: unknown): Attach => {
      // A gateway that is away, or refuses to answer, proves nothing: the watch goes on, and says why it is blind.
      silence = reasonOf(cause);
      return { attached: false };
    });
    this.#unanswered = silence !== undefined && mayAnswerLater(silence);
    if (attach.attached) {
      timeline.enter('releasing');
      return { kind: 'attached', imsi: attach.imsi };
    }
    if (this.#alarm.deadlinePassed) {
      await timeline.park(silence ?? this.#cardHint ?? NOT_SEEN);
    }
    return rang ? { kind: 'quiet' } : undefined;
  }

  async #hearCard(): Promise<Verdict | undefined> {
    const { evidence, timeline } = this.#watch;
    const answer = evidence.takeAnswer();
    if (answer === undefined) return undefined;
    if (answer.kind === 'taken') {
      await timeline.note('awaitingAttach', 'the card has confirmed the new subscription');
      return undefined;
    }
    const reason = { code: answer.code, message: answer.message };
    if (answer.kind === 'refused') return { kind: 'refusedByCard', reason };
    this.#cardHint = reason;
    return undefined;
  }
}

/** Events that an earlier, lost workflow has taken do not come again, so a resumed one asks the HLR at once. */
export const vigilPolicy = ({ policy, resumedAfter }: SubscriptionChange): Watch['policy'] =>
  resumedAfter === undefined ? policy : { ...policy, attachPollSeconds: 1 };
