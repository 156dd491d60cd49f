import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError, type WorkflowClient } from '@temporalio/client';
import { changeReopener, type ReopenEvidence } from '../../../services/requests/reopen-change.ts';
import { CardIndex } from '../../../adapters/vault/card-index.ts';
import { Secret } from '../../../telecom/secret.ts';
import { changeWorkflowId, type ChangePolicy } from '../../../workflows/shared/contract.ts';
import { CHANGE_ID } from '../../support/events.ts';
import { scriptedDatabase } from '../../support/scripted-database.ts';

const ICCID = '8999901000000000013';
const OTHER_CHANGE = '019376a4-0000-7000-8000-000000000002';
const INDEX = new CardIndex(Secret.of<Uint8Array>(Buffer.alloc(32, 7)));
const NOW = Date.parse('2026-03-04T05:06:07.000Z');
const MINUTE = 60_000;
const ENDED = {
  ...{ changeId: CHANGE_ID, iccid: ICCID, source: 'operator-1', target: 'operator-2', ended: true, sequence: 9 },
  ...{ requestedBy: 'user:x', requestId: 'r-1', reason: null, requestedAt: new Date(NOW) },
};

interface Later {
  readonly moved: boolean;
  readonly passedPivot: boolean;
}

interface Newest {
  readonly changeId: string | undefined;
  readonly running: boolean;
  readonly reopenedMinutesAgo?: number;
  readonly type?: string;
}

/** Temporal and database as the card's history left them; what was started is in the array. */
function desk({
  change = ENDED,
  later,
  newest,
}: { readonly change?: object | null; readonly later?: Later; readonly newest?: Newest } = {}) {
  const started: { name: string; options: { workflowId: string; args: [object]; memo?: object } }[] = [];
  const asked: object[] = [];
  const describe = () => {
    if (newest === undefined) return Promise.reject(new WorkflowNotFoundError('gone', 'id', undefined));
    const { changeId, running, reopenedMinutesAgo, type = 'subscriptionChange' } = newest;
    return Promise.resolve({
      type,
      status: { name: running ? 'RUNNING' : 'COMPLETED' },
      startTime: new Date(NOW - (reopenedMinutesAgo ?? 1) * MINUTE),
      memo: reopenedMinutesAgo === undefined ? undefined : { reopened: true },
      typedSearchAttributes: { get: () => changeId },
    });
  };
  const workflows = {
    getHandle: () => ({
      describe,
      executeUpdate: (_update: unknown, { args: [request] }: { args: [object] }) => {
        asked.push(request);
        return Promise.resolve({ kind: 'done', message: '' });
      },
    }),
    withDeadline: (_at: number, ask: () => unknown) => ask(),
    start: (name: string, options: (typeof started)[number]['options']) => {
      if (newest?.running === true) return Promise.reject(new WorkflowExecutionAlreadyStartedError('no', 'id', name));
      started.push({ name, options });
      return Promise.resolve({ firstExecutionRunId: 'run-1' });
    },
  } as unknown as WorkflowClient;
  const database = scriptedDatabase((statement, [asked]) => {
    if (statement.includes('"passedPivot"')) return later === undefined ? [] : [{ changeId: OTHER_CHANGE, ...later }];
    if (asked === OTHER_CHANGE) return [{ ...ENDED, changeId: OTHER_CHANGE, ended: false }];
    return change === null ? [] : [change];
  });
  const clock = { now: NOW };
  const policy = {} as ChangePolicy;
  const reopen = changeReopener({ database, workflows, index: INDEX, taskQueue: 'q', policy }, () => clock.now);
  return { started, asked, clock, reopen: (evidence: ReopenEvidence = 'hint') => reopen(CHANGE_ID, evidence) };
}

test('an ended change gets a workflow that knows that it is reopened, after the last state that was recorded', async () => {
  const { started, reopen } = desk({ newest: { changeId: CHANGE_ID, running: false } });
  await expect(reopen()).resolves.toEqual({ kind: 'reopened' });
  expect(started).toMatchObject([
    {
      name: 'subscriptionChange',
      options: {
        ...{ workflowId: changeWorkflowId(INDEX.hash(ICCID)), memo: { reopened: true } },
        args: [{ changeId: CHANGE_ID, iccid: ICCID, target: 'operator-2', resumedAfter: 9, reopened: true }],
      },
    },
  ]);
});

test('a change whose workflows Temporal has forgotten is reopened all the same', async () => {
  await expect(desk().reopen()).resolves.toEqual({ kind: 'reopened' });
});

