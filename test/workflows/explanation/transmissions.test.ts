import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import type { CardEvent } from '../../../workflows/change/decision/card-events.ts';
import { initialState, type CardState } from '../../../workflows/change/decision/card-state.ts';
import { evolve } from '../../../workflows/change/decision/evolve.ts';
import { explain } from '../../../workflows/explanation/explain.ts';
import type { FailureCode } from '../../../workflows/shared/failure-codes.ts';
import type { ChangeState } from '../../../workflows/shared/states.ts';
import { permittedActions } from '../../../workflows/support/actions.ts';
import { subjectOf } from '../../../workflows/support/support-view.ts';

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const SENT = initialState(START, {
  ...{ state: 'awaitingCard', deadlineSeconds: 86_400, firstPollSeconds: 900, mayHaveLeft: true },
  ...{ readBack: 'proves', refreshable: true, pace: { pollSeconds: 900, overlapSeconds: 3_600 } },
});
const after = (known: CardState, ...facts: CardEvent[]): CardState =>
  facts.reduce((so, fact) => evolve(so, fact, START), known);
const FINAL_FAILURE_STATES: CardEvent = { kind: 'deliveryFailed' };
const BACK: CardEvent = { kind: 'deviceReachable' };
const RESENT: CardEvent = { kind: 'resent' };
const TAKEN: CardEvent = { kind: 'cardAnswered', answer: { kind: 'executed' } };
const WISH: CardEvent = { kind: 'cancellationRequested', reason: { code: 'CANCELLED', message: 'c' } };
const IMSI = parseImsi('001029000000001');
const ATTACHED: CardEvent = {
  ...{ kind: 'targetAnswered', attach: { attached: true, imsi: IMSI, at: new Date(START).toISOString() } },
};

interface Recorded {
  readonly state?: ChangeState;
  readonly code?: FailureCode | null;
  readonly minute?: number;
}

/** What is said of a change that knows this. */
function said(known: CardState, { state = 'awaitingCard', code = null, minute = 0 }: Recorded = {}) {
  const { situation, facts } = subjectOf(known, { state, reason: undefined }, START + minute * MINUTE);
  const change = { iccid: '899', state, code, detail: '', source: 'source', target: 'target' };
  return { ...explain({ ...change, situation: { ...situation, permitted: permittedActions(facts) } }), situation };
}

const AS_SOON_AS =
  'the SMSC has given up what was sent last: it goes out again as soon as the device shows itself at source';

describe('a packet that the SMSC has given up', () => {
  test('is said to go out as soon as the device shows itself, and only without that at a time', () => {
    expect(said(after(SENT, FINAL_FAILURE_STATES)).next).toContain(
      `${AS_SOON_AS}, and without that at 2026-01-01T12:00:00.000Z;`,
    );
    // The time for that is over, and the SMSC has given up that copy too.
    const copied = evolve(after(SENT, FINAL_FAILURE_STATES), { kind: 'resent' }, START + 720 * MINUTE);
    expect(said(after(copied, FINAL_FAILURE_STATES), { minute: 721 }).next).toContain(
      `${AS_SOON_AS}; if nothing is heard by`,
    );
  });

  test('goes out at its time once the device has shown itself', () => {
    const { next, situation } = said(after(SENT, FINAL_FAILURE_STATES, BACK, RESENT, FINAL_FAILURE_STATES, BACK));
    expect(next).toContain('and the device has shown itself since: it goes out again at 2026-01-01T00:15:00.000Z;');
    expect(situation).not.toHaveProperty('givenUp');
  });

  test('is said to be so in doubt, once', () => {
    const { next } = said(after(SENT, FINAL_FAILURE_STATES), { state: 'inDoubt', code: 'ATTACH_NOT_SEEN' });
    expect(next).toContain(AS_SOON_AS);
    expect(next).toContain('after two copies without a word the card may be read.');
    expect(next).not.toContain('unless the card has announced');
  });

  test.each<readonly [string, CardState]>([
    ['has taken it', after(SENT, FINAL_FAILURE_STATES, TAKEN)],
    ['is to be left as it is', after(SENT, FINAL_FAILURE_STATES, WISH)],
    ['never had it', after({ ...SENT, mayHaveLeft: false }, FINAL_FAILURE_STATES)],
    [
      'is proven to be unchanged',
      { ...after(SENT, FINAL_FAILURE_STATES), unchanged: { code: 'CARD_UNCHANGED', message: 'u' } },
    ],
    ['has attached to the target', after(SENT, FINAL_FAILURE_STATES, ATTACHED)],
  ])('goes out no more to a card that %s', (_what, known) => {
    expect(said(known).situation).not.toHaveProperty('givenUp');
    expect(said(known).next).not.toContain('given up');
  });
});

