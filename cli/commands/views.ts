import { explain } from '../../workflows/explain.ts';
import { STATES, isState } from '../../workflows/states.ts';
import type { ChangeView, WorkflowView } from '../../workflows/views.ts';
import { CommandError, isAway } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Desk } from '../ports.ts';
import { printJson } from '../print-json.ts';
import type { Action } from '../program.ts';
import { Show } from '../show.ts';
import { TEXT } from '../text.ts';

interface Json {
  readonly json?: boolean;
}

export const statusCommand: Action<[asked: string, options: Json]> = async (
  { desk, context: { stdout, invocation } },
  asked,
  { json },
) => {
  const change = await existingChange(desk, asked, invocation);
  const link = desk.workflowLink(change.iccid);
  const workflow = change.ended ? null : await workflowOf(desk, change);
  const situation = change.ended ? undefined : await situationOf(desk, change);
  const explanation = explain({ ...change, ...(situation && { situation }) });
  const { cancellable } = STATES[change.state];
  if (json === true)
    printJson(stdout, { ...change, cancellable, link, workflow, situation: situation ?? null, ...explanation });
  else {
    const show = new Show(stdout);
    stdout.write(show.change(change));
    stdout.write(show.explanation(explanation));
    stdout.write(show.workflow(workflow, { link, resume: `${invocation} resume ${change.changeId}` }));
  }
  return EXIT.ok;
};

export const timelineCommand: Action<[asked: string, options: Json]> = async (
  { desk, context: { stdout, invocation } },
  asked,
  { json },
) => {
  const change = await existingChange(desk, asked, invocation);
  const timeline = await desk.readTimeline(change.changeId);
  if (json === true) {
    printJson(stdout, { changeId: change.changeId, iccid: change.iccid, timeline });
    return EXIT.ok;
  }
  const show = new Show(stdout);
  stdout.write(`${change.changeId}  ICCID ${change.iccid}  ${change.requestedAt.toISOString()}\n`);
  for (const entry of timeline) stdout.write(show.entry(entry, change.requestedAt));
  return EXIT.ok;
};

export const listCommand: Action<[options: Json & { readonly state?: string; readonly limit: string }]> = async (
  { desk, context: { stdout, stderr } },
  { json, state, limit },
) => {
  const changes = await desk.listChanges({ limit: readLimit(limit), ...(isState(state) && { state }) });
  if (json === true) {
    printJson(stdout, changes);
    return EXIT.ok;
  }
  if (changes.length === 0) stderr.write(TEXT.noChanges);
  const show = new Show(stdout);
  for (const change of changes) stdout.write(show.row(change));
  return EXIT.ok;
};

export const parkedCommand: Action<[options: Json & { readonly limit: string }]> = async (
  { desk, context: { stdout, stderr } },
  { json, limit },
) => {
  const events = await desk.listParkedEvents(readLimit(limit));
  if (json === true) printJson(stdout, events);
  else if (events.length === 0) stderr.write(TEXT.noParkedEvents);
  else for (const event of events) stdout.write(new Show(stdout).parked(event));
  return EXIT.ok;
};

export function readLimit(text: string): number {
  const limit = Number(text);
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new CommandError(
    { happened: `--limit ${text} is not a number above 0`, did: 'nothing was listed', next: 'give a whole number' },
    EXIT.usage,
  );
}

/** What only its workflow knows; nothing when Temporal is away, as for the workflow itself. */
const situationOf = (desk: Desk, change: ChangeView) =>
  desk.situationOf(change).catch((cause: unknown) => {
    if (!isAway(cause)) throw cause;
    return undefined;
  });

/** Nothing, when Temporal does not answer: where the change stands is known all the same. */
const workflowOf = (desk: Desk, change: ChangeView): Promise<WorkflowView | null> =>
  desk.viewWorkflow(change).catch((cause: unknown) => {
    if (!isAway(cause)) throw cause;
    return null;
  });

/** The change with this id, or of the card with this ICCID. */
export async function existingChange(desk: Desk, asked: string, invocation: string): Promise<ChangeView> {
  const change = await desk.findChange(asked);
  if (change === undefined) throw new CommandError(TEXT.noChange(asked, invocation), EXIT.usage);
  return change;
}
