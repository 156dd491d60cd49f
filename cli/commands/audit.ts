import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { AuditReport, CliContext } from '../ports.ts';
import { printJson } from '../print-json.ts';
import type { Action } from '../program.ts';
import { TEXT } from '../text.ts';
import { readLimit } from './views.ts';

interface Json {
  readonly json?: boolean;
}

const WHOLE_HOURS = /^[1-9]\d{0,4}$/;

export const auditChangesCommand: Action<[options: Json & { readonly hours: string; readonly limit: string }]> = async (
  { desk, context },
  { json, hours, limit },
) => {
  if (!WHOLE_HOURS.test(hours)) throw new CommandError(TEXT.badHours(hours), EXIT.usage);
  return tell(await desk.audit({ hours: Number(hours), limit: readLimit(limit) }), context, json);
};

export const auditCardCommand: Action<[iccid: string, options: Json]> = async ({ desk, context }, iccid, { json }) => {
  const report = await desk.audit({ iccid });
  if (report.cards === 0) throw new CommandError(TEXT.noCard(iccid, context.invocation), EXIT.usage);
  return tell(report, context, json);
};

/** What disagrees is worse than what could not be looked at. */
function tell(report: AuditReport, { stdout, stderr }: CliContext, json: boolean | undefined): number {
  const { findings, leftOut } = report;
  if (json === true) printJson(stdout, report);
  else {
    for (const finding of findings) stdout.write(TEXT.finding(finding));
    stdout.write(TEXT.audited(report));
  }
  for (const one of leftOut) stderr.write(TEXT.notAudited(one));
  if (findings.length > 0) return EXIT.notChanged;
  return leftOut.length > 0 ? EXIT.unavailable : EXIT.ok;
}
