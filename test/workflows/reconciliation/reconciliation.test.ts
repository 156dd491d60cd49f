import { RECONCILIATION, type ReconciliationProgress } from '../../../workflows/reconciliation/ports.ts';
import { failure } from '../../../workflows/shared/failures.ts';
import { serverForThisFile } from '../bench.ts';

const server = serverForThisFile();

/** A reconciliation over so many pages, whose activities remember what they were asked. */
function reconciliationOf(pages: number, page: (number: number) => void = () => undefined) {
  const asked: ReconciliationProgress[] = [];
  const report: object[] = [];
  const note = (step: string) => (given: object) => {
    report.push({ step, ...given });
    return Promise.resolve();
  };
  const reconcilePage = (progress: ReconciliationProgress) => {
    page(asked.length);
    asked.push(progress);
    return Promise.resolve({ last: asked.length > pages ? null : String(asked.length).padStart(6, '0') });
  };
  const queues = {
    '': { beginReconciliation: note('begin'), endReconciliation: note('end') },
    '/reconciliation': { reconcilePage },
  };
  return { asked, report, run: () => server.run({ type: RECONCILIATION, args: [] }, queues) };
}

test('goes from page to page until no card is left, under one id', async () => {
  const { asked, report, run } = reconciliationOf(2);
  await run();
  expect(asked.map(({ after }) => after)).toEqual([null, '000001', '000002']);
  const [reconciliationId] = new Set(asked.map((one) => one.reconciliationId));
  expect(report).toEqual([
    { step: 'begin', reconciliationId },
    { step: 'end', reconciliationId },
  ]);
});

test('of a million cards hands over from run to run, and stays one reconciliation with one report', async () => {
  const { asked, report, run } = reconciliationOf(1_000);
  await run();
  expect(asked).toHaveLength(1_001);
  expect(new Set(asked.map(({ after }) => after)).size).toBe(1_001);
  expect(new Set(asked.map(({ reconciliationId }) => reconciliationId)).size).toBe(1);
  expect(report).toHaveLength(2);
});

test('asks a page again that failed, and looks at no card twice', async () => {
  let failures = 0;
  const { asked, run } = reconciliationOf(1, (number) => {
    if (number === 1 && failures < 3) {
      failures += 1;
      throw failure('DATABASE_UNREACHABLE', 'the database is away');
    }
  });
  await run();
  expect(failures).toBe(3);
  expect(asked.map(({ after }) => after)).toEqual([null, '000001']);
});

test('gives up a page that nobody gets done, ends its report with the reason, and lets the next reconciliation begin', async () => {
  const { report, run } = reconciliationOf(5, (number) => {
    if (number === 1) throw failure('DATABASE_UNREACHABLE', 'the database is away');
  });
  await run();
  expect(report.at(-1)).toMatchObject({ step: 'end', gaveUp: 'the database is away' });
});
