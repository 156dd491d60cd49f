import { afterTheEnd } from './after-the-end.ts';
import type { FailureCode } from './failure-codes.ts';
import { STATES, type ChangeState } from './states.ts';
import { ACTIONS, permittedActions, type Situation } from './support.ts';

/** What is known of a change, by whoever asks: the read model knows the first half, its workflow the second. */
export interface Explainable {
  readonly state: ChangeState;
  readonly code: FailureCode | null;
  /** Why the change is in its state. */
  readonly detail: string;
  readonly target: string;
  readonly source: string | null;
  /** Absent when no workflow answers. */
  readonly situation?: Situation;
}

/** One sentence each. */
export interface Explanation {
  readonly why: string;
  readonly next: string;
  readonly may: string;
}

/** Why is it here, what happens next and when, what may a person do: the one place where that is put into words. */
export function explain(change: Explainable): Explanation {
  return { why: why(change), next: next(change), may: may(change) };
}

function why({ state, code, detail, situation }: Explainable): string {
  const because = detail === '' ? '' : ` (${detail}${code === null ? '' : `, ${code}`})`;
  if (situation?.undoing === true) return sentence(`every step is being undone${because}`);
  return sentence(`${STATES[state].meaning}${because}`);
}

function next({ state, code, source, target, situation }: Explainable): string {
  const from = source ?? 'the source operator';
  const at = situation?.nextAt === undefined ? '' : `, at the latest at ${situation.nextAt}`;
  const unless =
    situation?.deadline === undefined
      ? ''
      : `; if nothing is heard by ${situation.deadline}, the change is parked in doubt`;
  const again =
    situation?.resendAt === undefined
      ? ''
      : `; the same packet goes out once more at ${situation.resendAt} if nothing is heard of it`;
  const wish =
    situation?.wish === undefined
      ? ''
      : `; it is undone instead if the card is proven to be unchanged (${situation.wish})`;
  if (situation?.undoing === true)
    return sentence('what is to be undone is tried until it is done; the card then is as before');
  switch (state) {
    case 'requested':
    case 'checkingCard':
    case 'reserving':
    case 'sending':
      return 'The step is repeated by itself until it is done or its patience is over; then everything is undone.';
    case 'awaitingConsent':
      return sentence(
        `${from} is asked again until it decides or its patience is over; then the change is rolled back`,
      );
    case 'awaitingCard':
    case 'awaitingAttach':
      return sentence(
        `as soon as the card attaches to ${target}, ${from} is asked to let go; the HLR of ${target} is asked without an event too${at}${again}${unless}${wish}`,
      );
    case 'releasing':
      return situation?.nextAt === undefined
        ? sentence(`${from} is asked until it has barred and deleted the old subscription, or its patience is over`)
        : sentence(
            `both subscriptions stay alive until ${situation.nextAt}, as agreed; then ${from} is asked to let go`,
          );
    case 'completedReleasePending':
      return sentence(
        `${from} is asked once a day until it lets go${at}${code === 'RELEASE_OVERDUE' ? '; the evidence for a dispute is ready (rehome evidence)' : ''}`,
      );
    case 'inDoubt':
      if (code === 'BOTH_ATTACHED')
        return 'Nothing, before a person decides: the release is frozen, since two cards may use what should be one subscription.';
      return watchOnly(target, `${again}${wish}`);
    case 'torn':
      return watchOnly(target, `${again}${wish}`);
    case 'reopened':
      return sentence(
        `the subscription at ${target} is brought back; once the card attaches there, ${from} is asked to let go${unless}`,
      );
    case 'completed':
    case 'rejected':
    case 'rolledBack':
    case 'cancelled':
      return 'Nothing: the change has ended.';
  }
}

function may({ state, code, situation }: Explainable): string {
  if (STATES[state].ended) return sentence(afterTheEnd(state, code));
  const permitted =
    situation?.permitted ??
    permittedActions({
      state,
      confirmed: state === 'awaitingAttach',
      attached: false,
      canReadBack: false,
      mayHaveLeft: true,
      undoing: false,
    });
  const actions = permitted.map(
    (action) => `${ACTIONS[action].meaning} (${action}${ACTIONS[action].secondPerson ? ', by two persons' : ''})`,
  );
  const first =
    situation?.first === undefined
      ? ''
      : `; ${situation.first.actor} has asked for ${situation.first.action}, which a second person has to ask for too`;
  if (actions.length === 0) return sentence(`a person can only wait${first}`);
  return sentence(`a person may ${actions.join('; ')}${first}`);
}

const watchOnly = (target: string, besides: string): string =>
  sentence(
    `the HLR of ${target} is asked at most a day apart, for as long as it takes; if the card attaches there, the change goes on to its end by itself${besides}`,
  );

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
