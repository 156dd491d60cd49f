import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { decide, nextMoment } from '../../../workflows/decision/decide.ts';
import type { Fact } from '../../../workflows/decision/facts.ts';
import { nothingKnown, type Known } from '../../../workflows/decision/known.ts';
import { learn } from '../../../workflows/decision/learn.ts';
import { explain } from '../../../workflows/explain.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const START = Date.UTC(2026, 0, 1);
const IMSI = parseImsi('001029000000001');

const SENT = nothingKnown(START, {
  ...{ state: 'awaitingCard', deadlineSeconds: 86_400, firstPollSeconds: 900, canReadBack: true, mayHaveLeft: true },
  pace: { pollSeconds: 900, overlapSeconds: 0 },
});
const after = (known: Known, now: number, ...facts: Fact[]): Known =>
  facts.reduce((so, fact) => learn(so, fact, now), known);

test('a device that shows itself and never takes the packet draws fewer and fewer copies of it', () => {
  let known: Known = {
    ...after(SENT, START, { kind: 'watchBegan' }),
    state: 'inDoubt',
    deadline: START,
    askedAtDeadline: true,
  };
  let resends = 0;
  for (let now = START; now < START + 60 * DAY; now += 15 * MINUTE) {
    known = after(known, now, { kind: 'deliveryFailed' }, { kind: 'deviceReachable' });
    if (decide(known, now).kind !== 'resend') continue;
    resends += 1;
    known = after(known, now, { kind: 'resent' });
  }
  expect(resends).toBeGreaterThan(60);
  expect(resends).toBeLessThan(80);
});

test('a change that has withdrawn the target’s subscription never has the source let go, whoever vouches for the card', () => {
  const because = { code: 'ADMIN_CODE_WRONG', message: 'wrong' } as const;
  const known = after(SENT, START, { kind: 'withdrawn', because }, { kind: 'attachAccepted', attach: { imsi: IMSI } });
  expect(decide(known, START)).toMatchObject({ kind: 'end', outcome: 'rolledBack' });
});

test('while a release is pending, the next moment is that of the next question to the source', () => {
  const known = after(
    SENT,
    START,
    { kind: 'targetAnswered', attach: { attached: true, imsi: IMSI, at: '2026-01-01T00:00:00Z' } },
    { kind: 'releaseFailed', reason: { code: 'RELEASE_REFUSED', message: 'no' } },
    { kind: 'stateRecorded', state: 'completedReleasePending' },
  );
  expect(nextMoment(known, START)).toBe(START + DAY);
});

test('a card that is seen to authenticate after all is not said to be torn any longer', () => {
  const torn = after(
    SENT,
    START,
    { kind: 'targetAnswered', attach: { attached: false, authentication: 'failed' } },
    { kind: 'stateRecorded', state: 'torn' },
    { kind: 'watchBegan' },
    { kind: 'targetAnswered', attach: { attached: false, authentication: 'seen' } },
  );
  expect(decide(torn, START)).toMatchObject({ kind: 'record', state: 'inDoubt' });
});

test('a change that is frozen, since both are attached, is not said to go on by itself', () => {
  const { next } = explain({ state: 'inDoubt', code: 'BOTH_ATTACHED', detail: 'd', target: 't', source: 's' });
  expect(next).toContain('before a person decides');
  expect(next).not.toContain('goes on to its end by itself');
});

test('a card that was read to hold the new IMSI is not proven to have the new key too: the HLR is asked', () => {
  const known = after(SENT, START, { kind: 'probeAnswered', reading: { kind: 'holds', subscription: 'target' } });
  expect(known.confirmed).toBe(false);
  expect(decide(known, START)).toEqual({ kind: 'askTarget' });
});
