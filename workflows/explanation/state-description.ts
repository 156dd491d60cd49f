import type { FailureCode } from '../shared/failure-codes.ts';
import { STATES, type Cancellable, type ChangeState } from '../shared/states.ts';
import type { Situation } from '../support/actions.ts';

/** What is true of a change, and whether a person may still cancel it. */
export interface Standing {
  readonly meaning: string;
  readonly cancellable: Cancellable;
  readonly because: string;
}

/** The card has attached to the target, and the release waits for a person. */
const FROZEN: ReadonlySet<FailureCode> = new Set(['BOTH_ATTACHED', 'OTHER_DEVICE']);

const UNDOING = { cancellable: 'no', because: 'the change is being undone already' } as const;

export const isFrozen = (state: ChangeState, code: FailureCode | null): boolean =>
  state === 'inDoubt' && code !== null && FROZEN.has(code);

/** As the state says, unless the reason or the workflow says more. */
export function standing({
  state,
  code,
  situation,
}: {
  readonly state: ChangeState;
  readonly code: FailureCode | null;
  /** Absent when no workflow answers. */
  readonly situation?: Situation;
}): Standing {
  const facts = STATES[state];
  if (facts.ended) return facts;
  if (isFrozen(state, code))
    return {
      meaning:
        'the card has attached to the target, and the release is frozen; both subscriptions stay alive until a person decides',
      ...{ cancellable: 'no', because: 'the card has attached to the target' },
    };
  if (state === 'inDoubt' && code === 'UNDO_FAILED')
    return { meaning: 'the change is being undone, and a step of that could not be done yet', ...UNDOING };
  if (situation?.undoing === true) return { meaning: 'every step is being undone', ...UNDOING };
  if (state === 'torn' && situation?.held === true)
    return {
      meaning:
        'a card that was torn is at the target, which may have been given its old key for that; both subscriptions stay alive until it has attached with the new key, or a person decides',
      ...{ cancellable: 'no', because: 'the card has attached to the target' },
    };
  if (situation !== undefined && facts.cancellable !== 'no' && !situation.permitted.includes('cancel'))
    return { ...facts, cancellable: 'no', because: 'the card has moved' };
  if (state !== 'inDoubt' || situation?.confirmed !== true) return facts;
  return {
    meaning:
      'the card has proven that it took the new subscription, and its attach was not seen in time; both subscriptions stay alive until it is seen, or a person decides',
    ...{ cancellable: 'deferred', because: STATES.awaitingAttach.because },
  };
}