test('a change is reopened once in ten minutes, however often it is asked for', async () => {
  const { started, clock, reopen } = desk();
  for (const minutes of [0, 1, 8]) {
    clock.now += minutes * MINUTE;
    await expect(reopen()).resolves.toEqual({ kind: minutes === 0 ? 'reopened' : 'tooSoon' });
  }
  clock.now += MINUTE;
  await expect(reopen()).resolves.toEqual({ kind: 'reopened' });
  expect(started).toHaveLength(2);
});

test('a proof, which comes once and nobody else can make, reopens a change whenever it comes', async () => {
  const { started, reopen } = desk({ newest: { changeId: CHANGE_ID, running: false, reopenedMinutesAgo: 1 } });
  await expect(reopen('hint')).resolves.toEqual({ kind: 'tooSoon' });
  await expect(reopen('proof')).resolves.toEqual({ kind: 'reopened' });
  expect(started).toHaveLength(1);
});

test.each([
  [9, 'tooSoon'],
  [10, 'reopened'],
])('a change that another process reopened %i minutes ago is answered with %s', async (reopenedMinutesAgo, kind) => {
  const { reopen } = desk({ newest: { changeId: CHANGE_ID, running: false, reopenedMinutesAgo } });
  await expect(reopen()).resolves.toEqual({ kind });
});

test.each([
  ['that has not ended', { change: { ...ENDED, ended: false } }],
  ['whose workflow runs', { newest: { changeId: CHANGE_ID, running: true } }],
])('a change %s is left to itself', async (_what, state) => {
  const { started, reopen } = desk(state);
  await expect(reopen()).resolves.toEqual({ kind: 'running' });
  expect(started).toEqual([]);
});

test.each([
  ['that is not known', { change: null }, 'not known'],
  ['after which another change moved the card', { later: { moved: true, passedPivot: true } }, OTHER_CHANGE],
  ['while another change of the card runs', { newest: { changeId: OTHER_CHANGE, running: true } }, OTHER_CHANGE],
])('a change %s is not reopened, and the reason says so', async (_what, state, said) => {
  const { started, reopen } = desk({ ...state });
  await expect(reopen()).resolves.toEqual({ kind: 'refused', reason: expect.stringContaining(said) as string });
  expect(started).toEqual([]);
});

test('a card that is being read is no refusal: the event can come again at once, and that is not counted', async () => {
  const state: { newest: Newest } = { newest: { changeId: undefined, running: true, type: 'readCard' } };
  const { reopen } = desk(state);
  await expect(reopen()).resolves.toEqual({ kind: 'beingRead' });
  await expect(reopen()).resolves.toEqual({ kind: 'beingRead' });
});

test('what Temporal could not be asked is not counted: the next event tries again', async () => {
  const { reopen } = desk();
  const broken = jest.spyOn(INDEX, 'hash').mockImplementationOnce(() => {
    throw new Error('14 UNAVAILABLE');
  });
  await expect(reopen()).rejects.toThrow('UNAVAILABLE');
  broken.mockRestore();
  await expect(reopen()).resolves.toEqual({ kind: 'reopened' });
});

describe('while a later change of the card is open', () => {
  const running: Newest = { changeId: OTHER_CHANGE, running: true };
  const beforePivot = { later: { moved: false, passedPivot: false }, newest: running };

  test('a card that has proven what it holds has that one cancelled, unless its packet has left', async () => {
    const { started, asked, reopen } = desk(beforePivot);
    const reason = expect.stringMatching(new RegExp(`${OTHER_CHANGE}.*is being cancelled`)) as string;
    await expect(reopen('proof')).resolves.toEqual({ kind: 'inTheWay', reason });
    expect(asked).toEqual([
      {
        ...{ action: 'cancel', actor: 'system:event-router' },
        reason: `the card has proven that it took the subscription of change ${CHANGE_ID}`,
      },
    ]);
    expect(started).toEqual([]);
  });

  test.each([
    ['only an event says so', beforePivot, 'hint'],
    ['its packet may have left', { ...beforePivot, later: { moved: false, passedPivot: true } }, 'proof'],
  ] as const)('that one goes on, and a person is called, when %s', async (_what, state, evidence) => {
    const { started, asked, reopen } = desk(state);
    const reason = expect.stringContaining(OTHER_CHANGE) as string;
    await expect(reopen(evidence)).resolves.toEqual({ kind: 'inTheWay', reason });
    expect([...started, ...asked]).toEqual([]);
  });

  test('the next try of a card that has proven what it holds is not too soon, and that of any other is', async () => {
    const { reopen } = desk(beforePivot);
    await reopen('hint');
    await reopen('proof');
    await expect(reopen('hint')).resolves.toMatchObject({ kind: 'inTheWay' });
    await expect(reopen('hint')).resolves.toEqual({ kind: 'tooSoon' });
  });
});
