import { decide, nextMoment } from '../../../../workflows/change/decision/decide.ts';
import type { CardEvent } from '../../../../workflows/change/decision/card-events.ts';
import { initialState, type CardState } from '../../../../workflows/change/decision/card-state.ts';
import { evolve } from '../../../../workflows/change/decision/evolve.ts';

const START = Date.UTC(2026, 0, 1);
const POLL = 900_000;
const SENT: CardState = {
  ...initialState(START, {
    ...{ state: 'awaitingCard', deadlineSeconds: 86_400, firstPollSeconds: 900, readBack: 'proves', mayHaveLeft: true },
    pace: { pollSeconds: POLL / 1_000, overlapSeconds: 0 },
  }),
  watching: true,
};
const after = (known: CardState, now: number, ...facts: CardEvent[]): CardState =>
  facts.reduce((so, fact) => evolve(so, fact, now), known);
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
  const copies: readonly CardEvent[] = [{ kind: 'resent' }, { kind: 'resent' }, { kind: 'resent' }];
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

test.each<readonly [string, readonly CardEvent[]]>([
  ['has answered', [{ kind: 'cardAnswered', answer: { kind: 'executed' } }]],
  ['has announced its answer', [{ kind: 'cardAnswered', answer: { kind: 'announced' } }]],
  ['has to be reached first, since the SMSC has given up that part too', [{ kind: 'deliveryFailed' }]],
  [
    'looks torn',
    [
      { kind: 'targetAnswered', attach: { attached: false, authentication: 'failed' } },
      { kind: 'stateRecorded', state: 'torn' },
    ],
  ],
  ['is to be left alone', [{ kind: 'cancellationRequested', reason: { code: 'CANCELLED', message: 'c' } }]],
])('nothing follows by itself to a card that %s', (_what, facts) => {
  const known = { ...after(MISSING_SENT, START, ...facts), askNow: false };
  expect(decide(known, START + POLL).kind).not.toBe('resend');
});

test('a device that shows itself again after that part was given up is sent the whole at once', () => {
  const known = after(MISSING_SENT, START + POLL, { kind: 'deliveryFailed' }, { kind: 'deviceReachable' });
  expect(decide(known, START + POLL)).toEqual({ kind: 'resend', because: 'givenUp' });
});
