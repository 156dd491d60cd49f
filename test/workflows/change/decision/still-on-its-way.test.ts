import { decide, nextMoment } from '../../../../workflows/change/decision/decide.ts';
import type { CardEvent } from '../../../../workflows/change/decision/card-events.ts';
import { initialState, type CardState } from '../../../../workflows/change/decision/card-state.ts';
import { evolve } from '../../../../workflows/change/decision/evolve.ts';

const START = Date.UTC(2026, 0, 1);
const POLL = 900_000;
const DAY = 86_400_000;
const HALF = 43_200_000;
const SENT: CardState = {
  ...initialState(START, {
    ...{ state: 'awaitingCard', deadlineSeconds: 86_400, firstPollSeconds: 900, readBack: 'proves', mayHaveLeft: true },
    pace: { pollSeconds: POLL / 1_000, overlapSeconds: 0 },
  }),
  watching: true,
};
const STILL: CardEvent = { kind: 'resent', what: 'stillOnItsWay' };
const COPIES: readonly CardEvent[] = [{ kind: 'resent' }, { kind: 'resent' }, { kind: 'resent' }];
const after = (known: CardState, now: number, ...facts: CardEvent[]): CardState =>
  facts.reduce((so, fact) => evolve(so, fact, now), known);

test.each([
  {
    when: 'the device is there',
    known: evolve(SENT, { kind: 'deviceReachable' }, START),
    due: START + POLL,
    because: 'unanswered',
  },
  { when: 'half of the time is over', known: SENT, due: START + HALF, because: 'silence' },
  {
    when: 'three copies went out before, and the device is there',
    known: after(SENT, START, ...COPIES, { kind: 'deviceReachable' }),
    due: START + 4 * POLL,
    because: 'unanswered',
  },
  {
    when: 'only what was missing went out',
    known: after(SENT, START, { kind: 'resent', what: 'part' }),
    due: START + POLL,
    because: 'inPart',
  },
])(
  'a packet that is still with the SMSC when $when is looked at again, each time after twice as long',
  ({ known, due, because }) => {
    expect(decide(known, due)).toEqual({ kind: 'resend', because });
    const once = after(known, due, STILL);
    expect(decide(once, due + POLL - 1).kind).toBe('wait');
    expect(nextMoment(once, due)).toBe(due + POLL);
    expect(decide(once, due + POLL)).toEqual({ kind: 'resend', because });
    const twice = after(once, due + POLL, STILL);
    expect(nextMoment(twice, due + POLL)).toBe(due + POLL + 2 * POLL);
  },
);

test('a packet that did not go out again is no copy that the card left unanswered', () => {
  const known = after(SENT, START, { kind: 'deviceReachable' }, STILL, STILL, STILL);
  expect(known.delivery).toMatchObject({ unanswered: 0, failed: false });
});

/** Asked so often in a row, and no copy: the pause is near a day. */
const LOOKED: readonly CardEvent[] = Array<CardEvent>(7).fill(STILL);

test('a packet that is given up after all goes out as soon as its device is back, however often it was looked at', () => {
  const given = after(SENT, START, { kind: 'deviceReachable' }, ...LOOKED, { kind: 'deliveryFailed' });
  const seen = after(given, START, { kind: 'deviceReachable' });
  expect(decide(seen, START)).toEqual({ kind: 'resend', because: 'givenUp' });
});

test('a copy that goes out after all has the pause of the first one, and is looked at as if it were the first', () => {
  const copied = after(SENT, START, { kind: 'deviceReachable' }, ...LOOKED, { kind: 'resent' });
  const seen = after(copied, START, { kind: 'deviceReachable' });
  expect(nextMoment(seen, START)).toBe(START + POLL);
  expect(nextMoment(after(seen, START + POLL, STILL), START + POLL)).toBe(START + 2 * POLL);
});

test('a look that fails has the pause of a copy, also where the SMSC was to be asked sooner', () => {
  const failing: CardEvent = { kind: 'resendFailed', reason: { code: 'SMSC_UNREACHABLE', message: 'away' } };
  const known = after(SENT, START, ...COPIES, STILL, failing, { kind: 'deviceReachable' });
  expect(nextMoment(known, START)).toBe(START + 8 * POLL);
});

test('a packet is looked at once a day at least', () => {
  const known = after(SENT, START, { kind: 'deviceReachable' }, ...LOOKED, ...LOOKED);
  expect(decide({ ...known, deadline: START + 10 * DAY }, START + DAY)).toEqual({
    ...{ kind: 'resend', because: 'unanswered' },
  });
});

test('what the SMSC gave up besides makes the next word of the device count at once', () => {
  const known = after(SENT, START, { kind: 'deviceReachable' }, STILL, { kind: 'deliveryFailed' });
  expect(decide(known, START + POLL).kind).toBe('wait');
  const seen = after(known, START + POLL, { kind: 'deviceReachable' });
  expect(decide(seen, START + POLL)).toEqual({ kind: 'resend', because: 'givenUp' });
});
