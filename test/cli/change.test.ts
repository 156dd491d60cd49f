import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import type { ChangeCheck, ChangeRequest, RequestAnswer } from '../../application/requests.ts';
import type { ChangeState } from '../../workflows/shared/states.ts';
import type { Answers } from '../support/fake-application.ts';
import { changeView, CHANGE_ID, ICCID, rehome, RUNNING, timelineOf, USER } from '../support/fake-application.ts';

const COMMAND = `change ${ICCID} --to operator-2`;
const STARTED = {
  kind: 'started',
  changeId: CHANGE_ID,
  workflowId: 'change-of-the-card',
  runId: 'run-1',
  repeated: false,
} as const;

const answering = (answer: RequestAnswer): Answers => ({ requestChange: () => Promise.resolve(answer) });

/** A desk whose change goes through these states to its end. */
const going = (...states: readonly [ChangeState, ...ChangeState[]]): Answers => ({
  ...answering(STARTED),
  readTimeline: () => Promise.resolve(timelineOf(...states)),
  findChange: () => Promise.resolve(changeView(states.at(-1) ?? states[0])),
});

describe('a change that is not waited for', () => {
  test('is started; the person reads its id and how to follow it', async () => {
    expect(await rehome(COMMAND, answering(STARTED))).toEqual({
      exitCode: 0,
      stdout: `Next: rehome status ${CHANGE_ID}\n`,
      stderr: `change ${CHANGE_ID} started\n`,
    });
  });

  test('is one JSON document for a machine, and the talk goes to stderr', async () => {
    const { exitCode, stdout, stderr } = await rehome(`${COMMAND} --json`, answering(STARTED));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: `change ${CHANGE_ID} started\n` });
    expect(JSON.parse(stdout)).toEqual({ ...STARTED, link: `https://temporal.test/${ICCID}/run-1` });
  });

  test('says so when the same request id was given before', async () => {
    const { exitCode, stderr } = await rehome(COMMAND, answering({ ...STARTED, repeated: true }));
    expect({ exitCode, stderr }).toEqual({
      exitCode: 0,
      stderr: `this request was made before, as change ${CHANGE_ID}\n`,
    });
  });

  test('links the run of its own when it was asked for before, not that of a later change', async () => {
    const viewWorkflow = () => Promise.resolve({ ...RUNNING, running: false, runId: 'run-of-then' });
    const { stdout } = await rehome(`${COMMAND} --json`, {
      ...answering({ kind: 'started', changeId: CHANGE_ID, workflowId: 'change-of-the-card', repeated: true }),
      viewWorkflow,
    });
    expect(JSON.parse(stdout)).toMatchObject({ link: `https://temporal.test/${ICCID}/run-of-then` });
  });

  test('asks with the name of the user, and with reason and request id only when they are given', async () => {
    const asked: ChangeRequest[] = [];
    const desk: Answers = {
      requestChange: (request) => {
        asked.push(request);
        return Promise.resolve(STARTED);
      },
    };
    await rehome(COMMAND, desk);
    await rehome(`${COMMAND} --reason moved-house --request-id r-1`, desk);
    const bare = { iccid: ICCID, target: 'operator-2', requestedBy: USER };
    expect(asked).toEqual([bare, { ...bare, reason: 'moved-house', requestId: 'r-1' }]);
  });
});

