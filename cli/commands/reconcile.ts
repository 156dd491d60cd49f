import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { ReconciliationReport, CliContext } from '../../application/ports.ts';
import { printJson } from '../print-json.ts';
import type { Action } from '../action.ts';
import { TEXT } from '../text.ts';
import { readLimit } from './views.ts';

interface Json {
  readonly json?: boolean;
}

const WHOLE_HOURS = /^[1-9]\d{0,4}$/;
/** An hour at most: for so long no change of the card may begin. */
const WHOLE_SECONDS = /^([1-9]\d{0,2}|[12]\d{3}|3[0-5]\d{2}|3600)$/;

export const reconcileChangesCommand: Action<
  [options: Json & { readonly hours: string; readonly limit: string }]
> = async ({ desk, context }, { json, hours, limit }) => {
  if (!WHOLE_HOURS.test(hours)) throw new CommandError(TEXT.badHours(hours), EXIT.usage);
  const most = readLimit(limit);
  const report = await desk.reconcile({ hours: Number(hours), limit: most });
  const exitCode = tell(report, context, json);
  if (report.cards >= most) context.stderr.write(TEXT.reconciliationLimit(most));
  return exitCode;
};

interface CardOptions extends Json {
  readonly askCard?: boolean;
  readonly patience: string;
}

export const reconcileCardCommand: Action<[iccid: string, options: CardOptions]> = async (
  { desk, context },
  iccid,
  { json, askCard, patience },
) => {
  if (!WHOLE_SECONDS.test(patience)) throw new CommandError(TEXT.badPatience(patience), EXIT.usage);
  if (askCard === true) context.stderr.write(TEXT.asksCard(patience));
  const ask = { askedBy: context.user, patienceSeconds: Number(patience) };
  const report = await desk.reconcile({ iccid, ...(askCard === true && { ask }) });
  if (report.cards === 0) throw new CommandError(TEXT.noCard(iccid, context.invocation), EXIT.usage);
  if (json !== true && report.held !== undefined) context.stdout.write(TEXT.held(report.held));
  return tell(report, context, json);
};

export const reconciliationReportsCommand: Action<[options: Json & { readonly limit: string }]> = async (
  { desk, context: { stdout, stderr } },
  { json, limit },
) => {
  const reports = await desk.listReconciliationReports(readLimit(limit));
  if (json === true) printJson(stdout, reports);
  else if (reports.length === 0) stderr.write(TEXT.noReports);
  else for (const report of reports) stdout.write(TEXT.reconciliationSummary(report));
  return EXIT.ok;
};

export const reconciliationReportCommand: Action<[id: string | undefined, options: Json]> = async (
  { desk, context },
  id,
  { json },
) => {
  const report = await desk.findReconciliationReport(id);
  if (report === undefined) throw new CommandError(TEXT.noReport(id, context.invocation), EXIT.usage);
  if (json !== true) context.stdout.write(TEXT.reconciliationSummary(report));
  const exitCode = tell(report, context, json);
  if (report.found > report.findings.length || report.notJudged > report.leftOut.length)
    context.stderr.write(TEXT.notAll(report));
  return exitCode === EXIT.ok && (report.endedAt === null || report.gaveUp !== null) ? EXIT.unavailable : exitCode;
};

/** What disagrees is worse than what could not be looked at. */
function tell(report: ReconciliationReport, { stdout, stderr }: CliContext, json: boolean | undefined): number {
  const { findings } = report;
  const leftOut = byCard(report.leftOut);
  if (json === true) printJson(stdout, report);
  else {
    for (const finding of findings) stdout.write(TEXT.finding(finding));
    stdout.write(TEXT.reconciled(report, leftOut.size));
  }
  for (const [iccid, reasons] of leftOut) stderr.write(TEXT.notReconciled(iccid, [...reasons]));
  if (findings.length > 0) return EXIT.notChanged;
  return leftOut.size > 0 ? EXIT.unavailable : EXIT.ok;
}

/** Each card once, with every reason why it was left out. */
function byCard(leftOut: ReconciliationReport['leftOut']): ReadonlyMap<string, ReadonlySet<string>> {
  const reasons = new Map<string, Set<string>>();
  for (const { iccid, reason } of leftOut) reasons.set(iccid, (reasons.get(iccid) ?? new Set()).add(reason));
  return reasons;
}
