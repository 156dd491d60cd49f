import type { ReconciliationReport, Desk } from '../../application/ports.ts';
import type { ReconciliationSummary } from '../../workflows/reconciliation/ports.ts';
import { after, ASKED_AT, CHANGE_ID, ICCID, rehome, USER } from '../support/fake-application.ts';

const CLEAN: ReconciliationReport = { cards: 2, changes: 1, subscribers: 3, findings: [], leftOut: [] };
const FOUND: ReconciliationReport = {
  ...CLEAN,
  findings: [
    {
      ...{
        kind: 'twoSubscriptions',
        means: 'a card has two',
        iccid: ICCID,
        changeId: CHANGE_ID,
        imsi: '001010000000001',
      },
      detail: 'both are alive\u001b[2J',
    },
  ],
};
const SILENT: ReconciliationReport = { ...CLEAN, leftOut: [{ iccid: ICCID, reason: 'operator-1 can’t be reached' }] };

const answering = (report: ReconciliationReport) => {
  const scopes: unknown[] = [];
  const reconcile: Desk['reconcile'] = (scope) => {
    scopes.push(scope);
    return Promise.resolve(report);
  };
  return { scopes, answers: { reconcile } };
};

test('a reconciliation looks at the news of a day unless told otherwise, and says that nothing disagrees', async () => {
  const { scopes, answers } = answering(CLEAN);
  const said = {
    exitCode: 0,
    stdout: '2 cards compared, with 1 change and 3 subscribers: nothing disagrees\n',
    stderr: '',
  };
  expect(await rehome('reconcile', answers)).toEqual(said);
  expect(await rehome('reconcile changes --hours 48 --limit 10', answers)).toEqual(said);
  expect(scopes).toEqual([
    { hours: 24, limit: 1_000 },
    { hours: 48, limit: 10 },
  ]);
});

test('a finding ends with 1, and says what is so and what it means, without what steers a terminal', async () => {
  const { exitCode, stdout } = await rehome(`reconcile card ${ICCID}`, answering(FOUND).answers);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('twoSubscriptions: both are alive');
  expect(stdout).toContain('it means: a card has two');
  expect(stdout).toContain(`ICCID ${ICCID}, IMSI 001010000000001, change ${CHANGE_ID}`);
  expect(stdout).toContain('1 finding');
  expect(stdout).not.toContain('\u001b');
});

test('a card that could not be judged ends with 69: nothing found is not the same as nothing wrong', async () => {
  const { exitCode, stderr } = await rehome('reconcile', answering(SILENT).answers);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 69,
    stderr: `ICCID ${ICCID} was left out: operator-1 can’t be reached\n`,
  });
});

test('a card that was left out for two reasons is named once, and is not among those that were compared', async () => {
  const reasons = ['operator-1 can’t be reached', 'its change went on', 'operator-1 can’t be reached'];
  const leftOut = reasons.map((reason) => ({ iccid: ICCID, reason }));
  const { stdout, stderr } = await rehome('reconcile', answering({ ...CLEAN, leftOut }).answers);
  expect({ stdout, stderr }).toEqual({
    stdout:
      '1 of 2 cards compared, 1 left out, with 1 change and 3 subscribers: nothing disagrees in what was compared\n',
    stderr: `ICCID ${ICCID} was left out: operator-1 can’t be reached; its change went on\n`,
  });
});

test('a reconciliation that has reached its limit says so', async () => {
  const { exitCode, stderr } = await rehome('reconcile --limit 2', answering(CLEAN).answers);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 0,
    stderr: 'these are as many cards as --limit 2 allows, so that others may not have been looked at\n',
  });
  expect((await rehome('reconcile --limit 3', answering(CLEAN).answers)).stderr).toBe('');
});

test('with --json the report is one document, with the same exit code', async () => {
  const { exitCode, stdout } = await rehome(`reconcile card ${ICCID} --json`, answering(FOUND).answers);
  expect([exitCode, JSON.parse(stdout)]).toEqual([1, FOUND]);
});

test('a card that is not registered, and hours that are no number, end with 2', async () => {
  expect(await rehome(`reconcile card ${ICCID}`, answering({ ...CLEAN, cards: 0 }).answers)).toMatchObject({
    exitCode: 2,
  });
  expect(await rehome('reconcile --hours soon', answering(CLEAN).answers)).toMatchObject({ exitCode: 2 });
});

