import type { ChangeOutcome, ChangePolicy, SubscriptionChange } from '../shared/contract.ts';
import { SupportRequests } from '../support/requests.ts';
import { AfterPivot } from './after-pivot.ts';
import type { BeforePivotParts, Pivot } from './before-pivot.ts';
import type { CardState, Pace } from './decision/card-state.ts';
import { evolve } from './decision/evolve.ts';
import { initialState } from './decision/initial-state.ts';
import type { Admission } from './ports.ts';
import { SignalInbox } from './signal-inbox.ts';
import { stepsOf } from './steps.ts';
import { Timeline } from './timeline.ts';
import { Undos } from './undos.ts';

type Parts = BeforePivotParts & Omit<ConstructorParameters<typeof AfterPivot>[0], 'known'>;
type Passed = Extract<Pivot, { kind: 'passed' }>;

/** The parts of one change, and how they hang together. */
export class ChangeAssembly {
  readonly own;
  readonly target;
  readonly timeline: Timeline;
  readonly inbox: SignalInbox;
  readonly #change: SubscriptionChange;
  readonly #steps;
  readonly #requests: SupportRequests;
  /** From the pivot on, everything is its business. */
  #afterPivot: AfterPivot | undefined;

  constructor(change: SubscriptionChange) {
    this.#change = change;
    this.#steps = stepsOf(change.policy);
    this.own = this.#steps.own;
    this.target = this.#steps.targetOperator(change.target);
    this.timeline = new Timeline(change, this.own);
    this.inbox = new SignalInbox(change.changeId);
    this.#requests = new SupportRequests(() => this.#afterPivot?.subject ?? this.timeline.subject);
  }

  /** What an admitted change works with, at its operators and SMSCs. */
  admitted(admission: Admission): Parts {
    const { own, target, timeline, inbox } = this;
    const ota = this.#steps.ota(admission.smsc);
    const undos = new Undos({
      ...{ change: this.#change, timeline, own, target },
      isInterrupted: () => inbox.arrived || (this.#afterPivot !== undefined && this.#requests.arrived),
    });
    return {
      ...{ change: this.#change, admission, inbox, timeline, own, target, ota, undos },
      desk: this.#requests,
      source: this.#steps.sourceOperator(admission.source),
      targetOta: admission.targetSmsc === undefined ? ota : this.#steps.ota(admission.targetSmsc),
      sourceOperator: admission.source,
      sourceImsi: admission.sourceImsi,
      sameDevice: admission.sameDevice,
    };
  }

  /** The change behind its pivot, with what is known by then. */
  afterPivot(parts: Parts, pivot: Passed): AfterPivot {
    this.#afterPivot = new AfterPivot({ ...parts, known: this.#knownAt(pivot, parts.admission) });
    return this.#afterPivot;
  }

  /** Answers what support staff still wait for. */
  async end(outcome: ChangeOutcome): Promise<ChangeOutcome> {
    await this.#requests.close();
    return outcome;
  }

  #knownAt({ mayHaveLeft, facts }: Passed, admission: Admission): CardState {
    const { policy, resumedAfter } = this.#change;
    const start = initialState(Date.now(), {
      ...{ state: this.timeline.state, mayHaveLeft, pace: paceOf(policy, admission) },
      deadlineSeconds: policy.attachDeadlineSeconds,
      // Events that an earlier, lost workflow has taken do not come again, so a resumed one asks the HLR at once.
      firstPollSeconds: resumedAfter === undefined ? policy.attachPollSeconds : 1,
      readBack: admission.readBack,
      refreshable: admission.refreshable,
      tearable: admission.tearable === true,
      writable: admission.targetSmsc !== undefined,
    });
    return facts.reduce((before, fact) => evolve(before, fact, Date.now()), start);
  }
}

const paceOf = ({ attachPollSeconds }: ChangePolicy, { overlapSeconds = 0, releaseDays }: Admission): Pace => ({
  pollSeconds: attachPollSeconds,
  overlapSeconds,
  ...(releaseDays !== undefined && { releaseSeconds: releaseDays * 86_400 }),
});
