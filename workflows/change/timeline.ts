import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES, type ChangeOutcome, type SubscriptionChange } from '../shared/contract.ts';
import type { Explainable } from '../explanation/explainable.ts';
import { explain } from '../explanation/explain.ts';
import type { FailureCode } from '../shared/failure-codes.ts';
import type { Reason } from '../shared/failures.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { RegistryActivities, Step } from './ports.ts';
import { plainText } from '../explanation/words.ts';
import type { ChangeState } from '../shared/states.ts';
import type { SupportSubject } from '../support/requests.ts';
import type { Situation } from '../support/actions.ts';
import { subjectOf } from '../support/support-view.ts';

const STATE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD');
const ORCHESTRATOR = 'system:orchestrator';
/** Open changes that a person looks for. */
const FOUND_BY_STATE = new Set<ChangeState>(['inDoubt', 'torn', 'reopened', 'completedReleasePending']);

interface NoteFacts {
  readonly code?: FailureCode;
  readonly actor?: string;
  /** That the card is torn. */
  readonly torn?: true;
  /** The old subscription, of which a person says that its operator has let go. */
  readonly returned?: { readonly operator: string; readonly imsi: Imsi };
}

type EndWithReason = Extract<ChangeOutcome, { readonly code: FailureCode }>;

/**
 * Numbers the states of one change. A state is recorded by the activity that causes it, under the number given here; the few
 * that no activity causes are recorded by `note`, `park` and `record`. The Temporal Web UI is told at no cost in events.
 */
export class Timeline {
  #sequence: number;
  /** The number of the state that was entered last. */
  #entered = 0;
  #state: ChangeState = 'requested';
  #reason: Reason | undefined;
  #wasFoundByState = false;
  /** The steps before the pivot are being undone. */
  #undoing = false;
  #since = Date.now();
  #situation: Situation | undefined;

  constructor(
    private readonly change: SubscriptionChange,
    private readonly own: Pick<RegistryActivities, 'recordState'>,
  ) {
    this.#sequence = change.resumedAfter ?? 0;
  }

  /** Enters a state and returns its number. */
  enter(state: ChangeState, reason?: Reason): number {
    this.#sequence += 1;
    this.#entered = this.#sequence;
    this.show(state, reason);
    return this.#sequence;
  }

  /** Tells the Temporal Web UI of a state that has its number already: an activity has recorded it. */
  show(state: ChangeState, reason?: Reason): void {
    if (FOUND_BY_STATE.has(this.#state) && !FOUND_BY_STATE.has(state))
      upsertSearchAttributes([{ key: STATE, value: state }]);
    this.#undoing = false;
    if (state !== this.#state) this.#since = Date.now();
    this.#state = state;
    this.#reason = reason;
    this.#showDetails();
  }

  /** The step whose activity records these states, in this order, under consecutive numbers. */
  step(first: ChangeState, ...next: ChangeState[]): Step {
    const sequence = this.enter(first);
    this.#sequence += next.length;
    return { ...this.#card, sequence };
  }

  /** The step whose activity records, with its cause, that the change stays in its state while it is undone. */
  stay(because: Reason): Step & { readonly state: ChangeState } {
    const sequence = this.enter(this.#state, because);
    this.#undoing = true;
    this.#showDetails();
    return { ...this.#card, sequence, state: this.#state };
  }

  /** What support staff may be told before the packet leaves. */
  get subject(): SupportSubject {
    return subjectOf({ state: this.#state, reason: this.#reason, undoing: this.#undoing, since: this.since });
  }

  /** Whether a state was entered under a number above that one. */
  recordedAfter(sequence: number): boolean {
    return this.#entered > sequence;
  }

  get state(): ChangeState {
    return this.#state;
  }

  /** Since when the change is in its state (RFC 3339). */
  get since(): string {
    return new Date(this.#since).toISOString();
  }

  get reason(): Reason | undefined {
    return this.#reason;
  }

  /** The step of an activity that records nothing. */
  silentStep(): Step {
    return { ...this.#card, sequence: this.#sequence };
  }

  /**
   * The step whose activity may record the next state, or none: the state is shown once it has. Its number is used up all the same,
   * since what it records may have been recorded although its answer was lost.
   */
  nextStep(): Step {
    this.#sequence += 1;
    return { ...this.#card, sequence: this.#sequence };
  }

  /** Records a state that a signal or the clock causes; resolves to the state that the change had ended in before, or null. */
  async note(
    state: ChangeState,
    cause: string,
    { code, actor = ORCHESTRATOR, torn, returned }: NoteFacts = {},
  ): Promise<ChangeState | null> {
    const sequence = this.enter(state, code && { code, message: cause });
    const ended = await this.own.recordState({
      ...this.#card,
      sequence,
      state,
      actor,
      cause,
      ...(code && { code }),
      ...(torn && { torn }),
      ...(returned && { returned }),
    });
    if (FOUND_BY_STATE.has(state)) {
      this.#wasFoundByState = true;
      upsertSearchAttributes([{ key: STATE, value: state }]);
    }
    return ended;
  }

  /** Records what was done in a state; the change stays in it, with the code that it has. */
  async tell(cause: string, actor = ORCHESTRATOR, { torn }: Pick<NoteFacts, 'torn'> = {}): Promise<void> {
    const { state } = this;
    const sequence = this.enter(state, this.#reason);
    const code = this.#reason?.code;
    const facts = { ...(code && { code }), ...(torn && { torn }) };
    await this.own.recordState({ ...this.#card, sequence, state, actor, cause, stays: true, ...facts });
  }

  /** Records an end that no activity causes. */
  async record<Outcome extends EndWithReason>(outcome: Outcome): Promise<Outcome> {
    await this.note(outcome.kind, outcome.reason, { code: outcome.code });
    return this.end(outcome);
  }

  /**
   * Makes the end, which is recorded already, findable in the Temporal Web UI. A completed change needs no attribute, which would
   * cost an event and a write to the index: its workflow's own status says so.
   */
  end<Outcome extends ChangeOutcome>(outcome: Outcome): Outcome {
    if (outcome.kind !== 'completed' || this.#wasFoundByState)
      upsertSearchAttributes([{ key: STATE, value: outcome.kind }]);
    return outcome;
  }

  /** Tells of what changed beside the state. */
  refresh(situation: Situation): void {
    this.#situation = situation;
    this.#showDetails();
  }

  get #known(): Pick<Explainable, 'situation'> {
    if (this.#undoing) return { situation: this.subject.situation };
    return this.#situation?.state === this.#state ? { situation: this.#situation } : {};
  }

  #showDetails(): void {
    const { iccid, target, changeId } = this.change;
    const { code = null, message = '' } = this.#reason ?? {};
    const known = { changeId, iccid, state: this.#state, code, detail: message, target, source: null, ...this.#known };
    const because = code === null ? [] : [`Reason: ${message} [${code}]`];
    setCurrentDetails(
      [plainText(explain(known)), ...because, `ICCID ${iccid} to ${target}, change ${changeId}.`].join('\n\n'),
    );
  }

  get #card() {
    return { changeId: this.change.changeId, iccid: this.change.iccid };
  }
}
