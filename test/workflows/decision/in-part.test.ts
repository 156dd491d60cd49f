import { decide, nextMoment } from '../../../workflows/decision/decide.ts';
import type { Fact } from '../../../workflows/decision/facts.ts';
import { nothingKnown, type Known } from '../../../workflows/decision/known.ts';
import { learn } from '../../../workflows/decision/learn.ts';

const START = Date.UTC(2026, 0, 1);
const POLL = 900_000;
const SENT: Known = {
  ...nothingKnown(START, {
    ...{ state: 'awaitingCard', deadlineSeconds: 86_400, firstPollSeconds: 900, readBack: 'proves', mayHaveLeft: true },
    pace: { pollSeconds: POLL / 1_000, overlapSeconds: 0 },
  }),
  watching: true,
};
const after = (known: Known, now: number, ...facts: Fact[]): Known =>
  facts.reduce((so, fact) => learn(so, fact, now), known);
/** The device was back, and only what was missing of the packet went out. */
const MISSING_SENT = after(
  SENT,
  START,
  { kind: 'deliveryFailed' },
  { kind: 'deviceReachable' },
  { kind: 'resent', what: 'part' },
);

test('a card that says nothing to what it missed is sent the whole packet after the time of one answer', () => {
  expect(decide(MISSING_SENT, START + POLL - 1).kind).toBe('wait');
  expect(nextMoment(MISSING_SENT, START)).toBe(START + POLL);
  expect(decide(MISSING_SENT, START + POLL)).toEqual({ kind: 'resend', because: 'inPart' });
});

test('the whole packet follows as soon after earlier copies, and those that come after it have the pause of them all', () => {
  const copies: readonly Fact[] = [{ kind: 'resent' }, { kind: 'resent' }, { kind: 'resent' }];
  const missing = after(SENT, START, ...copies, { kind: 'deliveryFailed' }, { kind: 'resent', what: 'part' });
  expect(nextMoment(missing, START)).toBe(START + POLL);
  expect(decide(missing, START + POLL)).toEqual({ kind: 'resend', because: 'inPart' });
  const whole = after(missing, START + POLL, { kind: 'resent' }, { kind: 'deviceReachable' });
  expect(nextMoment(whole, START + POLL)).toBe(START + POLL + 16 * POLL);
});

test('the whole packet follows once, and then as one that never went out in part', () => {
  const whole = after(MISSING_SENT, START + POLL, { kind: 'resent' });
  expect(nextMoment(whole, START + POLL)).toBe(START + 43_200_000);
});

test.each<readonly [string, readonly Fact[]]>([
  ['has answered', [{ kind: 'cardAnswered', answer: { kind: 'taken' } }]],
  ['has announced its answer', [{ kind: 'cardAnswered', answer: { kind: 'announced' } }]],
  ['has to be reached first, since the SMSC has given up that part too', [{ kind: 'deliveryFailed' }]],
  [
    'looks torn',
    [
      { kind: 'targetAnswered', attach: { attached: false, authentication: 'failed' } },
      { kind: 'stateRecorded', state: 'torn' },
    ],
  ],
  ['is to be left alone', [{ kind: 'cancelWished', reason: { code: 'CANCELLED', message: 'c' } }]],
])('nothing follows by itself to a card that %s', (_what, facts) => {
  const known = { ...after(MISSING_SENT, START, ...facts), askNow: false };
  expect(decide(known, START + POLL).kind).not.toBe('resend');
});

test('a device that shows itself again after that part was given up is sent the whole at once', () => {
  const known = after(MISSING_SENT, START + POLL, { kind: 'deliveryFailed' }, { kind: 'deviceReachable' });
  expect(decide(known, START + POLL)).toEqual({ kind: 'resend', because: 'givenUp' });
});
