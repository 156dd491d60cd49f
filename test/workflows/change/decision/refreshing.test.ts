import { parseImsi } from '../../../../telecom/identifiers/imsi.ts';
import { decide, nextMoment, nextRefresh } from '../../../../workflows/change/decision/decide.ts';
import type { CardEvent } from '../../../../workflows/change/decision/card-events.ts';
import type { CardState } from '../../../../workflows/change/decision/card-state.ts';
import { initialState } from '../../../../workflows/change/decision/initial-state.ts';
import { evolve } from '../../../../workflows/change/decision/evolve.ts';
import { subjectOf } from '../../../../workflows/support/support-view.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const TAKEN: CardEvent = { kind: 'cardAnswered', answer: { kind: 'executed' } };
const SEEN: CardEvent = { kind: 'deviceReachable' };

const sent = (refreshable: boolean): CardState =>
  initialState(START, {
    ...{ state: 'awaitingCard', deadlineSeconds: 86_400, firstPollSeconds: 900, mayHaveLeft: true },
    ...{ readBack: 'proves', refreshable, pace: { pollSeconds: 900, overlapSeconds: 0 } },
  });
const after = (known: CardState, minute: number, ...facts: CardEvent[]): CardState =>
  facts.reduce((so, fact) => evolve(so, fact, START + minute * MINUTE), known);
/** A card that has taken the subscription, of a change that knows so and has the target watched. */
const confirmed = (refreshable = true): CardState =>
  after(
    sent(refreshable),
    0,
    TAKEN,
    { kind: 'stateRecorded', state: 'awaitingAttach' },
    { kind: 'watchBegan' },
    { kind: 'sourceWatchBegan' },
  );
const at = (known: CardState, minute: number) => decide(known, START + minute * MINUTE).kind;
const moment = (known: CardState, minute: number) =>
  ((nextMoment(known, START + minute * MINUTE) ?? Infinity) - START) / MINUTE;

/** When REFRESH goes out, in minutes, of a device that shows itself at each of these. */
function refreshes(from: CardState, seen: readonly number[], until = 2_000): string[] {
  const story: string[] = [];
  let known = from;
  for (let minute = 1; minute < until; minute += 1) {
    if (seen.includes(minute)) known = after(known, minute, SEEN);
    const decision = decide(known, START + minute * MINUTE);
    if (decision.kind !== 'refresh') continue;
    story.push(`${String(decision.number)} after ${String(minute)} min`);
    known = after(known, minute, { kind: 'refreshSent' });
  }
  return story;
}

test('a device that has not attached by the first look is asked once without another sign of it: it was there when the card answered', () => {
  expect(moment(confirmed(), 0)).toBe(15);
  expect(at(confirmed(), 14)).toBe('wait');
  expect(refreshes(confirmed(), [])).toEqual(['1 after 15 min']);
});

test('a device that goes on with its old subscription is asked again when it shows itself, later and later, and four times at most', () => {
  const everyMinute = Array.from({ length: 2_000 }, (_, minute) => minute);
  expect(refreshes(confirmed(), everyMinute)).toEqual([
    ...['1 after 15 min', '2 after 30 min', '3 after 60 min', '4 after 120 min'],
  ]);
  expect(refreshes(confirmed(), [1_000])).toEqual(['1 after 15 min', '2 after 1000 min']);
});

test('whoever looks at the change is told when its device is asked to read the card anew', () => {
  const { situation } = subjectOf({ state: 'awaitingAttach', reason: undefined }, confirmed(), START);
  expect(situation.schedule).toContainEqual({ kind: 'refresh', sent: 0, at: '2026-01-01T00:15:00.000Z' });
});

test('a card is not asked that has not confirmed, that can not be asked, that looks torn, or that was seen at the target', () => {
  expect(refreshes(sent(true), [100])).toEqual([]);
  expect(refreshes(confirmed(false), [100])).toEqual([]);
  const torn = after(confirmed(), 1, { kind: 'targetAnswered', attach: { attached: false, authentication: 'failed' } });
  expect(refreshes(after(torn, 1, { kind: 'stateRecorded', state: 'torn' }), [100])).toEqual([]);
  expect(moment(after(torn, 1, { kind: 'stateRecorded', state: 'torn' }), 1)).toBeGreaterThan(100);
  for (const seen of [{ authentication: 'seen' }, { refusal: { cause: 'roamingNotAllowed' } }] as const) {
    const there = after(confirmed(), 1, { kind: 'targetAnswered', attach: { attached: false, ...seen } });
    expect(nextRefresh(there)).toBeUndefined();
    expect(nextRefresh(after(there, 2, { kind: 'targetAnswered', attach: { attached: false } }))).toBeDefined();
  }
  const imsi = parseImsi('001029000000001');
  const attached = after(confirmed(), 1, {
    ...{ kind: 'targetAnswered', attach: { attached: true, imsi, at: new Date(START).toISOString() } },
  });
  expect(at(attached, 20)).toBe('release');
});

test('one that could not be sent is sent under its number when the device shows itself again', () => {
  const failed = after(confirmed(), 15, { kind: 'refreshFailed' });
  expect(at(failed, 15)).toBe('wait');
  expect(refreshes(failed, [100])).toEqual(['1 after 100 min']);
  expect(refreshes(failed, [16], 60)).toEqual(['1 after 30 min']);
});

test('a change that was resumed asks no more than what is on record allows', () => {
  const resumed = after(sent(true), 0, TAKEN, { kind: 'refreshSent' }, { kind: 'refreshSent' });
  const watched = after(
    resumed,
    0,
    { kind: 'stateRecorded', state: 'awaitingAttach' },
    { kind: 'watchBegan' },
    { kind: 'sourceWatchBegan' },
  );
  expect(refreshes(watched, [1, 2, 3, 100, 200, 300])).toEqual(['3 after 30 min', '4 after 100 min']);
});
