import { parseIccid, type Iccid } from '../../telecom/identifiers/iccid.ts';
import { explain as explainChange } from '../../workflows/explanation/explain.ts';
import type { ChangeCheck, RequestAnswer } from '../../application/requests.ts';
import { CommandError, problemOf } from '../errors.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import { followChange, WatchEndedError } from '../../application/follow-change.ts';
import { lookAtWorkflow } from '../../application/look-at-workflow.ts';
import type { CliContext, Desk } from '../../application/ports.ts';
import { printJson } from '../print-json.ts';
import type { Action } from '../action.ts';
import { quietTeller } from '../quiet.ts';
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

type Started = Extract<RequestAnswer, { readonly kind: 'started' }>;

export const changeCommand: Action<[iccid: string, options: Options]> = async ({ desk, context }, text, options) => {
  const { stdout, stderr, invocation } = context;
  const { to: target, reason, requestId, wait, dryRun, json } = options;
  const iccid = readIccid(text);
  if (dryRun === true)
    return tellCheck(context, {
      ...{ iccid, target, json },
      check: await desk.checkChange({ iccid, target, requestedBy: context.user }),
    });
  if (requestId?.trim() === '') throw new CommandError(TEXT.blankRequestId, EXIT.usage);
  await checkTarget(desk, target, invocation);
  const answer = await desk.requestChange({
    ...{ iccid, target, requestedBy: context.user },
    ...(reason !== undefined && { reason }),
    ...(requestId !== undefined && { requestId }),
  });
  if (answer.kind === 'refused') {
    if (json === true) printJson(stdout, answer);
    stderr.write(explain(TEXT.refused(answer, invocation)));
    return EXIT.notChanged;
  }
  const { changeId } = answer;
  stderr.write(answer.repeated ? TEXT.repeated(changeId) : TEXT.started(changeId));
  const link = await linkOf(desk, answer, iccid);
  if (wait === true) return await waitForEnd({ desk, context }, { answer, iccid, link, json });
  if (json === true) printJson(stdout, { ...answer, link });
  else stdout.write(TEXT.next(changeId, invocation));
  return EXIT.ok;
};

/** A typo must not become a change that is rejected a moment later. */
async function checkTarget(desk: Desk, target: string, rehome: string): Promise<void> {
  const operators = (await desk.listOperators()).map(({ id }) => id);
  if (!operators.includes(target)) throw new CommandError(TEXT.unknownOperator(target, operators, rehome), EXIT.usage);
}

/** A request that was made before may have started a run that others have followed. */
async function linkOf(desk: Desk, { changeId, runId, repeated }: Started, iccid: string): Promise<string> {
  const run = repeated ? (await lookAtWorkflow(desk, { changeId, iccid })).runId : runId;
  return desk.workflowLink({ changeId, iccid, runId: run });
}

async function waitForEnd(
  { desk, context }: { readonly desk: Desk; readonly context: CliContext },
  {
    answer: { changeId, repeated },
    iccid,
    link,
    json,
  }: { readonly answer: Started; readonly iccid: string; readonly link: string; readonly json: boolean | undefined },
): Promise<number> {
  const { stdout, stderr, invocation } = context;
  const show = new Show(stderr, invocation);
  try {
    const { change, timeline } = await followChange(desk, changeId, {
      ...{ iccid, signal: context.interrupted(), onQuiet: quietTeller(stderr, invocation) },
      onState: (entry, first) => stderr.write(show.entry(entry, first.at)),
      onAway: () => stderr.write(TEXT.waitsForDatabase),
    });
    if (json === true) printJson(stdout, { ...change, repeated, link, timeline });
    else stdout.write(new Show(stdout, invocation).change(change, explainChange(change).state));
    return exitCodeOf(change.state);
  } catch (cause) {
    if (!(cause instanceof WatchEndedError)) throw cause;
    const { why, change, timeline } = cause;
    if (json === true)
      printJson(stdout, { ...(change ?? { changeId, iccid }), repeated, link, timeline, waitEnded: why });
    stderr.write(explain(why === 'interrupted' ? TEXT.goesOn(changeId, invocation) : TEXT.lost(changeId, invocation)));
    return why === 'interrupted' ? EXIT.interrupted : EXIT.stillOpen;
  }
}

/** Tells what a change would be told that is asked for now. */
function tellCheck(
  { stdout, stderr, invocation }: CliContext,
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
  const { checkAdminCode = false, overlapSeconds = 0, releaseDays = null, sameDevice = null } = check;
  const terms = { source, sourceImsi, smsc, askConsent, checkAdminCode, overlapSeconds, releaseDays, sameDevice };
  if (json === true) printJson(stdout, { ...asked, kind, ...terms });
  else stdout.write(new Show(stdout, invocation).admission({ ...check, iccid, target }));
  stderr.write(TEXT.dryRun);
  return EXIT.ok;
}

/** Reads an ICCID that a person typed. */
export function readIccid(text: string): Iccid {
  try {
    return parseIccid(text);
  } catch (cause) {
    throw new CommandError(TEXT.badIccid(text, problemOf(cause)), EXIT.usage);
  }
}
