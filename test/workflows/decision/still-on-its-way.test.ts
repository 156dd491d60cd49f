import { decide, nextMoment } from '../../../workflows/decision/decide.ts';
import type { Fact } from '../../../workflows/decision/facts.ts';
import { nothingKnown, type Known } from '../../../workflows/decision/known.ts';
import { learn } from '../../../workflows/decision/learn.ts';

const START = Date.UTC(2026, 0, 1);
const POLL = 900_000;
const HALF = 43_200_000;
const SENT: Known = {
  ...nothingKnown(START, {
    ...{ state: 'awaitingCard', deadlineSeconds: 86_400, firstPollSeconds: 900, readBack: 'proves', mayHaveLeft: true },
    pace: { pollSeconds: POLL / 1_000, overlapSeconds: 0 },
  }),
  watching: true,
};
const STILL: Fact = { kind: 'resent', what: 'stillOnItsWay' };
const after = (known: Known, now: number, ...facts: Fact[]): Known =>
  facts.reduce((so, fact) => learn(so, fact, now), known);

test.each([
  {
    when: 'the device is there',
    known: learn(SENT, { kind: 'deviceReachable' }, START),
    due: START + POLL,
    because: 'unanswered',
  },
  { when: 'half of the time is over', known: SENT, due: START + HALF, because: 'silence' },
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
    const pause = POLL * 2 ** known.delivery.resends;
    const once = after(known, due, STILL);
    expect(decide(once, due + pause - 1).kind).toBe('wait');
    expect(nextMoment(once, due)).toBe(due + pause);
    expect(decide(once, due + pause)).toEqual({ kind: 'resend', because });
    const twice = after(once, due + pause, STILL);
    expect(nextMoment(twice, due + pause)).toBe(due + pause + 2 * pause);
  },
);

test('a packet that did not go out again is no copy that the card left unanswered', () => {
  const known = after(SENT, START, { kind: 'deviceReachable' }, STILL, STILL, STILL);
  expect(known.delivery).toMatchObject({ unanswered: 0, failed: false });
});

test('what the SMSC gave up besides makes the next word of the device count at once', () => {
  const known = after(SENT, START, { kind: 'deviceReachable' }, STILL, { kind: 'deliveryFailed' });
  expect(decide(known, START + POLL).kind).toBe('wait');
  const seen = after(known, START + POLL, { kind: 'deviceReachable' });
  expect(decide(seen, START + POLL)).toEqual({ kind: 'resend', because: 'givenUp' });
});
