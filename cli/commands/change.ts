import { parseIccid, type Iccid } from '../../telecom/identifiers/iccid.ts';
import type { ChangeCheck } from '../../workflows/requests.ts';
import { CommandError } from '../errors.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { followChange } from '../follow.ts';
import type { CliContext } from '../ports.ts';
import { printJson } from '../print-json.ts';
import type { Action } from '../program.ts';
import { Show } from '../show.ts';
import { explain, TEXT } from '../text.ts';

interface Options {
  readonly to: string;
  readonly reason?: string;
  readonly requestId?: string;
  readonly wait?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export const changeCommand: Action<[iccid: string, options: Options]> = async ({ desk, context }, text, options) => {
  const { stdout, stderr } = context;
  const { to: target, reason, requestId, wait, dryRun, json } = options;
  const iccid = readIccid(text);
  if (dryRun === true)
    return tellCheck(context, {
      ...{ iccid, target, json },
      check: await desk.checkChange({ iccid, target, requestedBy: context.user }),
    });
  const answer = await desk.requestChange({
    ...{ iccid, target, requestedBy: context.user },
    ...(reason !== undefined && { reason }),
    ...(requestId !== undefined && { requestId }),
  });
  if (answer.kind === 'refused') {
    if (json === true) printJson(stdout, answer);
    stderr.write(explain(TEXT.refused(answer, context.invocation)));
    return EXIT.notChanged;
  }
  const { changeId } = answer;
  const link = desk.workflowLink(iccid);
  stderr.write(answer.repeated ? TEXT.repeated(changeId) : TEXT.started(changeId));
  if (wait !== true) {
    if (json === true) printJson(stdout, { ...answer, link });
    else stdout.write(TEXT.next(changeId, context.invocation));
    return EXIT.ok;
  }
  const show = new Show(stderr);
  const { change, timeline } = await followChange(desk, changeId, {
    onState: (entry, first) => stderr.write(show.entry(entry, first.at)),
    onAway: () => stderr.write(TEXT.waitsForDatabase),
  });
  if (json === true) printJson(stdout, { ...change, repeated: answer.repeated, link, timeline });
  else stdout.write(new Show(stdout).change(change));
  return exitCodeOf(change.state);
};

/** Tells what a change would be told that is asked for now. */
function tellCheck(
  { stdout, stderr }: Pick<CliContext, 'stdout' | 'stderr'>,
  {
    iccid,
    target,
    check,
    json,
  }: {
    readonly iccid: Iccid;
    readonly target: string;
    readonly check: ChangeCheck;
    readonly json: boolean | undefined;
  },
): number {
  const asked = { dryRun: true, iccid, target };
  if (check.kind === 'rejected') {
    if (json === true) printJson(stdout, { ...asked, ...check });
    stderr.write(explain(TEXT.wouldBeRejected(check)));
    return EXIT.notChanged;
  }
  const { kind, source, sourceImsi, smsc, askConsent } = check;
  const { checkAdminCode = false, overlapSeconds = 0, releaseDays = null } = check;
  const terms = { source, sourceImsi, smsc, askConsent, checkAdminCode, overlapSeconds, releaseDays };
  if (json === true) printJson(stdout, { ...asked, kind, ...terms });
  else stdout.write(new Show(stdout).admission({ ...check, iccid, target }));
  stderr.write(TEXT.dryRun);
  return EXIT.ok;
}

/** Reads an ICCID that a person typed. */
export function readIccid(text: string): Iccid {
  try {
    return parseIccid(text);
  } catch (cause) {
    throw new CommandError(TEXT.badIccid(text, cause instanceof Error ? cause.message : String(cause)), EXIT.usage);
  }
}