describe('a change that is waited for', () => {
  test('shows each state as talk and the change as data', async () => {
    expect(await rehome(`${COMMAND} --wait`, going('requested', 'sending', 'completed'))).toEqual({
      exitCode: 0,
      stdout: [
        `change     ${CHANGE_ID}`,
        `card       ICCID ${ICCID}`,
        'from       operator-1, IMSI 001010000000001',
        'to         operator-2, IMSI 001020000000001',
        'state      completed: The card belongs to the target operator. The source has released it.',
        'because    as this test has it',
        `asked for  by ${USER} at 2026-01-02T03:04:05.000Z`,
        'last news  2026-01-02T03:04:09.000Z',
        '',
      ].join('\n'),
      stderr: [
        `change ${CHANGE_ID} started`,
        '  requested                  0.0 s  cause 1',
        '  sending                    1.0 s  cause 2',
        '  completed                  2.0 s  cause 3',
        '',
      ].join('\n'),
    });
  });

  test('is one JSON document with its timeline, link and whether it was repeated', async () => {
    const { exitCode, stdout, stderr } = await rehome(`${COMMAND} --wait --json`, going('requested', 'completed'));
    expect(exitCode).toBe(0);
    expect(stderr).toContain('completed');
    expect(JSON.parse(stdout)).toMatchObject({
      changeId: CHANGE_ID,
      state: 'completed',
      requestedAt: '2026-01-02T03:04:05.000Z',
      repeated: false,
      link: `https://temporal.test/${ICCID}/run-1`,
      timeline: [{ state: 'requested' }, { state: 'completed' }],
    });
  });

  test('that nobody carries on is told, with how it goes on, instead of waited for without end', async () => {
    const desk: Answers = {
      ...going('requested', 'sending'),
      viewWorkflow: () => Promise.resolve({ ...RUNNING, running: false }),
    };
    const { exitCode, stdout, stderr } = await rehome(`${COMMAND} --wait --json`, desk);
    expect(exitCode).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ changeId: CHANGE_ID, state: 'sending', waitEnded: 'workflowLost' });
    expect(stderr).toContain(`give it a workflow again: rehome resume ${CHANGE_ID}\n`);
  }, 15_000);

  test('and interrupted exits with 130 and says that it goes on, in JSON too', async () => {
    const interruption = AbortSignal.timeout(200);
    const desk = going('requested', 'sending');
    const { exitCode, stdout, stderr } = await rehome(`${COMMAND} --wait --json`, desk, { interruption });
    expect(exitCode).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({ changeId: CHANGE_ID, state: 'sending', waitEnded: 'interrupted' });
    expect(stderr).toContain(`the waiting was interrupted\n  the change goes on: rehome status ${CHANGE_ID}\n`);
  });

  test('and interrupted before its first state is named by its id', async () => {
    const desk: Answers = {
      ...going('requested'),
      ...{ readTimeline: () => Promise.resolve([]), findChange: () => Promise.resolve(undefined) },
    };
    const { stdout } = await rehome(`${COMMAND} --wait --json`, desk, { interruption: AbortSignal.abort() });
    expect(JSON.parse(stdout)).toMatchObject({ changeId: CHANGE_ID, iccid: ICCID, timeline: [] });
  });

  const ends: readonly [ChangeState, exitCode: number][] = [
    ['completed', 0],
    ['completedReleasePending', 0],
    ['rejected', 1],
    ['rolledBack', 1],
    ['cancelled', 1],
    ['inDoubt', 3],
  ];
  for (const [state, exitCode] of ends) {
    test(`exits with ${exitCode} when it ends as ${state}`, async () => {
      expect(await rehome(`${COMMAND} --wait`, going('requested', state))).toMatchObject({ exitCode });
    });
  }
});

describe('a change that is refused', () => {
  const busy = {
    kind: 'refused',
    code: 'CHANGE_IN_PROGRESS',
    reason: `ICCID ${ICCID} is being changed`,
    runningChangeId: CHANGE_ID,
  } as const;

  test('exits with 1 and points to the running change of the card', async () => {
    expect(await rehome(COMMAND, answering(busy))).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `ICCID ${ICCID} is being changed [CHANGE_IN_PROGRESS]\n  no change was started\n  follow the running one: rehome status ${CHANGE_ID}\n`,
    });
  });

  test('is one JSON document that names the code, although nothing was started', async () => {
    const { exitCode, stdout } = await rehome(`${COMMAND} --wait --json`, answering(busy));
    expect(exitCode).toBe(1);
    expect(JSON.parse(stdout)).toEqual(busy);
  });

  test('asks for the same request again once the card has been read', async () => {
    const requestChange = () =>
      Promise.resolve({ kind: 'refused', code: 'CARD_BEING_READ', reason: 'the card is being read' } as const);
    const { stderr } = await rehome(`change ${ICCID} --to operator-2 --request-id r-1`, { requestChange });
    expect(stderr).toContain('make the same request again, with the same request id, when the reading has ended\n');
  });

  test('asks for another request id when this one was used for another change', async () => {
    const reused = { kind: 'refused', code: 'REQUEST_ID_REUSED', reason: 'request r-1 was for another card' } as const;
    expect(await rehome(`${COMMAND} --request-id r-1`, answering(reused))).toEqual({
      exitCode: 1,
      stdout: '',
      stderr:
        'request r-1 was for another card [REQUEST_ID_REUSED]\n  no change was started\n  ask with another request id\n',
    });
  });
});

