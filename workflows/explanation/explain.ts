import { afterTheEnd } from './after-end.ts';
import type { FailureCode } from '../shared/failure-codes.ts';
import { goingOut, heldNext } from './transmissions.ts';
import { mending } from './remedies.ts';
import { isFrozen, standing } from './state-description.ts';
import { STATES } from '../shared/states.ts';
import { ACTIONS, permittedActions, type Situation } from '../support/actions.ts';
import type { Explainable } from './explainable.ts';

/** One sentence each. */
export interface Explanation {
  readonly why: string;
  readonly next: string;
  readonly may: string;
}

/** The same of an open change whose workflow was terminated or lost: what that would do is not done. */
export const explainLost = (change: Explainable & { readonly changeId: string }): Explanation => ({
  why: why(change),
  next: 'Nothing happens before the change is resumed.',
  may: `Resume it: rehome resume ${change.changeId}`,
});

/** Why is it here, what happens next and when, what may a person do: the one place where that is put into words. */
export function explain(change: Explainable): Explanation {
  return { why: why(change), next: next(change), may: may(change) };
}

function why(change: Explainable): string {
  const { code, detail } = change;
  const because = detail === '' ? '' : ` (${detail}${code === null ? '' : `, ${code}`})`;
  return sentence(`${standing(change).meaning}${because}`);
}

function next(change: Explainable): string {
  const { state, code, source, target, situation } = change;
  const from = source ?? 'the source operator';
  const unless =
    situation?.deadline === undefined
      ? ''
      : `; if nothing is heard by ${situation.deadline}, the change is parked in doubt`;
  const { again, copies } = goingOut(change);
  const wish =
    situation?.wish === undefined
      ? ''
      : `; it is undone instead if the card is proven to be unchanged (${situation.wish})`;
  if (state === 'inDoubt' && code === 'UNDO_FAILED')
    return 'What could not be undone is tried again by itself, at most a day later; the card then is as before.';
  if (situation?.undoing === true)
    return sentence('what is to be undone is tried until it is done; the card then is as before');
  switch (state) {
    case 'checkingCard':
      return 'The step is repeated until the question has left; the answer of the card is then awaited for ATTACH_DEADLINE_SECONDS, after which the change is rolled back (CARD_SILENT).';
    case 'requested':
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
        `as soon as the card attaches to ${target}, ${from} is asked to let go; the HLR of ${target} is asked without an event too, less and less often${again}${unless}${wish}`,
      );
    case 'releasing':
      return situation?.releaseAt === undefined
        ? sentence(`${from} is asked until it has barred and deleted the old subscription, or its patience is over`)
        : sentence(
            `both subscriptions stay alive until ${situation.releaseAt}, as agreed; then ${from} is asked to let go`,
          );
    case 'completedReleasePending':
      return sentence(
        `${from} is asked once a day until it lets go${situation?.releaseAt === undefined ? '' : `, next at ${situation.releaseAt}`}${code === 'RELEASE_OVERDUE' ? '; the evidence for a dispute is ready (rehome evidence)' : ''}`,
      );
    case 'inDoubt':
      if (isFrozen(state, code)) return frozen(code, target);
      return watchOnly(`the HLR of ${target} is`, `${again}${copies}${wish}`, situation);
    case 'torn':
      if (situation?.held === true) return sentence(heldNext(change));
      return watchOnly(`the HLRs of ${target} and ${from} are`, `${again}${wish}`, situation);
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

function may(change: Explainable): string {
  const { state, code, situation } = change;
  if (STATES[state].ended) return sentence(afterTheEnd(change));
  const permitted =
    situation?.permitted ??
    permittedActions({
      state,
      confirmed: state === 'awaitingAttach',
      attached: isFrozen(state, code),
      ...{ canReadBack: false, canRewrite: false },
      mayHaveLeft: true,
      undoing: false,
      unchanged: code === 'UNDO_FAILED',
    });
  const { cancellable } = standing({ state, code, ...(situation && { situation }) });
  const possible = permitted.filter((action) => action !== 'cancel' || cancellable !== 'no');
  const actions = possible.map(
    (action) => `${ACTIONS[action].meaning} (${action}${ACTIONS[action].secondPerson ? ', by two persons' : ''})`,
  );
  const first =
    situation?.first === undefined
      ? ''
      : `; ${situation.first.actor} has asked for ${situation.first.action}, which a second person has to ask for too`;
  const possibly = actions.length === 0 ? 'a person can only wait' : `a person may ${actions.join('; ')}`;
  return `${mending(change)}${sentence(`${possibly}${first}`)}`;
}

const frozen = (code: FailureCode | null, target: string): string =>
  code === 'BOTH_ATTACHED'
    ? 'Nothing, before a person decides: the release is frozen, since two cards may use what should be one subscription.'
    : `Nothing, before a person decides: the release is frozen, since the card has attached to ${target} in another device.`;

const watchOnly = (watched: string, besides: string, situation: Situation | undefined): string => {
  const then =
    situation?.holds === true
      ? 'an attach to the target releases nothing before the card has proven that it holds the new key'
      : 'if the card attaches to the target, the change goes on to its end by itself';
  return sentence(`${watched} asked at most a day apart, for as long as it takes; ${then}${besides}`);
};

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
