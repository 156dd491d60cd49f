import type { Explainable } from './explainable.ts';
import type { Situation } from '../support/actions.ts';

/** What goes out to a card that is waited for, and when; each part reads on from a semicolon, or is empty. */
export function goingOut(change: Explainable): { readonly again: string; readonly copies: string } {
  const from = change.source ?? 'the source operator';
  const { situation } = change;
  const written = rewrite(change);
  return { again: `${again(situation, from)}${written}${refresh(situation, from)}`, copies: copies(change, from) };
}

/** The same packet. */
function again(situation: Situation | undefined, from: string): string {
  const { givenUp, resendAt, resendBecause } = situation ?? {};
  if (givenUp === true) {
    const besides = resendAt === undefined ? '' : `, and without that at ${resendAt}`;
    return `; the SMSC has given up what was sent last: it goes out again as soon as the device shows itself at ${from}${besides}`;
  }
  if (resendAt === undefined) return '';
  switch (resendBecause) {
    case 'givenUp':
      return `; the SMSC has given up what was sent last, and the device has shown itself since: it goes out again at ${resendAt}`;
    case 'unanswered':
    case 'silence':
    case undefined:
      return `; the same packet goes out once more at ${resendAt} if nothing is heard of it`;
  }
}

/** That a card which was torn is written again, under a higher counter. */
function rewrite({ situation, target }: Explainable): string {
  const { rewrite: written, confirmed } = situation ?? {};
  if (written === undefined || confirmed === true) return '';
  const { at, sent } = written;
  const times = sent === 0 ? '' : `; ${String(sent)} such ${sent === 1 ? 'packet' : 'packets'} so far`;
  if (at === undefined)
    return `; as soon as it is let in at ${target} with the key that it has, the subscription is written to it again${times}`;
  return `; the subscription is written to it again at ${at}, over the network of ${target}${times}`;
}

/** What happens next to a card that has attached to the target with a key that may be its old one. */
export function heldNext({ situation, target, source }: Explainable): string {
  const from = source ?? 'the source operator';
  const { rewrite: written, confirmed } = situation ?? {};
  const once = `${target} has to set its own key (K2) for the new IMSI: as soon as the card attaches with that, ${from} is asked to let go`;
  if (confirmed === true) return `${once}; the HLR of ${target} is asked without an event too, less and less often`;
  if (written?.at === undefined)
    return `nothing goes out by itself: the card has to be written by hand over the network of ${target}; then ${once}`;
  const times = written.sent === 0 ? '' : ` (${String(written.sent)} so far)`;
  return `the subscription is written to the card again at ${written.at}, over the network of ${target}, and later again until it has answered${times}; then ${once}`;
}

/** That the device of a card which has taken the subscription is asked to read it anew. */
function refresh(situation: Situation | undefined, from: string): string {
  const { refreshAt, refreshes } = situation ?? {};
  const times = refreshes === undefined || refreshes.sent === 0 ? '' : `; ${refreshTimes(refreshes.sent)} so far`;
  if (refreshAt !== undefined)
    return `; if it has not by ${refreshAt}, its device is asked to read the card anew (REFRESH)${times}`;
  if (refreshes === undefined) return '';
  return refreshes.isOver
    ? `; ${refreshTimes(refreshes.sent)} to read the card anew (REFRESH), and is not any more`
    : `; when its device shows itself at ${from}, it is asked to read the card anew (REFRESH)${times}`;
}

const refreshTimes = (sent: number): string => `it was asked ${sent === 1 ? 'once' : `${String(sent)} times`}`;

/** What else goes out to a card of which nothing was heard. */
function copies({ code, situation }: Explainable, from: string): string {
  const permitted = situation?.permitted;
  // No deadline can be extended for a packet that never left.
  const isOut = permitted?.includes('extendDeadline') !== false;
  if (code !== 'ATTACH_NOT_SEEN' || !isOut || situation?.confirmed === true || situation?.wish !== undefined) return '';
  // Where the SMSC has given it up, that is said already.
  const packet =
    situation?.givenUp === true
      ? ''
      : `; unless the card has announced its answer, the same packet goes out again when the device shows itself at ${from}`;
  if (permitted?.includes('askCard') === false) return packet;
  const where = permitted === undefined ? ', where its profile allows that' : '';
  return packet === ''
    ? '; after two copies without a word the card may be read'
    : `${packet}, and after two such copies without a word the card may be read${where}`;
}