test('a packet of which nothing is heard is said to go out at half of the time, and the HLR is not said to be asked at that moment', () => {
  const { next } = said(SENT);
  expect(next).toContain('the same packet goes out once more at 2026-01-01T12:00:00.000Z if nothing is heard of it');
  expect(next).toContain('the HLR of target is asked without an event too, less and less often;');
});

describe('a card that has taken the subscription, and has not attached with it', () => {
  const TAKES = after(SENT, TAKEN);
  const asked = (times: number): CardState =>
    after(TAKES, ...Array.from({ length: times }, (): CardEvent => ({ kind: 'refreshSent' })));
  const SWITCH = 'have it switched off and on, so that it reads its card anew. ';

  test.each<readonly [number, string]>([
    [0, 'when its device shows itself at source, it is asked to read the card anew (REFRESH);'],
    [
      1,
      'when its device shows itself at source, it is asked to read the card anew (REFRESH); it was asked once so far;',
    ],
    [
      3,
      'when its device shows itself at source, it is asked to read the card anew (REFRESH); it was asked 3 times so far;',
    ],
    [4, '; it was asked 4 times to read the card anew (REFRESH), and is not any more;'],
  ])('has its device asked for REFRESH when that shows itself, four times at most: after %s', (times, says) => {
    const known = asked(times);
    const waiting = { ...known, refreshes: { ...known.refreshes, dueAt: undefined } };
    expect(said(waiting, { state: 'awaitingAttach' }).next).toContain(says);
  });

  test('that can not be asked, or looks torn, is not said to be asked', () => {
    const never = { ...TAKES, refreshes: { ...TAKES.refreshes, possible: false } };
    for (const known of [never, { ...TAKES, torn: true }, SENT])
      expect(said(known, { state: 'awaitingAttach' }).next).not.toContain('REFRESH');
  });

  test('needs its device switched off and on, if that goes on with the old subscription', () => {
    for (const state of ['awaitingAttach', 'inDoubt'] as const)
      expect(said(TAKES, { state, code: state === 'inDoubt' ? 'ATTACH_NOT_SEEN' : null }).may).toContain(SWITCH);
    expect(said(TAKES, { state: 'inDoubt', code: 'SOURCE_RELEASED_EARLY' }).may).toContain(SWITCH);
  });

  test.each<readonly [string, CardState, Recorded]>([
    ['has not taken it', SENT, { state: 'awaitingCard', code: null }],
    ['has not taken it in time', SENT, { state: 'inDoubt', code: 'ATTACH_NOT_SEEN' }],
    ['has attached', after(TAKES, ATTACHED), { state: 'inDoubt', code: 'OTHER_DEVICE' }],
    ['is refused by the target', TAKES, { state: 'awaitingAttach', code: 'ATTACH_REFUSED' }],
    ['is known to need that', TAKES, { state: 'awaitingAttach', code: 'SOURCE_AUTHENTICATION_FAILED' }],
  ])('is not said so of one that %s', (_what, known, recorded) => {
    expect(said(known, recorded).may).not.toContain(SWITCH);
  });
});

describe('a source that is asked to let go', () => {
  test('is said to be asked when the overlap is over, and not at another time', () => {
    const known = after(SENT, ATTACHED);
    expect(said(known, { state: 'releasing' }).next).toContain('stay alive until 2026-01-01T01:00:00.000Z, as agreed');
    expect(said(known, { state: 'releasing', minute: 60 }).next).toContain('is asked until it has barred and deleted');
  });

  test('and has refused is said to be asked a day later, which says nothing of when it is overdue', () => {
    const reason = { code: 'RELEASE_REFUSED', message: 'no' } as const;
    const pace = { ...SENT.pace, releaseSeconds: 30 * 86_400 };
    const known = after({ ...SENT, pace }, ATTACHED, { kind: 'releaseFailed', reason });
    const next = (now: CardState) => said(now, { state: 'completedReleasePending', code: 'RELEASE_REFUSED' }).next;
    expect(next(known)).toBe('Source is asked once a day until it lets go, next at 2026-01-02T00:00:00.000Z.');
    expect(next(after(known, { kind: 'insisting' }))).toBe('Source is asked once a day until it lets go.');
  });
});

test('a source whose release is frozen has no time at which it is asked', () => {
  const reason = { code: 'OTHER_DEVICE', message: 'another' } as const;
  const { situation } = said(after(SENT, ATTACHED, { kind: 'releaseFailed', reason }), {
    state: 'inDoubt',
    code: 'OTHER_DEVICE',
  });
  expect(situation).not.toHaveProperty('releaseAt');
});

test('a card that looks torn has both HLRs asked', () => {
  expect(said(SENT, { state: 'torn', code: 'CARD_TORN' }).next).toContain(
    'The HLRs of target and source are asked at most a day apart',
  );
});

test('a card that the target does not register without a reason has a person ask the target for one', () => {
  expect(said(SENT, { state: 'inDoubt', code: 'ATTACH_REFUSED' }).may).toContain(
    'where it names none, ask target what its serving nodes refuse',
  );
});
