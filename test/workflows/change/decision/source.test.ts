import { decide, nextMoment, nextResend } from '../../../../workflows/change/decision/decide.ts';
import type { CardEvent } from '../../../../workflows/change/decision/card-events.ts';
import type { CardState } from '../../../../workflows/change/decision/card-state.ts';
import { initialState } from '../../../../workflows/change/decision/initial-state.ts';
import { evolve } from '../../../../workflows/change/decision/evolve.ts';
import { parseImsi } from '../../../../telecom/identifiers/imsi.ts';
import type { OldSubscriber } from '../../../../workflows/change/ports.ts';

const MINUTE = 60_000;
const POLL = 15 * MINUTE;
const DAY = 24 * 60 * MINUTE;
const START = Date.UTC(2026, 0, 1);
const SENT = initialState(START, {
  ...{ state: 'awaitingCard', deadlineSeconds: 86_400, firstPollSeconds: 900, readBack: undefined },
  ...{ pace: { pollSeconds: 900, overlapSeconds: 0 }, mayHaveLeft: true },
});

const after = (known: CardState, now: number, ...facts: CardEvent[]): CardState =>
  facts.reduce((so, fact) => evolve(so, fact, now), known);
const WATCHED: CardEvent[] = [{ kind: 'watchBegan' }, { kind: 'sourceWatchBegan' }];
const says = (standing: OldSubscriber['standing']): CardEvent => ({ kind: 'sourceAnswered', subscriber: { standing } });
const FAILS: CardEvent = { kind: 'sourceAnswered', subscriber: { standing: 'served', failsToAuthenticate: true } };
const ATTACHED: CardEvent = {
  kind: 'targetAnswered',
  attach: { attached: true, imsi: parseImsi('001029000000001'), at: new Date(START).toISOString() },
};

/** Records what is to be recorded, and answers it; the target says what it has said before. */
function recorded(known: CardState, now: number): { readonly known: CardState; readonly states: string[] } {
  const states: string[] = [];
  for (;;) {
    const decision = decide(known, now);
    if (decision.kind === 'askTarget') known = after(known, now, sameAgain(known));
    if (decision.kind === 'askTarget') continue;
    if (decision.kind !== 'record') return { known, states };
    const { state, because } = decision;
    const { code, message } = typeof because === 'string' ? { code: undefined, message: because } : because;
    states.push(`${state} ${code ?? '-'} ${message}`);
    known = after(known, now, { kind: 'stateRecorded', state, ...(code && { code }) });
    if (states.length > 10) throw new Error(`it is recorded again and again: ${states.join('; ')}`);
  }
}

const sameAgain = ({ torn }: CardState): CardEvent => ({
  kind: 'targetAnswered',
  attach: { attached: false, ...(torn && { authentication: 'failed' }) },
});

test('the target is asked first whether the card has moved, before a source is said to have let go of it too early', () => {
  const gone = after(SENT, START, ...WATCHED, says('missing'));
  expect(decide(gone, START)).toEqual({ kind: 'askTarget' });
  expect(decide(after(gone, START, ATTACHED), START).kind).toBe('release');
  const away: CardEvent = {
    kind: 'targetSilent',
    ...{ reason: { code: 'HLR_UNREACHABLE', message: 'away' }, mayAnswerLater: true },
  };
  expect(recorded(after(gone, START, away), START).states).toEqual([expect.stringMatching('SOURCE_RELEASED_EARLY')]);
});

test('the source is asked as soon as the card is waited for, and not before', () => {
  expect(decide(after(SENT, START, { kind: 'resent' }), START + POLL - 1).kind).toBe('wait');
  expect(decide(SENT, START + POLL)).toEqual({ kind: 'watchTarget' });
  const watching = after(SENT, START + POLL, { kind: 'watchBegan' });
  expect(decide(watching, START + POLL)).toEqual({ kind: 'watchSource' });
  expect(decide(after(watching, START + POLL, { kind: 'sourceWatchBegan' }), START + POLL).kind).toBe('wait');
});

