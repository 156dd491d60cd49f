import { AUDIT, type AuditProgress } from '../../workflows/audit-ports.ts';
import { failure } from '../../workflows/failures.ts';
import { serverForThisFile } from './bench.ts';

const server = serverForThisFile();

/** An audit over so many pages, whose activities remember what they were asked. */
function auditOf(pages: number, page: (number: number) => void = () => undefined) {
  const asked: AuditProgress[] = [];
  const report: object[] = [];
  const note = (step: string) => (given: object) => {
    report.push({ step, ...given });
    return Promise.resolve();
  };
  const auditPage = (progress: AuditProgress) => {
    page(asked.length);
    asked.push(progress);
    return Promise.resolve({ last: asked.length > pages ? null : String(asked.length).padStart(6, '0') });
  };
  const queues = { '': { beginAudit: note('begin'), endAudit: note('end') }, '/audit': { auditPage } };
  return { asked, report, run: () => server.run({ type: AUDIT, args: [] }, queues) };
}

test('goes from page to page until no card is left, under one id', async () => {
  const { asked, report, run } = auditOf(2);
  await run();
  expect(asked.map(({ after }) => after)).toEqual([null, '000001', '000002']);
  const [auditId] = new Set(asked.map((one) => one.auditId));
  expect(report).toEqual([
    { step: 'begin', auditId },
    { step: 'end', auditId },
  ]);
});

test('of a million cards hands over from run to run, and stays one audit with one report', async () => {
  const { asked, report, run } = auditOf(1_000);
  await run();
  expect(asked).toHaveLength(1_001);
  expect(new Set(asked.map(({ after }) => after)).size).toBe(1_001);
  expect(new Set(asked.map(({ auditId }) => auditId)).size).toBe(1);
  expect(report).toHaveLength(2);
});

test('asks a page again that failed, and looks at no card twice', async () => {
  let failures = 0;
  const { asked, run } = auditOf(1, (number) => {
    if (number === 1 && failures < 3) {
      failures += 1;
      throw failure('DATABASE_UNREACHABLE', 'the database is away');
    }
  });
  await run();
  expect(failures).toBe(3);
  expect(asked.map(({ after }) => after)).toEqual([null, '000001']);
});

test('gives up a page that nobody gets done, ends its report with the reason, and lets the next audit begin', async () => {
  const { report, run } = auditOf(5, (number) => {
    if (number === 1) throw failure('DATABASE_UNREACHABLE', 'the database is away');
  });
  await run();
  expect(report.at(-1)).toMatchObject({ step: 'end', gaveUp: 'the database is away' });
});
