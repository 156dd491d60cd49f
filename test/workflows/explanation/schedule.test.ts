import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import type { CardEvent } from '../../../workflows/change/decision/card-events.ts';
import type { CardState } from '../../../workflows/change/decision/card-state.ts';
import { initialState } from '../../../workflows/change/decision/initial-state.ts';
import { evolve } from '../../../workflows/change/decision/evolve.ts';
import { explain } from '../../../workflows/explanation/explain.ts';
import type { Explanation } from '../../../workflows/explanation/explanation.ts';
import type { FailureCode } from '../../../workflows/shared/failure-codes.ts';
import type { ChangeState } from '../../../workflows/shared/states.ts';
import type { ScheduleItem, ScheduleKind } from '../../../workflows/explanation/schedule.ts';
import { subjectOf } from '../../../workflows/support/support-view.ts';

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const SENT = initialState(START, {
  ...{ state: 'awaitingCard', deadlineSeconds: 86_400, firstPollSeconds: 900, mayHaveLeft: true },
  ...{ readBack: 'proves', refreshable: true, pace: { pollSeconds: 900, overlapSeconds: 3_600 } },
});
const after = (known: CardState, ...facts: CardEvent[]): CardState =>
  facts.reduce((so, fact) => evolve(so, fact, START), known);
const GIVEN_UP: CardEvent = { kind: 'deliveryFailed' };
const BACK: CardEvent = { kind: 'deviceReachable' };
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

/** What is told of a change that knows this. */
function told(known: CardState, { state = 'awaitingCard', code = null, minute = 0 }: Recorded = {}): Explanation {
  const reason = code === null ? undefined : { code, message: 'm' };
  const { situation } = subjectOf({ state, reason }, known, START + minute * MINUTE);
  const change = { changeId: 'c-1', iccid: '899', state, code, detail: 'm', source: 'source', target: 'target' };
  return explain({ ...change, situation });
}

/** The items of one kind. */
const planned = (kind: ScheduleKind, known: CardState, recorded: Recorded = {}): readonly ScheduleItem[] =>
  told(known, recorded).schedule.filter((item) => item.kind === kind);

const HALF = '2026-01-01T12:00:00.000Z';
const remedies = (explanation: Explanation): string[] => explanation.remedies.map(({ remedy }) => remedy);

describe('a packet that the SMSC has given up', () => {
  test('goes out as soon as the device shows itself, and without that at half of the time', () => {
    expect(planned('resend', after(SENT, GIVEN_UP))).toEqual([
      { kind: 'resend', givenUp: true, at: HALF, after: 'deviceContact' },
    ]);
  });

  test('goes out again only when the device shows itself, once that time is over', () => {
    const copied = evolve(after(SENT, GIVEN_UP), { kind: 'resent' }, START + 720 * MINUTE);
    expect(planned('resend', after(copied, GIVEN_UP), { minute: 721 })).toEqual([
      { kind: 'resend', givenUp: true, after: 'deviceContact' },
    ]);
  });

  test('goes out at its time once the device has shown itself', () => {
    expect(planned('resend', after(SENT, GIVEN_UP, BACK))).toEqual([
      { kind: 'resend', givenUp: true, at: new Date(START).toISOString() },
    ]);
  });

  test('is told once in doubt, and the card may be read after two copies', () => {
    const doubt = { state: 'inDoubt', code: 'ATTACH_NOT_SEEN' } as const;
    expect(planned('resend', after(SENT, GIVEN_UP), doubt)).toHaveLength(1);
    expect(planned('probe', after(SENT, GIVEN_UP), doubt)).toEqual([{ kind: 'probe', after: 'unansweredCopies' }]);
  });

  test.each<readonly [string, CardState]>([
    ['has taken it', after(SENT, GIVEN_UP, TAKEN)],
    ['is to be left as it is', after(SENT, GIVEN_UP, WISH)],
    ['never had it', after({ ...SENT, mayHaveLeft: false }, GIVEN_UP)],
    ['is proven to be unchanged', { ...after(SENT, GIVEN_UP), unchanged: { code: 'CARD_UNCHANGED', message: 'u' } }],
    ['has attached to the target', after(SENT, GIVEN_UP, ATTACHED)],
  ])('goes out no more to a card that %s', (_what, known) => {
    const state = known.attach === undefined ? 'awaitingCard' : 'releasing';
    expect(planned('resend', known, { state })).toEqual([]);
  });
});

test('a card is not said to be read whose profile can not be read back', () => {
  const known = { ...SENT, probes: { ...SENT.probes, readBack: undefined } };
  expect(planned('probe', known, { state: 'inDoubt', code: 'ATTACH_NOT_SEEN' })).toEqual([]);
});

test('a packet of which nothing is heard goes out at half of the time, or when the device shows itself', () => {
  expect(planned('resend', SENT)).toEqual([{ kind: 'resend', givenUp: false, at: HALF, after: 'deviceContact' }]);
});

test('the HLR of the target is polled, then the change is parked at its deadline, or released when the card attaches', () => {
  expect(told(SENT).schedule).toEqual([
    { kind: 'pollHlr', of: 'target', at: '2026-01-01T00:15:00.000Z' },
    { kind: 'resend', givenUp: false, at: HALF, after: 'deviceContact' },
    { kind: 'probe', after: 'unansweredCopies' },
    { kind: 'release', after: 'attach' },
    { kind: 'park', at: '2026-01-02T00:00:00.000Z' },
  ]);
});

