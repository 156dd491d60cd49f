import { parseImsi } from '../../../../telecom/identifiers/imsi.ts';
import { decide, nextMoment } from '../../../../workflows/change/decision/decide.ts';
import type { CardEvent } from '../../../../workflows/change/decision/card-events.ts';
import type { CardState } from '../../../../workflows/change/decision/card-state.ts';
import { initialState } from '../../../../workflows/change/decision/initial-state.ts';
import { evolve } from '../../../../workflows/change/decision/evolve.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const START = Date.UTC(2026, 0, 1);
const IMSI = parseImsi('001029000000001');

const SENT = initialState(START, {
  ...{ state: 'awaitingCard', deadlineSeconds: 86_400, firstPollSeconds: 900, mayHaveLeft: true },
  ...{ readBack: 'proves', refreshable: false },
  pace: { pollSeconds: 900, overlapSeconds: 0 },
});
const after = (known: CardState, now: number, ...facts: CardEvent[]): CardState =>
  facts.reduce((so, fact) => evolve(so, fact, now), known);

test('a device that shows itself and never takes the packet draws fewer and fewer copies of it', () => {
  let known: CardState = {
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

/** What is heard at an hour after the packet left. */
type Heard = (hour: number) => readonly CardEvent[];
const NOTHING: Heard = () => [];
const seenEveryHour: Heard = (hour) => (Number.isInteger(hour) ? [{ kind: 'deviceReachable' }] : []);
const seenAt =
  (...hours: number[]): Heard =>
  (hour) =>
    hours.includes(hour) ? [{ kind: 'deviceReachable' }] : [];

/** What is sent, and when, by someone who does what is decided at once. */
function sent(from: CardState, days: number, heard: Heard): string[] {
  const story: string[] = [];
  let known = from;
  for (let now = START; now < START + days * DAY; now += 15 * MINUTE) {
    const hour = (now - START) / MINUTE / 60;
    known = after(known, now, ...heard(hour));
    for (let decision = decide(known, now); decision.kind !== 'wait'; decision = decide(known, now)) {
      if (decision.kind === 'watchTarget') known = after(known, now, { kind: 'watchBegan' });
      else if (decision.kind === 'watchSource') known = after(known, now, { kind: 'sourceWatchBegan' });
      else if (decision.kind === 'askTarget') known = after(known, now, NOT_THERE);
      else if (decision.kind === 'record') known = after(known, now, { kind: 'stateRecorded', state: decision.state });
      else if (decision.kind === 'resend') known = after(known, now, { kind: 'resent' });
      else if (decision.kind === 'probe') known = after(known, now, { kind: 'probeSent' });
      else throw new Error(`not expected: ${decision.kind}`);
      if (decision.kind === 'resend') story.push(`resend after ${String(hour)} h`);
      if (decision.kind === 'probe') story.push(`probe ${String(decision.number)} after ${String(hour)} h`);
    }
  }
  return story;
}
const NOT_THERE = { kind: 'targetAnswered', attach: { attached: false } } as const;
const UNREADABLE: CardState = { ...SENT, probes: { ...SENT.probes, readBack: undefined } };
const READABLE_WITHOUT_PROOF: CardState = { ...SENT, probes: { ...SENT.probes, readBack: 'tells' } };
const answers = (answer: Extract<CardEvent, { kind: 'cardAnswered' }>['answer']): CardEvent => ({
  kind: 'cardAnswered',
  answer,
});

test('a packet of which nothing is heard goes out once more at half of the card’s time, and not again by the clock alone', () => {
  expect(sent(SENT, 30, NOTHING)).toEqual(['resend after 12 h']);
});

test('the copy at half of the time goes out also when another went out before, and when the packet was given up', () => {
  expect(sent(SENT, 1, seenAt(1))).toEqual(['resend after 1.25 h', 'resend after 12 h']);
  expect(sent(after(SENT, START, { kind: 'deliveryFailed' }), 30, NOTHING)).toEqual(['resend after 12 h']);
});

test('the copy at half of the time keeps the pause after the one before', () => {
  expect(sent(SENT, 1, seenAt(11.5))).toEqual(['resend after 11.75 h', 'resend after 12 h']);
  const paused = { ...SENT, delivery: { ...SENT.delivery, resendFrom: START + 14 * 60 * MINUTE } };
  expect(sent(paused, 1, NOTHING)).toEqual(['resend after 14 h']);
});

test('an extended deadline brings one more copy, at half of the time that was added', () => {
  const known = after(SENT, START, { kind: 'deadlineExtended', until: START + 10 * DAY });
  expect(sent(known, 30, NOTHING)).toEqual(['resend after 120 h']);
});

test('a device that shows itself while nothing is heard of the packet is sent it again one answer’s time later, less and less often', () => {
  const copies = sent(UNREADABLE, 10, seenEveryHour);
  expect(copies.slice(0, 3)).toEqual(['resend after 0.25 h', 'resend after 1.25 h', 'resend after 2.25 h']);
  expect(copies.length).toBeLessThan(20);
});

test('a card that says nothing while its device was there for two copies is read after the deadline, further each time at first and then once a day', () => {
  const probes = sent(SENT, 10, seenEveryHour).filter((line) => line.startsWith('probe'));
  expect(probes.slice(0, 6)).toEqual([
    ...['probe 1 after 24.25 h', 'probe 2 after 25.25 h', 'probe 3 after 26.25 h', 'probe 4 after 27.25 h'],
    ...['probe 4 after 51.25 h', 'probe 4 after 75.25 h'],
  ]);
});

test('contacts of a device that never answers do not keep a card from being asked again once it can be reached', () => {
  const wished = after(SENT, START, { kind: 'cancellationRequested', reason: { code: 'CANCELLED', message: 'c' } });
  const forged: Heard = (hour) => (hour < 2 ? [{ kind: 'deviceReachable' }] : []);
  const genuine = seenAt(7 * 24);
  const probes = sent(wished, 8, (hour) => [...forged(hour), ...genuine(hour)]);
  expect(probes.at(-1)).toBe('probe 4 after 168.25 h');
});

test('a card that finds the last of the probes that go out by themselves too low is asked no more but by a person', () => {
  const low: CardEvent = { kind: 'probeAnswered', reading: { kind: 'counterTooLow' } };
  const known = { ...SENT, probes: { ...SENT.probes, sent: 4 } };
  expect(decide(after(known, START, low), START).kind).not.toBe('probe');
  expect(decide(after(known, START, low, { kind: 'probeWanted' }), START)).toEqual({ kind: 'probe', number: 5 });
});

test('a packet that is given up goes out at once at the next contact, also when there was one before', () => {
  const known = after(SENT, START, { kind: 'watchBegan' }, { kind: 'deviceReachable' }, { kind: 'deliveryFailed' });
  expect(decide(known, START + 15 * MINUTE).kind).not.toBe('resend');
  const seen = after(known, START + MINUTE, { kind: 'deviceReachable' });
  expect(decide(seen, START + MINUTE)).toEqual({ kind: 'resend', because: 'givenUp' });
});

test('while a release is overdue soon, the next moment is that', () => {
  const pending = after(AGREED, START, HEARD_LATE, REFUSED, {
    ...{ kind: 'stateRecorded', state: 'completedReleasePending', code: 'RELEASE_REFUSED' },
  });
  expect(nextMoment(after(pending, START, { kind: 'insisting' }), START)).toBe(START + 13 * DAY);
});

test('a card is not read before its device was there for two copies in a row of which nothing was heard', () => {
  const AFTER_THE_DEADLINE = [30, 40];
  expect(sent(SENT, 2, seenAt(1, ...AFTER_THE_DEADLINE))).toEqual([
    ...['resend after 1.25 h', 'resend after 12 h', 'resend after 30.25 h'],
    'probe 1 after 40.25 h',
  ]);
  const givenUp: Heard = (hour) =>
    [1, 2, 3, 4].includes(hour) ? [{ kind: 'deliveryFailed' }, { kind: 'deviceReachable' }] : [];
  const first = sent(SENT, 2, (hour) => [...givenUp(hour), ...seenAt(...AFTER_THE_DEADLINE)(hour)]);
  expect(first.filter((line) => line.startsWith('probe'))).toEqual([]);
  const givenUpBetween: Heard = (hour) => (hour === 20 ? [{ kind: 'deliveryFailed' }] : []);
  const second = sent(SENT, 2, (hour) => [...seenAt(1, 5, ...AFTER_THE_DEADLINE)(hour), ...givenUpBetween(hour)]);
  expect(second.filter((line) => line.startsWith('probe'))).toEqual([]);
});

test('a card of which a reading proves nothing is not read by itself, which would spoil the packet', () => {
  expect(sent(READABLE_WITHOUT_PROOF, 10, seenEveryHour).filter((line) => line.startsWith('probe'))).toEqual([]);
  const ahead = after(
    READABLE_WITHOUT_PROOF,
    START,
    answers({ kind: 'unclear', code: 'POR_CNTR_LOW', message: 'cntrLow' }),
  );
  expect(sent(ahead, 1, NOTHING)).toEqual(['probe 1 after 0.25 h']);
});

test('a card that can not be read, and counts ahead, is probed all the same, so that its next change has a counter that it takes', () => {
  const counterLow = answers({ kind: 'unclear', code: 'POR_CNTR_LOW', message: 'cntrLow' });
  const counting: CardState = { ...UNREADABLE, probes: { ...UNREADABLE.probes, readBack: 'counts' } };
  expect(sent(after(counting, START, counterLow), 10, NOTHING)).toEqual(['probe 1 after 0.25 h']);
  const refused = answers({ kind: 'unclear', code: 'POR_TAR_UNKNOWN', message: 'tarUnknown' });
  expect(sent(after(counting, START, refused), 10, NOTHING)).toEqual([]);
});

test('a card that has answered one probe is not asked again by itself', () => {
  const known = after(
    SENT,
    START,
    answers({ kind: 'unclear', code: 'POR_CNTR_LOW', message: 'cntrLow' }),
    { kind: 'probeAnswered', reading: { kind: 'alive' } },
    { kind: 'deviceReachable' },
  );
  expect(sent({ ...known, probes: { ...known.probes, sent: 1 } }, 10, seenEveryHour)).toHaveLength(1);
});

test('a probe that could not be sent is tried again under its number, less and less often, and counts for none', () => {
  let known = after(SENT, START, { kind: 'probeWanted' });
  const attempts: string[] = [];
  for (let now = START; now < START + 3 * DAY; now += 15 * MINUTE) {
    const decision = decide(known, now);
    if (decision.kind === 'watchTarget') known = after(known, now, { kind: 'watchBegan' });
    if (decision.kind !== 'probe') continue;
    attempts.push(String(decision.number));
    known = after(known, now, { kind: 'probeFailed', reason: { code: 'SMSC_UNREACHABLE', message: 'away' } });
  }
  expect(new Set(attempts)).toEqual(new Set(['1']));
  expect(attempts.length).toBeGreaterThan(4);
  expect(attempts.length).toBeLessThan(12);
  expect(known.probes.sent).toBe(0);
});

test.each<[string, CardEvent]>([
  ['wants the change undone', { kind: 'cancellationRequested', reason: { code: 'CANCELLED', message: 'c' } }],
  [
    'has heard that the card could not decipher it',
    answers({ kind: 'unclear', code: 'POR_CIPHERING_ERROR', message: 'm' }),
  ],
  ['has heard that the answer follows', answers({ kind: 'announced' })],
  ['has been told that the card took it', answers({ kind: 'executed' })],
])('nobody who %s is sent a copy for silence', (_who, fact) => {
  expect(sent(after(UNREADABLE, START, fact), 10, seenEveryHour)).toEqual([]);
});

test('a card that looks torn is sent no copy by the clock, since it can’t be reached', () => {
  const failed: Heard = (hour) =>
    hour === 0 ? [{ kind: 'targetAnswered', attach: { attached: false, authentication: 'failed' } }] : [];
  expect(sent(SENT, 0.9, failed)).toEqual([]);
});

test('a packet that surely never left is not sent by the clock', () => {
  expect(sent({ ...SENT, mayHaveLeft: false }, 10, NOTHING)).toEqual([]);
});

test('what could not be brought back for now is brought back later, and at once for who asks; what is gone for good is not', () => {
  const lapsed = {
    kind: 'targetSilent',
    reason: { code: 'RESERVATION_WITHDRAWN', message: 'm' },
    mayAnswerLater: false,
  } as const;
  const failed = (code: 'HLR_UNREACHABLE' | 'RESERVATION_WITHDRAWN') =>
    after(SENT, START, lapsed, { kind: 'restoreFailed', reason: { code, message: 'm' } }, lapsed);
  const away = failed('HLR_UNREACHABLE');
  expect(decide(away, START).kind).not.toBe('restore');
  expect(nextMoment(away, START)).toBe(START + 15 * MINUTE);
  expect(decide(away, START + 15 * MINUTE)).toEqual({ kind: 'restore' });
  const gone = failed('RESERVATION_WITHDRAWN');
  expect(decide(gone, START + 10 * DAY).kind).not.toBe('restore');
  expect(decide(after(gone, START, { kind: 'retryWanted' }), START)).toEqual({ kind: 'restore' });
});

/** The HLR of the target has had the card for a day when that is heard. */
const HEARD_LATE: CardEvent = {
  kind: 'targetAnswered',
  attach: { attached: true, imsi: IMSI, at: new Date(START - DAY).toISOString() },
};
const REFUSED: CardEvent = { kind: 'releaseFailed', reason: { code: 'RELEASE_REFUSED', message: 'no' } };
const AGREED: CardState = { ...SENT, pace: { ...SENT.pace, releaseSeconds: 14 * 24 * 3_600 } };

test.each<[string, CardEvent, number]>([
  ['the HLR of the target has had the card', HEARD_LATE, 13],
  ['two persons have said that it is there', { kind: 'attachAccepted', attach: { imsi: IMSI } }, 14],
])('the days of the agreement count from when %s, and that they are over is told once', (_since, attach, days) => {
  const pending = after(
    AGREED,
    START,
    attach,
    REFUSED,
    { kind: 'stateRecorded', state: 'completedReleasePending', code: 'RELEASE_REFUSED' },
    { kind: 'insisting' },
  );
  expect(decide(pending, START + days * DAY - MINUTE)).toEqual({ kind: 'wait', until: START + days * DAY });
  const told = decide(pending, START + days * DAY);
  expect(told).toMatchObject({ kind: 'record', because: { code: 'RELEASE_OVERDUE' } });
  const later = after(pending, START + days * DAY, {
    ...{ kind: 'stateRecorded', state: 'completedReleasePending', code: 'RELEASE_OVERDUE' },
  });
  expect(decide(later, START + 100 * DAY)).toEqual({ kind: 'wait', until: undefined });
});

test('an overlap counts from the attach, not from when it was heard of', () => {
  const known = after({ ...SENT, pace: { ...SENT.pace, overlapSeconds: 2 * 24 * 3_600 } }, START, HEARD_LATE);
  expect(decide(known, START)).toEqual({ kind: 'wait', until: START + DAY });
});

test('who has a frozen release tried again is not told that it is pending: the source is asked, and its answer counts', () => {
  const frozen = after(
    SENT,
    START,
    HEARD_LATE,
    { kind: 'releaseFailed', reason: { code: 'BOTH_ATTACHED', message: 'both' } },
    { kind: 'stateRecorded', state: 'inDoubt', code: 'BOTH_ATTACHED' },
  );
  expect(decide(frozen, START + 100 * DAY)).toEqual({ kind: 'wait', until: undefined });
  expect(decide(after(frozen, START, { kind: 'retryWanted' }), START)).toEqual({ kind: 'release', insisting: false });
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

test('what a source answers is recorded when it is something else than before, and when a person has asked for it', () => {
  const both: CardEvent = { kind: 'releaseFailed', reason: { code: 'BOTH_ATTACHED', message: 'both' } };
  const other: CardEvent = { kind: 'releaseFailed', reason: { code: 'OTHER_DEVICE', message: 'device' } };
  const parked = after(SENT, START, HEARD_LATE, other, {
    ...{ kind: 'stateRecorded', state: 'inDoubt', code: 'OTHER_DEVICE' },
  });
  expect(decide(parked, START)).toEqual({ kind: 'wait', until: undefined });
  expect(decide(after(parked, START, both), START)).toMatchObject({
    kind: 'record',
    because: { code: 'BOTH_ATTACHED' },
  });
  const asked = after(parked, START, { kind: 'retryWanted' }, other);
  expect(decide(asked, START)).toMatchObject({ kind: 'record', because: { code: 'OTHER_DEVICE' } });

  const missing: CardEvent = { kind: 'releaseFailed', reason: { code: 'SUBSCRIBER_MISSING', message: 'gone' } };
  const pending = after(SENT, START, HEARD_LATE, REFUSED, {
    ...{ kind: 'stateRecorded', state: 'completedReleasePending', code: 'RELEASE_REFUSED' },
  });
  expect(decide(after(pending, START, { kind: 'retryWanted' }), START)).toEqual({ kind: 'release', insisting: true });
  expect(decide(after(pending, START, missing), START)).toMatchObject({
    ...{ kind: 'record', state: 'completedReleasePending', because: { code: 'SUBSCRIBER_MISSING' } },
  });
});

test('a card that is seen to authenticate after all is not said to be torn any longer, and waited for while it has time', () => {
  const torn = after(
    SENT,
    START,
    { kind: 'targetAnswered', attach: { attached: false, authentication: 'failed' } },
    { kind: 'stateRecorded', state: 'torn' },
    { kind: 'watchBegan' },
    { kind: 'targetAnswered', attach: { attached: false, authentication: 'seen' } },
  );
  expect(decide(torn, START)).toMatchObject({
    kind: 'record',
    state: 'awaitingCard',
    because: expect.stringContaining('authenticate') as string,
  });
  expect(decide({ ...torn, askedAtDeadline: true }, START + DAY)).toMatchObject({ kind: 'record', state: 'inDoubt' });
});

test('a card that was read to hold the new IMSI is not proven to have the new key too: the HLR is asked', () => {
  const known = after(SENT, START, { kind: 'probeAnswered', reading: { kind: 'holds', subscription: 'target' } });
  expect(known.confirmed).toBe(false);
  expect(decide(known, START)).toEqual({ kind: 'askTarget' });
});