describe('a dry run', () => {
  const terms = { source: 'operator-1', sourceImsi: parseImsi('001010000000001'), smsc: 'smsc-1' };
  const bare: ChangeCheck = { kind: 'admitted', ...terms, packet: 'none', askConsent: false };
  const full: ChangeCheck = {
    ...bare,
    ...{ askConsent: true, checkAdminCode: true, overlapSeconds: 172_800, releaseDays: 14, sameDevice: 'required' },
  };
  const early: ChangeCheck = {
    ...{ kind: 'rejected', code: 'MINIMUM_STAY', rule: 'agreement.minimumStayDays' },
    reason: 'agreement operator-1 → operator-2, minimumStayDays 30: may leave from 2026-12-01T08:00:00Z',
  };
  const checking = (check: ChangeCheck): Answers => ({ checkChange: () => Promise.resolve(check) });
  const NOTHING = 'a dry run: nothing was started or recorded\n';

  test('of a change that would be admitted shows its terms, and starts nothing', async () => {
    expect(await rehome(`${COMMAND} --dry-run`, checking(full))).toEqual({
      exitCode: 0,
      stdout: [
        `admitted   ICCID ${ICCID} may go from operator-1, IMSI 001010000000001, to operator-2`,
        'consent    operator-1 is asked first',
        'admin code the card is asked for it before anything is reserved',
        'overlap    both subscriptions stay alive for 48 hours after the attach',
        'release    operator-1 has 14 days to let go',
        'device     the card has to stay in its device, else operator-1 is not asked to let go before a person decides',
        '',
      ].join('\n'),
      stderr: NOTHING,
    });
  });

  test('shows which terms there are not', async () => {
    const { stdout } = await rehome(`${COMMAND} --dry-run`, checking(bare));
    expect(stdout.split('\n').slice(1)).toEqual([
      'consent    nobody is asked',
      'admin code goes with the subscription',
      'overlap    none',
      'release    no period agreed',
      'device     any',
      '',
    ]);
  });

  test('tells an overlap of no whole number of hours in seconds', async () => {
    const { stdout } = await rehome(`${COMMAND} --dry-run`, checking({ ...bare, overlapSeconds: 90 }));
    expect(stdout).toContain('stay alive for 90 seconds after');
  });

  test('of a change that would be rejected exits with 1, and says which rule is against it', async () => {
    expect(await rehome(`${COMMAND} --dry-run`, checking(early))).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `${early.reason} [MINIMUM_STAY]\n  a dry run: nothing was started or recorded\n  read docs/failures.md#minimum_stay\n`,
    });
  });

  const asked = { dryRun: true, iccid: ICCID, target: 'operator-2' };
  const documents: readonly [kind: string, check: ChangeCheck, document: object][] = [
    ['a rejection', early, { ...asked, ...early }],
    [
      'bare terms',
      bare,
      {
        ...{ ...asked, kind: 'admitted', ...terms },
        ...{ askConsent: false, checkAdminCode: false, overlapSeconds: 0, releaseDays: null, sameDevice: null },
      },
    ],
    [
      'all terms',
      full,
      {
        ...{ ...asked, kind: 'admitted', ...terms },
        ...{ askConsent: true, checkAdminCode: true, overlapSeconds: 172_800, releaseDays: 14, sameDevice: 'required' },
      },
    ],
  ];
  test.each(documents)('with %s is one JSON document', async (_kind, check, document) => {
    const { stdout, exitCode } = await rehome(`${COMMAND} --dry-run --json`, checking(check));
    expect(exitCode).toBe(check.kind === 'admitted' ? 0 : 1);
    expect(JSON.parse(stdout)).toEqual(document);
  });

  test('asks as the change would be asked for', async () => {
    const wishes: ChangeRequest[] = [];
    await rehome(`${COMMAND} --dry-run`, {
      checkChange: (request) => {
        wishes.push(request);
        return Promise.resolve(bare);
      },
    });
    expect(wishes).toEqual([{ iccid: ICCID, target: 'operator-2', requestedBy: USER }]);
  });

  test.each(['--wait', '--request-id r-1'])('has nothing to wait for or to repeat: %s is a mistake', async (option) => {
    expect(await rehome(`${COMMAND} --dry-run ${option}`)).toMatchObject({
      exitCode: 2,
      stdout: '',
      stderr: expect.stringContaining("'--dry-run' cannot be used with option '--") as string,
    });
  });
});

describe('a change that makes no sense', () => {
  const typos: readonly [typed: string, problem: string][] = [
    ['8999901000000000014', 'its last digit is not the check digit of the others'],
    ['123', 'it is not 19 or 20 digits'],
    ['89999o1000000000013', 'it is not 19 or 20 digits'],
  ];
  for (const [typed, problem] of typos) {
    test(`asks nothing of the desk for the ICCID ${typed}, and says that ${problem}`, async () => {
      const { exitCode, stdout, stderr } = await rehome(`change ${typed} --to operator-2 --json`);
      expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
      expect(stderr.split('\n')).toEqual([
        expect.stringMatching(new RegExp(`^${typed} is not an ICCID: .*${problem}`)),
        '  nothing was done',
        '  check the number on the card; an ICCID has 19 or 20 digits and ends in a check digit',
        '',
      ]);
    });
  }

  test.each([
    ['operator-3', 'operator-3'],
    ['', 'it is blank'],
    ['%20', '%20'],
  ])('exits with 2 and names the registered operators when it is to go to "%s"', async (target, told) => {
    expect(await rehome(`change ${ICCID} --to=${target}`)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `--to names no registered operator: ${told}\n  nothing was started\n  give one of operator-1, operator-2, or register it with \`rehome operators import FILE.json\`\n`,
    });
  });

  test('exits with 2 when the request id is blank, which would make two orders one', async () => {
    const { exitCode, stderr } = await rehome(`${COMMAND} --request-id=`);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^--request-id is blank/);
  });

  test('exits with 2 without an operator to go to', async () => {
    expect(await rehome(`change ${ICCID}`)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: "error: required option '--to <operator>' not specified\nsee rehome change --help\n",
    });
  });
});