test('a change that somebody wants undone is undone when the card is proven unchanged', () => {
  expect(planned('cancel', after(SENT, WISH))).toEqual([{ kind: 'cancel', after: 'cardUnchanged' }]);
  expect(planned('cancel', SENT)).toEqual([]);
});

describe('a card that has taken the subscription, and has not attached with it', () => {
  const TAKES = after(SENT, TAKEN);
  const asked = (times: number): CardState =>
    after(TAKES, ...Array.from({ length: times }, (): CardEvent => ({ kind: 'refreshSent' })));
  const waiting = (times: number): CardState => {
    const known = asked(times);
    return { ...known, refreshes: { ...known.refreshes, dueAt: undefined } };
  };

  test.each([0, 1, 3])('has its device asked for REFRESH when that shows itself: after %s', (sent) => {
    expect(planned('refresh', waiting(sent), { state: 'awaitingAttach' })).toEqual([
      { kind: 'refresh', sent, after: 'deviceContact' },
    ]);
  });

  test('has its device asked four times at most, and then says how often that was', () => {
    expect(planned('refresh', waiting(4), { state: 'awaitingAttach' })).toEqual([]);
    expect(told(waiting(4), { state: 'awaitingAttach' }).remedies).toEqual([
      { remedy: 'switchDeviceOff', refreshes: 4 },
    ]);
  });

  test('that can not be asked, or looks torn, is not said to be asked', () => {
    const never = { ...TAKES, refreshes: { ...TAKES.refreshes, possible: false } };
    for (const known of [never, { ...TAKES, torn: true }, SENT])
      expect(planned('refresh', known, { state: 'awaitingAttach' })).toEqual([]);
  });

  test('needs its device switched off and on, if that goes on with the old subscription', () => {
    for (const state of ['awaitingAttach', 'inDoubt'] as const) {
      const code = state === 'inDoubt' ? 'ATTACH_NOT_SEEN' : null;
      expect(remedies(told(TAKES, { state, code }))).toContain('switchDeviceOff');
    }
    expect(remedies(told(TAKES, { state: 'inDoubt', code: 'SOURCE_RELEASED_EARLY' }))).toContain('switchDeviceOff');
  });

  test.each<readonly [string, CardState, Recorded, number]>([
    ['has not taken it', SENT, { state: 'awaitingCard', code: null }, 0],
    ['has not taken it in time', SENT, { state: 'inDoubt', code: 'ATTACH_NOT_SEEN' }, 0],
    ['has attached', after(TAKES, ATTACHED), { state: 'inDoubt', code: 'OTHER_DEVICE' }, 0],
    ['is refused by the target', TAKES, { state: 'awaitingAttach', code: 'ATTACH_REFUSED' }, 0],
    ['is known to need that', TAKES, { state: 'awaitingAttach', code: 'SOURCE_AUTHENTICATION_FAILED' }, 1],
  ])('is not told so twice, or without need, of one that %s', (...[, known, recorded, times]) => {
    expect(remedies(told(known, recorded)).filter((remedy) => remedy === 'switchDeviceOff')).toHaveLength(times);
  });
});

describe('a source that is asked to release', () => {
  test('is asked when the overlap is over, and not at another time', () => {
    const known = after(SENT, ATTACHED);
    expect(told(known, { state: 'releasing' })).toMatchObject({
      ...{ schedule: [{ kind: 'release', at: '2026-01-01T01:00:00.000Z' }], conditions: [{ kind: 'overlap' }] },
    });
    expect(told(known, { state: 'releasing', minute: 60 })).toMatchObject({
      ...{ schedule: [{ kind: 'repeatRelease' }], conditions: [{ kind: 'release', of: 'source' }] },
    });
  });

  test('and has refused is asked a day later, which is not when it is overdue', () => {
    const reason = { code: 'RELEASE_REFUSED', message: 'no' } as const;
    const pace = { ...SENT.pace, releaseSeconds: 30 * 86_400 };
    const known = after({ ...SENT, pace }, ATTACHED, { kind: 'releaseFailed', reason });
    const pending = { state: 'completedReleasePending', code: 'RELEASE_REFUSED' } as const;
    const overdue = { kind: 'reportOverdue', at: '2026-01-31T00:00:00.000Z' };
    expect(told(known, pending).schedule).toEqual([{ kind: 'releaseDaily', at: '2026-01-02T00:00:00.000Z' }, overdue]);
    expect(told(known, pending).conditions).toEqual([{ kind: 'release', of: 'source', lastAnswer: reason }]);
    expect(told(after(known, { kind: 'insisting' }), pending).schedule).toEqual([{ kind: 'releaseDaily' }, overdue]);
  });

  test('is not asked while its release is frozen', () => {
    const reason = { code: 'OTHER_DEVICE', message: 'another' } as const;
    const frozen = after(SENT, ATTACHED, { kind: 'releaseFailed', reason });
    expect(told(frozen, { state: 'inDoubt', code: 'OTHER_DEVICE' }).schedule).toEqual([]);
  });
});

test('a card that looks torn has both HLRs polled', () => {
  expect(planned('pollHlr', SENT, { state: 'torn', code: 'CARD_TORN' })).toMatchObject([
    { of: 'target' },
    { of: 'source' },
  ]);
});
