import { parseImsi } from '../../../../telecom/identifiers/imsi.ts';
import { REFUSAL_CAUSES, type RefusalCause } from '../../../../telecom/gsup/registration-refusal.ts';
import { decide } from '../../../../workflows/change/decision/decide.ts';
import type { CardEvent } from '../../../../workflows/change/decision/card-events.ts';
import type { CardState } from '../../../../workflows/change/decision/card-state.ts';
import { initialState } from '../../../../workflows/change/decision/initial-state.ts';
import { evolve } from '../../../../workflows/change/decision/evolve.ts';

const DAY = 24 * 3_600_000;
const START = Date.UTC(2026, 0, 1);
const LATE = START + 2 * DAY;
const SENT: CardState = initialState(START, {
  ...{ state: 'awaitingAttach', deadlineSeconds: 86_400, firstPollSeconds: 900, readBack: undefined },
  ...{ pace: { pollSeconds: 900, overlapSeconds: 0 }, mayHaveLeft: true },
});

const after = (known: CardState, now: number, ...facts: CardEvent[]): CardState =>
  facts.reduce((so, fact) => evolve(so, fact, now), known);
const refused = (cause: RefusalCause): CardEvent => ({
  kind: 'targetAnswered',
  attach: { attached: false, authentication: 'seen', refusal: { cause } },
});
const SEEN: CardEvent = { kind: 'targetAnswered', attach: { attached: false, authentication: 'seen' } };
const source = (standing: 'served' | 'missing'): CardEvent => ({ kind: 'sourceAnswered', subscriber: { standing } });
const NOT_THERE: CardEvent = { kind: 'targetAnswered', attach: { attached: false } };

/** What is recorded next, and what is known then. */
function record(known: CardState, now: number) {
  const decision = decide(known, now);
  if (decision.kind !== 'record' || typeof decision.because === 'string') throw new Error(JSON.stringify(decision));
  const { state, because } = decision;
  return { state, ...because, known: after(known, now, { kind: 'stateRecorded', state, code: because.code }) };
}

test('a card that the target refuses is told with the cause when that is found, and parked with it at the deadline', () => {
  const told = record(after(SENT, START, refused('roamingNotAllowed')), START);
  expect(told).toMatchObject({ state: 'awaitingAttach', code: 'ATTACH_REFUSED' });
  expect(told.message).toMatch(/does not let the card in: roaming is not allowed there$/);
  expect(decide(told.known, START).kind).toBe('wait');
  const parked = record(after(told.known, LATE, refused('roamingNotAllowed')), LATE);
  expect(parked).toMatchObject({ state: 'inDoubt', code: 'ATTACH_REFUSED', message: told.message });
  expect(decide(after(parked.known, LATE, { kind: 'watchBegan' }, { kind: 'sourceWatchBegan' }), LATE).kind).not.toBe(
    'record',
  );
});

test('a refusal that is found at the deadline is recorded once', () => {
  const parked = record(after(SENT, LATE, refused('accessTechnologyNotAllowed')), LATE);
  expect(parked).toMatchObject({ state: 'inDoubt', code: 'ATTACH_REFUSED' });
  expect(parked.message).toContain('access technology');
  expect(decide(after(parked.known, LATE, { kind: 'watchBegan' }, { kind: 'sourceWatchBegan' }), LATE).kind).toBe(
    'resend',
  );
});

test('a refusal that is found, or has another cause, after the deadline is recorded too', () => {
  const silent = record(after(SENT, LATE, NOT_THERE), LATE);
  expect(silent.code).toBe('ATTACH_NOT_SEEN');
  const found = record(after(silent.known, LATE, refused('networkNotAllowed')), LATE);
  expect(found).toMatchObject({ state: 'inDoubt', code: 'ATTACH_REFUSED' });
  const other = record(after(found.known, LATE, refused('noPacketSubscription')), LATE);
  expect(other.message).not.toBe(found.message);
});

test('a card that was seen at the target, and has not registered, is parked as refused for a reason that is not named', () => {
  expect(decide(after(SENT, START, SEEN), START).kind).not.toBe('record');
  const parked = record(after(SENT, LATE, SEEN), LATE);
  expect(parked).toMatchObject({ state: 'inDoubt', code: 'ATTACH_REFUSED' });
  expect(parked.message).toContain('does not say why');
  const hinted = after(
    SENT,
    LATE,
    { kind: 'probeAnswered', reading: { kind: 'unclear', hint: { code: 'POR_CNTR_LOW', message: 'm' } } },
    SEEN,
  );
  expect(record(hinted, LATE).code).toBe('POR_CNTR_LOW');
});

test('an outage of the target at the deadline outranks that a card was seen, but no refusal', () => {
  const away: CardEvent = {
    kind: 'targetSilent',
    ...{ reason: { code: 'HLR_UNREACHABLE', message: 'away' }, mayAnswerLater: true },
  };
  expect(record(after(SENT, LATE, SEEN, away), LATE).code).toBe('HLR_UNREACHABLE');
  expect(record(after({ ...SENT, hint: { code: 'POR_CNTR_LOW', message: 'm' } }, LATE, away), LATE).code).toBe(
    'HLR_UNREACHABLE',
  );
  expect(record(after(SENT, LATE, refused('other'), away), LATE).code).toBe('ATTACH_REFUSED');
});

test('a source that has let go outranks a refusal, which is told once the source has the subscriber again', () => {
  const both = after(SENT, START, source('missing'), refused('other'));
  const gone = record(both, START);
  expect(gone.code).toBe('SOURCE_RELEASED_EARLY');
  const back = record(after(gone.known, START, source('served'), refused('other')), START);
  expect(back).toMatchObject({ state: 'awaitingAttach', code: 'ATTACH_REFUSED' });
  expect(back.message).toMatch(
    /^the source has the old subscriber again, and lets it in; the target does not let the card in/,
  );
});

test('a card that was refused and attaches after all is released by the source, and nothing more is said of the refusal', () => {
  const told = record(after(SENT, START, refused('other')), START).known;
  const attach = { attached: true, imsi: parseImsi('001029000000001'), at: new Date(START).toISOString() } as const;
  expect(decide(after(told, START, { kind: 'targetAnswered', attach }), START)).toEqual({
    kind: 'release',
    insisting: false,
  });
});

test.each(REFUSAL_CAUSES)('a refusal as %s is told in words of its own', (cause) => {
  const { message } = record(after(SENT, START, refused(cause)), START);
  const others = REFUSAL_CAUSES.filter((one) => one !== cause).map(
    (one) => record(after(SENT, START, refused(one)), START).message,
  );
  expect(others).not.toContain(message);
});
