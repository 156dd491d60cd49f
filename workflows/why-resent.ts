import type { ResendCause } from './decision/decide.ts';

/** As the timeline says it. */
export const WHY_RESENT: Readonly<Record<ResendCause, string>> = {
  givenUp: 'the SMSC had given the packet up, and the device is back',
  unanswered: 'the device has shown itself, and nothing was heard of the packet',
  silence: 'half of the time of the card is over without a word of it',
};
