import type { Explainable } from './explain.ts';
import type { FailureCode } from './failure-codes.ts';

type Operators = { readonly from: string; readonly target: string };

/** Where Rehome can do nothing by itself: who has to mend what, and what comes of it. */
const MENDING: Partial<Record<FailureCode, (operators: Operators) => string>> = {
  SOURCE_RELEASED_EARLY: ({ from }) =>
    `Have ${from} make the old subscriber anew with the same K and OPc, which Rehome does not have, or let it in again: until then a card that still holds it has no service, and no message reaches it; nothing else is lost, and the change goes on. `,
  SOURCE_AUTHENTICATION_FAILED: ({ from }) =>
    `Switch the device off and on, so that it reads its card anew; if that does not help, ask ${from} whether it has made the old subscriber anew with another key, and in which device the old IMSI fails. `,
  ATTACH_REFUSED: ({ target }) =>
    `Have ${target} mend its provisioning of the new subscriber, as the reason says: the change completes by itself once the card attaches. `,
};

/** Sentences that stand before what a person may ask of Rehome. */
export const mending = ({ code, source, target }: Explainable): string =>
  (code === null ? undefined : MENDING[code])?.({ from: source ?? 'the source operator', target }) ?? '';
