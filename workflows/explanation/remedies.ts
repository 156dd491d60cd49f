import type { Explainable } from './explainable.ts';
import type { FailureCode } from '../shared/failure-codes.ts';
import { isFrozen } from './state-description.ts';

type Operators = { readonly from: string; readonly target: string };

/** Where Rehome can do nothing by itself: who has to mend what, and what comes of it. */
const MENDING: Partial<Record<FailureCode, (operators: Operators) => string>> = {
  SOURCE_RELEASED_EARLY: ({ from }) =>
    `Have ${from} make the old subscriber anew with the same K and OPc, which Rehome does not have, or let it in again: until then a card that still holds it has no service, and no message reaches it; nothing else is lost, and the change goes on. `,
  SOURCE_AUTHENTICATION_FAILED: ({ from }) =>
    `Switch the device off and on, so that it reads its card anew; if that does not help, ask ${from} whether it has made the old subscriber anew with another key, and in which device the old IMSI fails. `,
  ATTACH_REFUSED: ({ target }) =>
    `Have ${target} mend its provisioning of the new subscriber, for the cause that the reason names; where it names none, ask ${target} what its serving nodes refuse. The change completes by itself once the card attaches. `,
};

const SWITCH =
  'If the device goes on with its old subscription, have it switched off and on, so that it reads its card anew. ';
/** It is said already, or the device has left its old subscription. */
const NO_SWITCH: ReadonlySet<FailureCode> = new Set(['SOURCE_AUTHENTICATION_FAILED', 'ATTACH_REFUSED']);

/** Sentences that stand before what a person may ask of Rehome. */
export function mending(change: Explainable): string {
  const { code, source, target } = change;
  const first = code === null ? undefined : MENDING[code]?.({ from: source ?? 'the source operator', target });
  return `${first ?? ''}${goesOnWithTheOld(change) ? SWITCH : ''}`;
}

/** The card has taken the subscription, and has attached nowhere with it. */
function goesOnWithTheOld({ state, code, situation }: Explainable): boolean {
  if (code !== null && NO_SWITCH.has(code)) return false;
  return state === 'awaitingAttach' || (state === 'inDoubt' && !isFrozen(state, code) && situation?.confirmed === true);
}