test('a card that has attached, or is proven to be unchanged, has nothing asked of its source', () => {
  const attached = after(SENT, START, { kind: 'watchBegan' }, ATTACHED);
  expect(decide(attached, START + DAY)).toEqual({ kind: 'release', insisting: false });
  const refused: CardEvent = {
    kind: 'cardAnswered',
    answer: { kind: 'refused', code: 'ADMIN_CODE_WRONG', message: 'm' },
  };
  expect(decide(after(SENT, START, { kind: 'watchBegan' }, refused), START).kind).toBe('undo');
});

test.each(['awaitingCard', 'awaitingAttach', 'inDoubt', 'torn'] as const)(
  'in the state %s a source that has let go is recorded once, as long as that lasts',
  (state) => {
    const deadline = state === 'inDoubt' ? START : SENT.deadline;
    const known: CardState = { ...SENT, state, deadline, tornAt: 'target', torn: state === 'torn' };
    const before = after(known, START, ...WATCHED);
    const gone = recorded(after(before, START, says('missing')), START);
    expect(gone.states).toEqual([expect.stringMatching(`^${state} SOURCE_RELEASED_EARLY the source does not know`)]);
    expect(recorded(gone.known, START + POLL).states).toEqual([]);
  },
);

test('a source that lets go too early is told at once, in the state that the change is in, and undoes nothing', () => {
  let { known } = recorded(after(SENT, START, ...WATCHED, says('missing')), START);
  for (let now = START; now < START + 30 * DAY; now += POLL) {
    const decision = decide(known, now);
    expect(['undo', 'end', 'release']).not.toContain(decision.kind);
    if (decision.kind === 'watchSource') known = after(known, now, { kind: 'sourceWatchBegan' });
    if (decision.kind === 'askTarget')
      known = after(known, now, { kind: 'targetAnswered', attach: { attached: false } });
    if (decision.kind === 'resend') known = after(known, now, { kind: 'resent' });
    known = recorded(known, now).known;
  }
  expect(known.state).toBe('inDoubt');
  expect(known.told).toMatchObject({ code: 'SOURCE_RELEASED_EARLY' });
  expect(decide(after(known, START + 31 * DAY, ATTACHED), START + 31 * DAY).kind).toBe('release');
});

test('a source that first bars and then deletes is told as both, and as one that has the subscriber again', () => {
  const barred = recorded(after(SENT, START, ...WATCHED, says('barred')), START);
  const gone = recorded(after(barred.known, START, says('missing')), START);
  const back = recorded(after(gone.known, START, says('served')), START);
  expect([...barred.states, ...gone.states, ...back.states]).toEqual([
    expect.stringMatching(/^awaitingCard SOURCE_RELEASED_EARLY the source has barred/),
    expect.stringMatching(/^awaitingCard SOURCE_RELEASED_EARLY the source does not know/),
    'awaitingCard - the source has the old subscriber again, and lets it in',
  ]);
});

test('a change in doubt whose source has the subscriber again is in doubt for the reason that it had', () => {
  const inDoubt: CardState = { ...SENT, state: 'inDoubt', deadline: START, askedAtDeadline: true };
  const gone = recorded(after(inDoubt, START, ...WATCHED, says('missing')), START);
  expect(recorded(after(gone.known, START, says('served')), START).states).toEqual([
    expect.stringMatching(
      /^inDoubt ATTACH_NOT_SEEN the source has the old subscriber again, .*; the card has not attached/,
    ),
  ]);
});

test('a torn card whose source has the subscriber again is torn', () => {
  const failed: CardEvent = { kind: 'targetAnswered', attach: { attached: false, authentication: 'failed' } };
  const torn = recorded(after(SENT, START, ...WATCHED, failed, says('missing')), START);
  expect(torn.known.state).toBe('torn');
  expect(torn.known.told?.code).toBe('SOURCE_RELEASED_EARLY');
  expect(recorded(after(torn.known, START, says('served')), START).states).toEqual([
    expect.stringMatching(/^torn CARD_TORN the source has the old subscriber again, .*; a card fails to authenticate/),
  ]);
});

