import { defineSearchAttributeKey } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { SEARCH_ATTRIBUTES, type ChangeOutcome, type SubscriptionChange } from './contract.ts';
import type { FailureCode } from './failure-codes.ts';
import type { Reason } from './failures.ts';
import type { RegistryActivities, Step } from './ports.ts';
import { STATES, type ChangeState } from './states.ts';

const STATE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD');
const ORCHESTRATOR = 'system:orchestrator';

type EndWithReason = Extract<ChangeOutcome, { readonly code: FailureCode }>;

/**
 * Numbers the states of one change. A state is recorded by the activity that causes it, under the number given here; the few
 * that no activity causes are recorded by `note`, `park` and `record`. The Temporal Web UI is told at no cost in events.
 */
export class Timeline {
  #sequence: number;
  #state: ChangeState = 'requested';
  #wasInDoubt = false;

  constructor(
    private readonly change: SubscriptionChange,
    private readonly own: Pick<RegistryActivities, 'recordState'>,
  ) {
    this.#sequence = change.resumedAfter ?? 0;
  }

  /** Enters a state and returns its number. */
  enter(state: ChangeState, reason?: Reason): number {
    this.#sequence += 1;
    if (this.#state === 'inDoubt' && state !== 'inDoubt') upsertSearchAttributes([{ key: STATE, value: state }]);
    this.show(state, reason);
    return this.#sequence;
  }

  /** Tells the Temporal Web UI of a state that has its number already: an activity has recorded it. */
  show(state: ChangeState, reason?: Reason): void {
    this.#state = state;
    const { ended, cancellable, meaning } = STATES[state];
    setCurrentDetails(
      [
        `**${state}**: ${meaning}.`,
        ...(reason === undefined ? [] : [`${reason.code}: ${reason.message}`]),
        `ICCID ${this.change.iccid} to ${this.change.target}, change ${this.change.changeId}.`,
        ...(ended ? [] : [`Can be cancelled: ${cancellable}.`]),
      ].join('\n\n'),
    );
  }

  /** The step whose activity records these states, in this order, under consecutive numbers. */
  step(first: ChangeState, ...next: ChangeState[]): Step {
    const sequence = this.enter(first);
    this.#sequence += next.length;
    return { ...this.#card, sequence };
  }

  /** The step whose activity records, with its cause, that the change stays in its state. */
  stay(): Step & { readonly state: ChangeState } {
    return { ...this.step(this.#state), state: this.#state };
  }

  /** The step whose activity may record the next state, or none. */
  nextStep(): Step {
    return { ...this.#card, sequence: this.#sequence + 1 };
  }

  /** Records a state that a signal or the clock causes. */
  async note(state: ChangeState, cause: string, code?: FailureCode): Promise<void> {
    const sequence = this.enter(state, code && { code, message: cause });
    await this.own.recordState({ ...this.#card, sequence, state, actor: ORCHESTRATOR, cause, ...(code && { code }) });
  }

  /** Parks the change: both subscriptions stay alive until evidence or a person decides. */
  async park(reason: Reason): Promise<void> {
    if (this.#state === 'inDoubt') return;
    await this.note('inDoubt', reason.message, reason.code);
    this.#wasInDoubt = true;
    upsertSearchAttributes([{ key: STATE, value: 'inDoubt' }]);
  }

  /** Records an end that no activity causes. */
  async record<Outcome extends EndWithReason>(outcome: Outcome): Promise<Outcome> {
    await this.note(outcome.kind, outcome.reason, outcome.code);
    return this.end(outcome);
  }

  /**
   * Makes the end, which is recorded already, findable in the Temporal Web UI. A completed change needs no attribute, which would
   * cost an event and a write to the index: its workflow's own status says so.
   */
  end<Outcome extends ChangeOutcome>(outcome: Outcome): Outcome {
    if (outcome.kind !== 'completed' || this.#wasInDoubt) upsertSearchAttributes([{ key: STATE, value: outcome.kind }]);
    return outcome;
  }

  get #card() {
    return { changeId: this.change.changeId, iccid: this.change.iccid };
  }
}
