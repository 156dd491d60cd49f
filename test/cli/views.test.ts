import type { Desk } from '../../application/ports.ts';
import type { ChangeView, ParkedEvent, TimelineEntry, WorkflowView } from '../../application/views.ts';
import type { Answers } from '../support/fake-application.ts';
import { ASKED_AT, changeView, CHANGE_ID, ICCID, rehome, timelineOf, USER } from '../support/fake-application.ts';

const knowing = (change: ChangeView | undefined): Answers => ({
  findChange: () => Promise.resolve(change),
  findCard: () => Promise.resolve(undefined),
});
const LOST: WorkflowView = { running: false, runId: null, notTakenSince: null, waiting: [] };
const NO_CHANGE = [
  `no change is known for ${ICCID}`,
  '  nothing was done',
  '  give a change id or the ICCID of a card that was changed; `rehome list` shows them',
  '',
].join('\n');

for (const command of ['status', 'status --json', 'timeline', 'timeline --json']) {
  test(`${command} of what is not known exits with 2, prints no data, and says what to try`, async () => {
    expect(await rehome(`${command} ${ICCID}`, knowing(undefined))).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: NO_CHANGE,
    });
  });
}

describe('timeline', () => {
  const desk: Answers = {
    ...knowing(changeView('completed')),
    readTimeline: () => Promise.resolve(timelineOf('requested', 'completed')),
  };

  test('shows every state with who caused it, its cause, and the seconds since the change was asked for', async () => {
    const [requested, completed] = timelineOf('requested', 'completed');
    const readTimeline = () => Promise.resolve([{ ...requested, actor: USER }, completed] as TimelineEntry[]);
    expect(await rehome(`timeline ${ICCID}`, { ...desk, readTimeline })).toEqual({
      exitCode: 0,
      stdout: [
        `${CHANGE_ID}  ICCID ${ICCID}  2026-01-02T03:04:05.000Z`,
        '  requested                  0.0 s  user:ada      cause 1',
        '  completed                  1.0 s  orchestrator  cause 2',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  test('shows the code of a failure as status does', async () => {
    const readTimeline = () =>
      Promise.resolve(timelineOf('rolledBack').map((entry) => ({ ...entry, code: 'HLR_REFUSED' as const })));
    const { stdout } = await rehome(`timeline ${ICCID}`, { ...desk, readTimeline });
    expect(stdout).toContain('cause 1 [HLR_REFUSED]\n');
  });

  test('is one JSON document that tells where each state was published', async () => {
    const { exitCode, stdout, stderr } = await rehome(`timeline ${ICCID} --json`, desk);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      changeId: CHANGE_ID,
      iccid: ICCID,
      timeline: timelineOf('requested', 'completed').map((entry) => ({ ...entry, at: entry.at.toISOString() })),
    });
  });
});

describe('list', () => {
  /** A desk that lists one change, and what it was asked for. */
  function listing() {
    const filters: object[] = [];
    const listChanges: Desk['listChanges'] = (filter) => {
      filters.push(filter);
      return Promise.resolve([changeView('awaitingCard')]);
    };
    return { filters, desk: { listChanges } };
  }

  test('shows one line per change', async () => {
    expect(await rehome('list', listing().desk)).toEqual({
      exitCode: 0,
      stdout: `2026-01-02T03:04:09.000Z  ${CHANGE_ID}  ${ICCID}  operator-1 to operator-2  awaitingCard\n`,
      stderr: '',
    });
  });

  test('asks for 50 changes, unless a state or another limit is given', async () => {
    const { filters, desk } = listing();
    await rehome('list', desk);
    await rehome('list --state inDoubt --limit 3', desk);
    expect(filters).toEqual([{ limit: 50 }, { limit: 3, state: 'inDoubt' }]);
  });

  test('of open changes marks those that no workflow carries on', async () => {
    const { filters, desk } = listing();
    const lost = { ...desk, viewWorkflow: () => Promise.resolve(LOST) };
    const { stdout } = await rehome('list --open', lost);
    expect(filters).toEqual([{ limit: 50, open: true }]);
    expect(stdout).toContain(`awaitingCard  no workflow: rehome resume ${CHANGE_ID}\n`);
    expect(JSON.parse((await rehome('list --open --json', lost)).stdout)).toMatchObject([
      { changeId: CHANGE_ID, workflow: { running: false } },
    ]);
    expect((await rehome('list --open', desk)).stdout).not.toContain('no workflow');
  });

  test('of open changes is told without Temporal too, and says what is not known', async () => {
    const desk = { ...listing().desk, viewWorkflow: () => Promise.reject(new Error('14 UNAVAILABLE')) };
    const { exitCode, stdout, stderr } = await rehome('list --open', desk);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: 'Temporal does not answer, so nobody knows which of these have a workflow\n',
    });
    expect(stdout).toContain(CHANGE_ID);
  });

  test('of nothing says so on stderr to a person, and is an empty list for a machine', async () => {
    const desk: Answers = { listChanges: () => Promise.resolve([]) };
    expect(await rehome('list', desk)).toEqual({ exitCode: 0, stdout: '', stderr: 'no change to list\n' });
    expect(await rehome('list --json', desk)).toEqual({ exitCode: 0, stdout: '[]\n', stderr: '' });
  });

  test('refuses a state that does not exist and names those that do', async () => {
    const { exitCode, stdout, stderr } = await rehome('list --state lost');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('Allowed choices are requested, awaitingConsent');
  });
});

describe('what comes from peers and files', () => {
  const ESCAPES = '\u001b]0;owned\u0007 \u009b2J \u007f \u202eback\nstate      completed \ud800';
  const SHOWN = '\\u001b]0;owned\\u0007 \\u009b2J \\u007f \\u202eback\\u000astate      completed \\ud800';
  const change = changeView('rolledBack', { detail: ESCAPES, requestedBy: ESCAPES, reason: ESCAPES, target: ESCAPES });
  const entry = { ...timelineOf('rolledBack')[0], cause: ESCAPES };
  const once = { times: 1, parkedAt: ASKED_AT, lastSeenAt: ASKED_AT };
  const event = { topic: 't', eventId: ESCAPES, source: ESCAPES, type: ESCAPES, data: {}, reason: ESCAPES, ...once };
  const desk: Answers = {
    ...knowing(change),
    listChanges: () => Promise.resolve([change]),
    readTimeline: () => Promise.resolve([entry as TimelineEntry]),
    listParkedEvents: () => Promise.resolve([event]),
    requestChange: () => Promise.resolve({ kind: 'refused', code: 'CHANGE_IN_PROGRESS', reason: ESCAPES }),
  };

  for (const command of [`status ${ICCID}`, `timeline ${ICCID}`, 'list', 'parked', `change ${ICCID} --to operator-2`]) {
    test(`can not steer the terminal: ${command.split(' ')[0] ?? ''}`, async () => {
      const { stdout, stderr } = await rehome(command, desk);
      expect(stdout + stderr).toContain(SHOWN);
      // eslint-disable-next-line no-control-regex -- control characters are what must not be there
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    });
  }

  test('is escaped in JSON, so that a machine reads what was sent', async () => {
    const { stdout } = await rehome(`status ${ICCID} --json`, desk);
    expect(stdout).not.toMatch(/[\u007f-\u009f\u202e]/);
    expect((JSON.parse(stdout) as ChangeView).detail).toBe(ESCAPES);
  });
});

describe('parked', () => {
  const event: ParkedEvent = {
    topic: 'hlr.events',
    eventId: 'event-1',
    source: '/operators/operator-2/hlr',
    type: 'org.rehome.hlr.location-updated.v1',
    data: { imsi: '001020000000001' },
    reason: 'IMSI 001020000000001 attached although its reservation is withdrawn',
    times: 1,
    parkedAt: ASKED_AT,
    lastSeenAt: ASKED_AT,
  };
  const desk: Answers = { listParkedEvents: () => Promise.resolve([event]) };

  test('shows each event that no change waited for, and why', async () => {
    expect(await rehome('parked', desk)).toEqual({
      exitCode: 0,
      stdout: `2026-01-02T03:04:05.000Z  ${event.type}  event-1  /operators/operator-2/hlr\n  ${event.reason}\n`,
      stderr: '',
    });
  });

  test('tells how many events of one kind there were, and shows the newest', async () => {
    const lastSeenAt = new Date('2026-01-03T00:00:00.000Z');
    const listParkedEvents = () => Promise.resolve([{ ...event, times: 41, lastSeenAt }]);
    const { stdout } = await rehome('parked', { listParkedEvents });
    expect(stdout).toContain('2026-01-03T00:00:00.000Z');
    expect(stdout).toContain('41 times since 2026-01-02T03:04:05.000Z\n');
  });

  test('of nothing says so on stderr', async () => {
    const listParkedEvents = () => Promise.resolve([]);
    expect(await rehome('parked', { listParkedEvents })).toEqual({
      exitCode: 0,
      stdout: '',
      stderr: 'no event is parked\n',
    });
  });

  test('is one JSON document with the data of each event', async () => {
    const { exitCode, stdout } = await rehome('parked --json', desk);
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout)).toEqual([
      { ...event, parkedAt: ASKED_AT.toISOString(), lastSeenAt: ASKED_AT.toISOString() },
    ]);
  });
});

for (const command of ['list', 'parked']) {
  for (const limit of ['0', '-1', '1.5', 'all', 'Infinity']) {
    test(`${command} --limit ${limit} lists nothing and exits with 2`, async () => {
      expect(await rehome(`${command} --limit=${limit}`)).toEqual({
        exitCode: 2,
        stdout: '',
        stderr: `--limit ${limit} is not a number above 0\n  nothing was listed\n  give a whole number\n`,
      });
    });
  }
}
