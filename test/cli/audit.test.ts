import type { AuditReport, Desk } from '../../cli/ports.ts';
import { CHANGE_ID, ICCID, rehome } from '../support/fake-desk.ts';

const CLEAN: AuditReport = { cards: 2, changes: 1, subscribers: 3, findings: [], leftOut: [] };
const FOUND: AuditReport = {
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
const SILENT: AuditReport = { ...CLEAN, leftOut: [{ iccid: ICCID, reason: 'operator-1 can’t be reached' }] };

const answering = (report: AuditReport) => {
  const scopes: unknown[] = [];
  const audit: Desk['audit'] = (scope) => {
    scopes.push(scope);
    return Promise.resolve(report);
  };
  return { scopes, answers: { audit } };
};

test('an audit looks at the news of a day unless told otherwise, and says that nothing disagrees', async () => {
  const { scopes, answers } = answering(CLEAN);
  const said = { exitCode: 0, stdout: '2 cards, 1 change, 3 subscribers compared: nothing disagrees\n', stderr: '' };
  expect(await rehome('audit', answers)).toEqual(said);
  expect(await rehome('audit changes --hours 48 --limit 10', answers)).toEqual(said);
  expect(scopes).toEqual([
    { hours: 24, limit: 1_000 },
    { hours: 48, limit: 10 },
  ]);
});

test('a finding ends with 1, and says what is so and what it means, without what steers a terminal', async () => {
  const { exitCode, stdout } = await rehome(`audit card ${ICCID}`, answering(FOUND).answers);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('twoSubscriptions: both are alive');
  expect(stdout).toContain('it means: a card has two');
  expect(stdout).toContain(`ICCID ${ICCID}, IMSI 001010000000001, change ${CHANGE_ID}`);
  expect(stdout).toContain('1 finding');
  expect(stdout).not.toContain('\u001b');
});

test('a card that could not be judged ends with 69: nothing found is not the same as nothing wrong', async () => {
  const { exitCode, stderr } = await rehome('audit', answering(SILENT).answers);
  expect({ exitCode, stderr }).toEqual({
    exitCode: 69,
    stderr: `ICCID ${ICCID} was left out: operator-1 can’t be reached\n`,
  });
});

test('with --json the report is one document, with the same exit code', async () => {
  const { exitCode, stdout } = await rehome(`audit card ${ICCID} --json`, answering(FOUND).answers);
  expect([exitCode, JSON.parse(stdout)]).toEqual([1, FOUND]);
});

test('a card that is not registered, and hours that are no number, end with 2', async () => {
  expect(await rehome(`audit card ${ICCID}`, answering({ ...CLEAN, cards: 0 }).answers)).toMatchObject({ exitCode: 2 });
  expect(await rehome('audit --hours soon', answering(CLEAN).answers)).toMatchObject({ exitCode: 2 });
});
