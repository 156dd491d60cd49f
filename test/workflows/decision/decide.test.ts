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

/** What is sent, and when, by someone who does what is decided at once, and hears of nothing but the device. */
function sent(from: Known, { days, seenEvery }: { readonly days: number; readonly seenEvery?: number }): string[] {
  const story: string[] = [];
  let known = from;
  for (let now = START; now < START + days * DAY; now += 15 * MINUTE) {
    if (seenEvery !== undefined && (now - START) % seenEvery === 0)
      known = after(known, now, { kind: 'deviceReachable' });
    for (let decision = decide(known, now); decision.kind !== 'wait'; decision = decide(known, now)) {
      if (decision.kind === 'end') return [...story, decision.outcome];
      const at = `${decision.kind} after ${String((now - START) / MINUTE / 60)} h`;
      if (decision.kind === 'watchTarget') known = after(known, now, { kind: 'watchBegan' });
      else if (decision.kind === 'askTarget') known = after(known, now, NOT_THERE);
      else if (decision.kind === 'record') known = after(known, now, { kind: 'stateRecorded', state: decision.state });
      else if (decision.kind === 'resend') known = after(known, now, { kind: 'resent' });
      else if (decision.kind === 'probe') known = after(known, now, { kind: 'probeSent' });
      else throw new Error(`not expected: ${decision.kind}`);
      if (decision.kind === 'resend' || decision.kind === 'probe') story.push(at);
    }
  }
  return story;
}
const NOT_THERE = { kind: 'targetAnswered', attach: { attached: false } } as const;
const UNREADABLE: Known = { ...SENT, probes: { possible: false, sent: 0 } };

test('a packet of which nothing is heard goes out once more at half of the card’s time, and not again by the clock alone', () => {
  expect(sent(SENT, { days: 30 })).toEqual(['resend after 12 h']);
});

test('an extended deadline brings one more copy, at half of the time that was added', () => {
  const known = after(SENT, START, { kind: 'deadlineExtended', until: START + 10 * DAY });
  expect(sent(known, { days: 30 })).toEqual(['resend after 120 h']);
});

test('a device that shows itself while nothing is heard of the packet is sent it again one answer’s time later, less and less often', () => {
  const copies = sent(UNREADABLE, { days: 10, seenEvery: 60 * MINUTE });
  expect(copies.slice(0, 3)).toEqual(['resend after 0.25 h', 'resend after 1.25 h', 'resend after 2.25 h']);
  expect(copies.length).toBeLessThan(20);
});

test('a card that says nothing while its device was there for two copies is read after the deadline, a few times at most', () => {
  const story = sent(SENT, { days: 10, seenEvery: 60 * MINUTE });
  const probes = story.filter((line) => line.startsWith('probe'));
  expect(probes).toHaveLength(4);
  expect(probes[0]).toBe('probe after 24.25 h');
});

test.each([
  ['wants the change undone', { kind: 'cancelWished', reason: { code: 'CANCELLED', message: 'c' } }],
  [
    'has heard that the card could not decipher it',
    { kind: 'cardAnswered', answer: { kind: 'unclear', code: 'POR_CIPHERING_ERROR', message: 'm' } },
  ],
  ['has been told that the card took it', { kind: 'cardAnswered', answer: { kind: 'taken' } }],
] as const satisfies readonly (readonly [string, Fact])[])('nobody who %s is sent a copy for silence', (_who, fact) => {
  expect(sent(after(UNREADABLE, START, fact), { days: 10, seenEvery: 60 * MINUTE })).toEqual([]);
});

test('a packet that surely never left is not sent by the clock', () => {
  expect(sent({ ...SENT, mayHaveLeft: false }, { days: 10 })).toEqual([]);
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
