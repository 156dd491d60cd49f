import { factsOf, type Situation } from '../../workflows/support/actions.ts';
import { explain } from '../../workflows/explanation/explain.ts';
import type { Desk } from '../../application/ports.ts';
import type { ChangeView, WaitingStep, WorkflowView } from '../../application/views.ts';
import type { Answers } from '../support/fake-application.ts';
import { ASKED_AT, CARD, changeView, CHANGE_ID, ICCID, rehome, RUNNING, USER } from '../support/fake-application.ts';

const LINK = `https://temporal.test/${ICCID}`;
const knowing = (change: ChangeView | undefined): Answers => ({
  findChange: () => Promise.resolve(change),
  findCard: () => Promise.resolve(undefined),
});
const LOST: WorkflowView = { running: false, runId: null, notTakenSince: null, waiting: [] };

describe('status', () => {
  test('tells who asked, what is true now, why, and whether a person may still cancel', async () => {
    const doubtful = changeView('inDoubt', {
      code: 'ATTACH_NOT_SEEN',
      detail: 'no attach was seen in time',
      reason: 'new contract',
    });
    expect(await rehome(`status ${CHANGE_ID}`, knowing(doubtful))).toEqual({
      exitCode: 0,
      stdout: [
        `change     ${CHANGE_ID}`,
        `card       ICCID ${ICCID}`,
        'from       operator-1, IMSI 001010000000001',
        'to         operator-2, IMSI 001020000000001',
        'state      inDoubt: Nothing proves where the card is. Both subscriptions stay active until evidence or a person decides.',
        'because    no attach was seen in time [ATTACH_NOT_SEEN]',
        'read       docs/failures.md#attach_not_seen',
        'cancel     deferred: The packet may have reached the card. Rehome undoes the change only if the card is proven unchanged.',
        `asked for  by ${USER} at 2026-01-02T03:04:05.000Z: new contract`,
        'last news  2026-01-02T03:04:09.000Z',
        'Waiting for:',
        '  the card’s proof of receipt',
        '  the card’s attach to operator-2',
        'Rehome will:',
        '  Poll the HLR of operator-2, at most a day apart.',
        '  Resend the packet when the device shows itself at operator-1, if the card has not answered.',
        '  Ask operator-1 to release the old subscription as soon as the card attaches to the target.',
        'You can:',
        '  Cancel the change: Rehome undoes it, unless the card takes the new subscription.',
        `    rehome support ${CHANGE_ID} cancel --reason TEXT`,
        '  Retry now: ask the HLR, resend the packet, retry the undo or the release.',
        `    rehome support ${CHANGE_ID} retryNow --reason TEXT`,
        '  Give the card more time.',
        `    rehome support ${CHANGE_ID} extendDeadline --until TIME --reason TEXT`,
        '  Roll back: you know that the card did not take the new subscription. Rehome then asks operator-2 to withdraw it.',
        '    Two persons have to ask for it, within a day.',
        `    rehome support ${CHANGE_ID} rollBack --reason TEXT`,
        '  Accept the attach: you know that the card works at operator-2. Rehome then asks operator-1 to release it.',
        '    Two persons have to ask for it, within a day.',
        `    rehome support ${CHANGE_ID} acceptAttach --reason TEXT`,
        `workflow   ${LINK}/run-1`,
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  test('keeps saying why the change is in its state, and says beside it what was done in it last', async () => {
    const acted = changeView('inDoubt', {
      ...{ code: 'ATTACH_NOT_SEEN', detail: 'no attach was seen in time' },
      ...{ lastAction: 'rollBack is asked for, and waits for a second person: \u001b[2J', lastActionBy: 'user:ann' },
    });
    const { stdout } = await rehome(`status ${CHANGE_ID}`, knowing(acted));
    expect(stdout.split('\n').slice(5, 7)).toEqual([
      'because    no attach was seen in time [ATTACH_NOT_SEEN]',
      'since then rollBack is asked for, and waits for a second person: \\u001b[2J (user:ann)',
    ]);
  });

  test('names the rule that is against a rejected change, for people and for programs', async () => {
    const rejected = changeView('rejected', { code: 'CARD_BLOCKED', detail: 'stolen', rule: 'card.blocked' });
    const { stdout } = await rehome(`status ${CHANGE_ID}`, knowing(rejected));
    expect(stdout.split('\n').slice(5, 8)).toEqual([
      'because    stolen [CARD_BLOCKED]',
      'rule       card.blocked',
      'read       docs/failures.md#card_blocked',
    ]);
    const { stdout: json } = await rehome(`status ${CHANGE_ID} --json`, knowing(rejected));
    expect(JSON.parse(json)).toMatchObject({ code: 'CARD_BLOCKED', rule: 'card.blocked' });
  });

  test.each([
    [false, 'not verified'],
    [true, 'with its own checksum'],
  ])(
    'says that the card can not read a packet with its keys, and what to compare; verified: %s',
    async (verified, how) => {
      const keyRefusal = { status: 'integrityFailed', at: '2026-01-02T03:04:08.000Z', verified } as const;
      const refused = changeView('awaitingCard', { keyRefusal });
      const { stdout } = await rehome(`status ${CHANGE_ID}`, knowing(refused));
      expect(stdout).toContain(
        `card says  integrityFailed, since 2026-01-02T03:04:08.000Z, ${how}: compare kvn, kic and kid of its row`,
      );
      const { stdout: json } = await rehome(`status ${CHANGE_ID} --json`, knowing(refused));
      expect(JSON.parse(json)).toMatchObject({ keyRefusal });
    },
  );

  test('says of a security error that it may be that of a copy, and of no other answer', async () => {
    const says = async (status: 'securityError' | 'cipheringError') => {
      const keyRefusal = { status, at: ASKED_AT.toISOString(), verified: false };
      return (await rehome(`status ${CHANGE_ID}`, knowing(changeView('awaitingCard', { keyRefusal })))).stdout;
    };
    const ofACopy = 'some cards say it also of a second copy of a packet that they have run';
    expect(await says('securityError')).toContain(ofACopy);
    expect(await says('cipheringError')).not.toContain(ofACopy);
  });

  test('of a change that has ended shows the block of its card, and how to lift it', async () => {
    const block = { by: 'system:rehome', at: ASKED_AT, reason: 'compare adm1\u001b[2J' };
    const desk = {
      ...knowing(changeView('rolledBack', { code: 'CARD_UNCHANGED' })),
      findCard: () => Promise.resolve({ ...CARD, block }),
    };
    const { stdout } = await rehome(`status ${CHANGE_ID}`, desk);
    expect(stdout).toContain('blocked    by system:rehome at 2026-01-02T03:04:05.000Z: compare adm1\\u001b[2J\n');
    expect(stdout).toContain(`unblock    rehome cards unblock ${ICCID}, once its cause is removed\n`);
    const { stdout: json } = await rehome(`status ${CHANGE_ID} --json`, desk);
    expect(JSON.parse(json)).toMatchObject({ block: { by: 'system:rehome', at: ASKED_AT.toISOString() } });
  });

  test('of a change that has ended shows that its card has refused its admin code, and who has approved one more try', async () => {
    const first = { by: 'user:ann', at: ASKED_AT.toISOString(), reason: 'compared' };
    const standing = { kind: 'first', first, until: '2026-01-03T03:04:05.000Z' } as const;
    const refusedCode = { changeId: CHANGE_ID, approvals: [first], standing };
    const desk = {
      ...knowing(changeView('rolledBack', { code: 'ADMIN_CODE_WRONG' })),
      findCard: () => Promise.resolve({ ...CARD, refusedCode }),
    };
    const { stdout } = await rehome(`status ${CHANGE_ID}`, desk);
    expect(stdout).toContain(`adm1       refused in change ${CHANGE_ID}\n`);
    expect(stdout).toContain('compared; one more person, until 2026-01-03T03:04:05.000Z\n');
    expect(stdout).toContain(`approve    rehome cards approve ${ICCID} --reason TEXT, by one more person\n`);
    expect(stdout).toContain(
      `user:ann has approved, another person has to. Until then a new change is rejected.\n    rehome cards approve ${ICCID} --reason TEXT\n`,
    );
    const { stdout: json } = await rehome(`status ${CHANGE_ID} --json`, desk);
    expect(JSON.parse(json)).toMatchObject({ refusedCode });
  });

  test('leaves out what is not known yet', async () => {
    const rejected = changeView('rejected', { source: null, sourceImsi: null, targetImsi: null });
    const { stdout } = await rehome(`status ${CHANGE_ID}`, knowing(rejected));
    expect(stdout.split('\n').slice(2, 4)).toEqual(['from       unknown', 'to         operator-2']);
    expect(stdout).not.toContain('null');
  });

  test('is asked for by change id or by ICCID, as typed', async () => {
    const asked: string[] = [];
    const findChange: Desk['findChange'] = (text) => {
      asked.push(text);
      return Promise.resolve(changeView('completed'));
    };
    const desk = { ...knowing(undefined), findChange };
    await rehome(`status ${CHANGE_ID}`, desk);
    await rehome(`status ${ICCID}`, desk);
    expect(asked).toEqual([CHANGE_ID, ICCID]);
  });

  test('is one JSON document with the link to the workflow', async () => {
    const { exitCode, stdout, stderr } = await rehome(`status ${ICCID} --json`, knowing(changeView('completed')));
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      ...changeView('completed'),
      requestedAt: '2026-01-02T03:04:05.000Z',
      updatedAt: '2026-01-02T03:04:09.000Z',
      link: `${LINK}/run-1`,
      workflow: RUNNING,
      ...{ block: null, refusedCode: null, explanation: explain({ ...changeView('completed'), lost: false }) },
    });
  });

  test('asks the workflow of an open change what happens next and when, and what a person may do', async () => {
    const park = { kind: 'park', at: '2026-01-03T03:04:05.000Z' } as const;
    const situation: Situation = {
      ...factsOf({ state: 'awaitingCard' }),
      schedule: [park],
      heard: {},
      refreshes: 0,
      first: { action: 'rollBack', actor: 'user:ann', at: '2026-01-02T03:04:06.000Z' },
      permitted: ['cancel', 'rollBack'],
    };
    const desk = { ...knowing(changeView('awaitingCard')), situationOf: () => Promise.resolve(situation) };
    const { stdout } = await rehome(`status ${CHANGE_ID}`, desk);
    expect(stdout).toContain('Park the change in doubt at 2026-01-03T03:04:05.000Z if nothing is heard.\n');
    expect(stdout).toContain('  a second person, who has to ask for rollBack as user:ann did\n');
    expect(stdout).toContain('    user:ann has asked for it at 2026-01-02T03:04:06.000Z.\n');
    const { stdout: json } = await rehome(`status ${CHANGE_ID} --json`, desk);
    expect(JSON.parse(json)).toMatchObject({
      explanation: { schedule: [park], state: { cancellable: { how: 'deferred', because: 'packetMayArrive' } } },
    });
  });

  const STEP: WaitingStep = {
    ...{ step: 'reserveSubscriber', attempt: 26, code: 'HLR_UNREACHABLE', message: 'operator-2 can not be reached' },
    ...{ nextAttemptAt: ASKED_AT, notTakenSince: null, servedBy: { role: 'operator', id: 'operator-2' } },
  };
  const SUBMISSION = '  the SMSC, which has to accept the packet';
  const OTHER = '  the step reserveSubscriber';
  const ATTEMPT = '    attempt 26';
  const SAID = '    last answer: operator-2 can not be reached [HLR_UNREACHABLE]';
  const SINCE = '    taken by no process since 2026-01-02T03:04:05.000Z';
  const SERVE = '    does `rehome serve operator --operators operator-2` run?';
  const waits: readonly [what: string, workflow: Partial<WorkflowView>, told: readonly string[]][] = [
    [
      'a step that has failed, with the attempt, its failure and the next one',
      { waiting: [STEP] },
      [SUBMISSION, OTHER, ATTEMPT, '    next attempt at 2026-01-02T03:04:05.000Z', SAID],
    ],
    [
      'a step whose next attempt is under way, without a time that is past',
      { waiting: [{ ...STEP, nextAttemptAt: null }] },
      [SUBMISSION, OTHER, ATTEMPT, SAID],
    ],
    [
      'a step that no process takes, since when, and which process would',
      { waiting: [{ ...STEP, attempt: 1, code: null, message: null, nextAttemptAt: null, notTakenSince: ASKED_AT }] },
      [SUBMISSION, OTHER, '    attempt 1', SINCE, SERVE],
    ],
    [
      'a step that has failed, and that no process takes any more',
      { waiting: [{ ...STEP, nextAttemptAt: null, notTakenSince: ASKED_AT }] },
      [SUBMISSION, OTHER, ATTEMPT, SINCE, SERVE, SAID],
    ],
    [
      'an orchestrator',
      { notTakenSince: ASKED_AT },
      ['  an orchestrator that takes the workflow', SINCE, '    does `rehome serve orchestrator` run?', SUBMISSION],
    ],
  ];
  test.each(waits)('tells what an open change waits for: %s', async (_what, facts, told) => {
    const workflow = { ...RUNNING, ...facts };
    const desk = { ...knowing(changeView('sending')), viewWorkflow: () => Promise.resolve(workflow) };
    const { stdout } = await rehome(`status ${CHANGE_ID}`, desk);
    expect(stdout).toContain(['Waiting for:', ...told, 'Rehome will:'].join('\n'));
    expect(stdout.split('\n').slice(-2)).toEqual([`workflow   ${LINK}/run-1`, '']);
    const { stdout: json } = await rehome(`status ${CHANGE_ID} --json`, desk);
    expect(JSON.parse(json)).toMatchObject({ workflow: JSON.parse(JSON.stringify(workflow)) as object });
  });

  test('of an open change that nothing carries on says how it goes on', async () => {
    const viewWorkflow = () => Promise.resolve(LOST);
    const { stdout } = await rehome(`status ${CHANGE_ID}`, { ...knowing(changeView('sending')), viewWorkflow });
    expect(stdout).toContain(`workflow   none runs; give it one again: rehome resume ${CHANGE_ID}\n`);
    expect(stdout).toContain('cancel     no: No workflow carries the change on.\n');
    expect(stdout).toContain('Rehome will:\n  Nothing before a person decides.\n');
    expect(stdout).toContain(
      `You can:\n  Resume the change: give it a workflow again.\n    rehome resume ${CHANGE_ID}\n`,
    );
  });

  test('of an open change that nothing carries on asks its closed run nothing', async () => {
    const situationOf = () => Promise.reject(new Error('the closed run was asked'));
    const desk = { ...knowing(changeView('sending')), viewWorkflow: () => Promise.resolve(LOST), situationOf };
    const { exitCode, stdout } = await rehome(`status ${CHANGE_ID} --json`, desk);
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { explanation: { state: { meaning: 'lost' } } }]);
  });

  test('of a change that has ended links its own run, and every run of it once Temporal has forgotten that', async () => {
    const ended = { ...LOST, runId: 'run-of-the-change' };
    const desk = { ...knowing(changeView('completed')), viewWorkflow: () => Promise.resolve(ended) };
    expect((await rehome(`status ${CHANGE_ID}`, desk)).stdout).toContain(`workflow   ${LINK}/run-of-the-change\n`);
    const forgotten = { ...desk, viewWorkflow: () => Promise.resolve(LOST) };
    expect((await rehome(`status ${CHANGE_ID}`, forgotten)).stdout).toContain(`workflow   ${LINK}\n`);
  });

  test('without Temporal says that nobody knows whether a workflow runs, which is neither yes nor no', async () => {
    const viewWorkflow = () => Promise.reject(new Error('14 UNAVAILABLE: no connection'));
    const desk = { ...knowing(changeView('sending')), viewWorkflow };
    const { exitCode, stdout } = await rehome(`status ${CHANGE_ID}`, desk);
    expect({ exitCode, last: stdout.split('\n').slice(-3) }).toEqual({
      exitCode: 0,
      last: [
        'workflow   Temporal does not answer, so nobody knows whether one runs (14 UNAVAILABLE: no connection)',
        `link       ${LINK}`,
        '',
      ],
    });
    expect(JSON.parse((await rehome(`status ${CHANGE_ID} --json`, desk)).stdout)).toMatchObject({
      workflow: { running: null, problem: '14 UNAVAILABLE: no connection' },
    });
  });

  describe('of a change that Temporal has and no orchestrator has begun', () => {
    const started = { changeId: CHANGE_ID, iccid: ICCID, target: 'operator-2', startedAt: ASKED_AT };
    const viewWorkflow = () => Promise.resolve({ ...RUNNING, notTakenSince: ASKED_AT });
    const desk = { ...knowing(undefined), findUnrecorded: () => Promise.resolve(started), viewWorkflow };

    test('says that it is started, and what it waits for', async () => {
      expect(await rehome(`status ${CHANGE_ID}`, desk)).toEqual({
        exitCode: 0,
        stdout: [
          `change     ${CHANGE_ID}`,
          `card       ICCID ${ICCID}`,
          'to         operator-2',
          'state      started at 2026-01-02T03:04:05.000Z, not yet taken by any orchestrator; nothing has been done',
          'waits for an orchestrator that takes the workflow; taken by no process since 2026-01-02T03:04:05.000Z; does `rehome serve orchestrator` run?',
          `workflow   ${LINK}/run-1`,
          '',
        ].join('\n'),
        stderr: '',
      });
      const { stdout } = await rehome(`status ${CHANGE_ID} --json`, desk);
      expect(JSON.parse(stdout)).toMatchObject({ changeId: CHANGE_ID, state: null, workflow: { running: true } });
    });

    test('shows it before an older one of the card that has ended', async () => {
      const older = { ...desk, findChange: () => Promise.resolve(changeView('completed', { changeId: 'older' })) };
      expect((await rehome(`status ${ICCID}`, older)).stdout).toContain(`change     ${CHANGE_ID}\n`);
    });

    test('says of its timeline that there is none yet', async () => {
      const { exitCode, stdout, stderr } = await rehome(`timeline ${CHANGE_ID}`, desk);
      expect({ exitCode, stdout }).toEqual({ exitCode: 69, stdout: '' });
      expect(stderr).toContain('no orchestrator has taken it yet\n  nothing was done: it has no state so far\n');
    });
  });

  test('of a registered card that was never changed says so, and where the card is', async () => {
    const desk = { ...knowing(undefined), findCard: () => Promise.resolve(CARD) };
    expect(await rehome(`status ${ICCID}`, desk)).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: [
        `ICCID ${ICCID} is registered, at operator-1 with IMSI 001010000000001, and was never changed`,
        '  nothing was done',
        `  see the card with \`rehome cards show ${ICCID}\`, or change it with \`rehome change ${ICCID} --to OPERATOR\``,
        '',
      ].join('\n'),
    });
  });

  test('has colour on a terminal only', async () => {
    const desk = knowing(changeView('completed'));
    const coloured = await rehome(`status ${ICCID}`, desk, { onTerminal: true });
    const plain = await rehome(`status ${ICCID}`, desk);
    const green = `${String.fromCharCode(27)}[32m`;
    expect(coloured.stdout).toContain(`${green}completed${String.fromCharCode(27)}[39m: The card`);
    expect(plain.stdout).not.toContain(green);
  });
});