test('what was told stays on record when the card confirms, and when its time is over', () => {
  const gone = recorded(after(SENT, START, ...WATCHED, says('missing')), START).known;
  const confirmed = recorded(after(gone, START, { kind: 'cardAnswered', answer: { kind: 'executed' } }), START);
  expect(confirmed.states.at(-1)).toMatch(/^awaitingAttach SOURCE_RELEASED_EARLY/);
  const late = after(confirmed.known, START + 2 * DAY, { kind: 'targetAnswered', attach: { attached: false } });
  expect(recorded(late, START + 2 * DAY).states).toEqual([expect.stringMatching(/^inDoubt SOURCE_RELEASED_EARLY/)]);
});

test('a source that says now this and now that is asked less and less often, at most a day apart', () => {
  let known = after(SENT, START, ...WATCHED);
  let asked = 0;
  for (let now = START; now < START + 60 * DAY; now += POLL) {
    known = recorded(known, now).known;
    if (decide(known, now).kind === 'watchSource') {
      asked += 1;
      known = after(known, now, { kind: 'sourceWatchBegan' });
    }
    if (known.source.watching) known = after(known, now, asked % 2 === 0 ? says('missing') : says('served'));
    if (decide(known, now).kind === 'askTarget')
      known = after(known, now, { kind: 'targetAnswered', attach: { attached: false } });
    if (decide(known, now).kind === 'resend') known = after(known, now, { kind: 'resent' });
  }
  expect(asked).toBeGreaterThan(60);
  expect(asked).toBeLessThan(75);
});

test('the next question to a source that has told something is the next moment', () => {
  const known = recorded(after(SENT, START, ...WATCHED, says('missing')), START).known;
  expect(nextMoment(known, START)).toBe(START + POLL);
  expect(decide(known, START + POLL)).toEqual({ kind: 'watchSource' });
  expect(nextMoment(after(known, START, { kind: 'watchBegan' }), START)).toBe(START + POLL);
});

test('who wants everything tried again has a source asked that has told something, also while it is asked already', () => {
  const gone = recorded(after(SENT, START, ...WATCHED, says('missing')), START).known;
  const asked = after(gone, START, { kind: 'sourceWatchBegan' }, { kind: 'retryWanted' });
  const answered = after(asked, START, { kind: 'targetAnswered', attach: { attached: false } });
  expect(decide(answered, START)).toEqual({ kind: 'watchSource' });
  const untold = after(SENT, START, ...WATCHED, { kind: 'retryWanted' });
  expect(after(untold, START, { kind: 'targetAnswered', attach: { attached: false } }).source.watching).toBe(true);
});

test.each<[string, CardState]>([
  ['has said nothing', SENT],
  ['has proven that it took everything', after(SENT, START, { kind: 'cardAnswered', answer: { kind: 'executed' } })],
])(
  'a card that %s is not torn because the old IMSI fails at the source: that is told, and concludes nothing',
  (_what, known) => {
    const told = recorded(after(known, START, ...WATCHED, FAILS), START);
    expect(told.states.at(-1)).toMatch(/^awaiting(Card|Attach) SOURCE_AUTHENTICATION_FAILED .* not read it anew/);
    expect(told.states.join()).not.toContain('torn');
    expect(recorded(after(told.known, START, says('served')), START).states).toEqual([
      expect.stringMatching(
        /^awaiting(Card|Attach) - the source has seen a card authenticate with the old IMSI since$/,
      ),
    ]);
  },
);

test('a card that is torn at the target is sent no copy by the clock either', () => {
  const failed: CardEvent = { kind: 'targetAnswered', attach: { attached: false, authentication: 'failed' } };
  expect(nextResend(after(SENT, START, failed))).toBeUndefined();
});