describe('a card that is asked over the air', () => {
  test('is asked only when that is wanted, for as long as is said, and tells what it holds', async () => {
    const { scopes, answers } = answering({ ...CLEAN, held: '001010000000001' });
    const { exitCode, stdout, stderr } = await rehome(`reconcile card ${ICCID} --ask-card --patience 30`, answers);
    expect([exitCode, stdout.split('\n')[0]]).toEqual([0, 'the card holds IMSI 001010000000001']);
    expect(stderr).toBe(
      'the card is asked over the air, for 30 s at most, unless a change of it is open; none begins meanwhile\n',
    );
    await rehome(`reconcile card ${ICCID}`, answers);
    expect(scopes).toEqual([{ iccid: ICCID, ask: { askedBy: USER, patienceSeconds: 30 } }, { iccid: ICCID }]);
  });

  test('that gives no answer ends with 69', async () => {
    const reason = 'the card was not read: it has not answered';
    const silent = answering({ ...CLEAN, leftOut: [{ iccid: ICCID, reason }] });
    const { exitCode, stderr } = await rehome(`reconcile card ${ICCID} --ask-card`, silent.answers);
    expect([exitCode, stderr.split('\n')[1]]).toEqual([69, `ICCID ${ICCID} was left out: ${reason}`]);
  });

  test.each(['0', '3601', 'long'])('is not given %s seconds', async (seconds) => {
    const { scopes, answers } = answering(CLEAN);
    const { exitCode } = await rehome(`reconcile card ${ICCID} --ask-card --patience ${seconds}`, answers);
    expect([exitCode, scopes]).toEqual([2, []]);
  });
});

describe('reports of scheduled reconciliations', () => {
  const RECONCILIATION_ID = '0198c0de-0000-4000-8000-00000000000a';
  const DONE: ReconciliationSummary = {
    reconciliationId: RECONCILIATION_ID,
    beganAt: ASKED_AT,
    endedAt: after(60),
    gaveUp: null,
    since: after(-3_600),
    ...{ cards: 2, changes: 1, subscribers: 3, found: 0, notJudged: 0 },
  };
  const showing = (summary: ReconciliationSummary, report: ReconciliationReport) => ({
    findReconciliationReport: () => Promise.resolve({ ...report, ...summary }),
  });

  test('are listed, with those that have not ended or gave up', async () => {
    const listReconciliationReports = () =>
      Promise.resolve([{ ...DONE, endedAt: null }, { ...DONE, gaveUp: 'no process\u001b[2J' }, DONE]);
    expect(await rehome('reconcile reports', { listReconciliationReports })).toEqual({
      exitCode: 0,
      stdout: [
        `${RECONCILIATION_ID}  2026-01-02T03:04:05.000Z  2 cards, 0 findings, 0 left out; has not ended\n`,
        `${RECONCILIATION_ID}  2026-01-02T03:04:05.000Z  2 cards, 0 findings, 0 left out; gave up: no process\\u001b[2J\n`,
        `${RECONCILIATION_ID}  2026-01-02T03:04:05.000Z  2 cards, 0 findings, 0 left out\n`,
      ].join(''),
      stderr: '',
    });
  });

  test('end as a reconciliation does: 0 without a finding, 1 with one, 69 with a card that could not be judged', async () => {
    expect(await rehome('reconcile report', showing(DONE, CLEAN))).toMatchObject({ exitCode: 0, stderr: '' });
    expect(await rehome(`reconcile report ${RECONCILIATION_ID}`, showing({ ...DONE, found: 1 }, FOUND))).toMatchObject({
      exitCode: 1,
    });
    expect(await rehome('reconcile report', showing({ ...DONE, notJudged: 1 }, SILENT))).toMatchObject({
      exitCode: 69,
    });
  });

  test('end with 69 while a reconciliation has not looked at every card', async () => {
    expect(await rehome('reconcile report', showing({ ...DONE, gaveUp: 'no process' }, CLEAN))).toMatchObject({
      exitCode: 69,
    });
    expect(await rehome('reconcile report', showing({ ...DONE, endedAt: null }, CLEAN))).toMatchObject({
      exitCode: 69,
    });
  });

  test('say so when not every finding is kept', async () => {
    const { exitCode, stderr } = await rehome('reconcile report', showing({ ...DONE, found: 2_000 }, FOUND));
    expect([exitCode, stderr]).toEqual([1, 'kept are 1 of 2000 findings, and 0 of 0 cards that were left out\n']);
  });

  test('are one JSON document each', async () => {
    const { exitCode, stdout } = await rehome('reconcile report --json', showing({ ...DONE, found: 1 }, FOUND));
    expect([exitCode, JSON.parse(stdout)]).toMatchObject([
      1,
      { reconciliationId: RECONCILIATION_ID, found: 1, findings: FOUND.findings },
    ]);
    const list = await rehome('reconcile reports --json', { listReconciliationReports: () => Promise.resolve([DONE]) });
    expect(JSON.parse(list.stdout)).toMatchObject([{ reconciliationId: RECONCILIATION_ID, gaveUp: null }]);
  });

  test('that are not there end with 2', async () => {
    const findReconciliationReport = () => Promise.resolve(undefined);
    expect(await rehome('reconcile report', { findReconciliationReport })).toMatchObject({ exitCode: 2 });
    expect(await rehome(`reconcile report ${RECONCILIATION_ID}`, { findReconciliationReport })).toMatchObject({
      exitCode: 2,
    });
  });
});
