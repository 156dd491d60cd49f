import { explain } from '../../workflows/explanation/explain.ts';
import { withSteps } from '../../workflows/explanation/steps.ts';
import { isState } from '../../workflows/shared/states.ts';
import type { ChangeView, UnrecordedChange } from '../../application/views.ts';
import { isAway } from '../../application/errors.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { lookAtWorkflow, type WorkflowLook } from '../../application/look-at-workflow.ts';
import type { CliContext, Desk } from '../../application/ports.ts';
import { printJson } from '../print-json.ts';
import type { Action } from '../action.ts';
import { Show } from '../show.ts';
import { TEXT } from '../text.ts';

interface Json {
  readonly json?: boolean;
}

/** So many questions to Temporal are under way at once. */
const LOOKS_AT_ONCE = 20;

export const statusCommand: Action<[asked: string, options: Json]> = async ({ desk, context }, asked, { json }) => {
  const { stdout, invocation } = context;
  const recorded = await desk.findChange(asked);
  const started = recorded?.ended === false ? undefined : await unrecorded(desk, asked, recorded);
  if (started !== undefined) return showUnrecorded({ desk, context }, started, json === true);
  const change = recorded ?? (await noChange(desk, asked, invocation));
  const workflow = await lookAtWorkflow(desk, change);
  const link = desk.workflowLink({ ...change, runId: workflow.runId });
  const isLost = !change.ended && workflow.running === false;
  // Of a lost change the closed run would still answer, as if it went on.
  const situation = change.ended || isLost ? undefined : await situationOf(desk, change);
  // An open change was admitted: no block holds it up.
  const card = change.ended ? await desk.findCard(change.iccid) : undefined;
  const { block, refusedCode } = card ?? { block: null, refusedCode: null };
  const known = { ...change, lost: isLost, ...(situation && { situation }), ...(card && { refusedCode }) };
  const explanation = withSteps(explain(known), change.ended ? { waiting: [] } : workflow);
  if (json === true) printJson(stdout, { ...change, block, refusedCode, link, workflow, explanation });
  else {
    const show = new Show(stdout, invocation);
    stdout.write(show.change(change, explanation.state));
    stdout.write(show.explanation(explanation, change.changeId));
    if (block !== null) stdout.write(show.block(change.iccid, block));
    if (refusedCode !== null) stdout.write(show.refusedCode(change.iccid, refusedCode));
    stdout.write(show.workflow(workflow, { link, change }));
  }
  return EXIT.ok;
};

/** Of a card whose newest recorded change has ended, Temporal may have a newer one; without Temporal the ended one is shown. */
const unrecorded = (
  desk: Desk,
  asked: string,
  recorded: ChangeView | undefined,
): Promise<UnrecordedChange | undefined> =>
  desk
    .findUnrecorded(asked)
    .then((found) => (found?.changeId === recorded?.changeId ? undefined : found))
    .catch((cause: unknown) => {
      if (recorded === undefined || !isAway(cause)) throw cause;
      return undefined;
    });

async function showUnrecorded(
  { desk, context: { stdout, invocation } }: { readonly desk: Desk; readonly context: CliContext },
  started: UnrecordedChange,
  json: boolean,
): Promise<number> {
  const workflow = await lookAtWorkflow(desk, started);
  const link = desk.workflowLink({ ...started, runId: workflow.runId });
  if (json) printJson(stdout, { ...started, state: null, ended: false, link, workflow });
  else {
    const show = new Show(stdout, invocation);
    stdout.write(show.unrecorded(started));
    stdout.write(show.waits(workflow));
    stdout.write(show.workflow(workflow, { link, change: { ...started, ended: false } }));
  }
  return EXIT.ok;
}

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
  const show = new Show(stdout, invocation);
  stdout.write(`${change.changeId}  ICCID ${change.iccid}  ${change.requestedAt.toISOString()}\n`);
  stdout.write(show.timeline(timeline, change.requestedAt));
  return EXIT.ok;
};

interface ListOptions extends Json {
  readonly state?: string;
  readonly open?: boolean;
  readonly limit: string;
}

export const listCommand: Action<[options: ListOptions]> = async (
  { desk, context: { stdout, stderr, invocation } },
  { json, state, open, limit },
) => {
  const changes = await desk.listChanges({
    limit: readLimit(limit),
    ...(isState(state) && { state }),
    ...(open === true && { open }),
  });
  const workflows = open === true ? await lookAtEach(desk, changes) : [];
  if (json === true) {
    printJson(stdout, open === true ? changes.map((one, index) => ({ ...one, workflow: workflows[index] })) : changes);
    return EXIT.ok;
  }
  if (changes.length === 0) stderr.write(TEXT.noChanges);
  if (workflows.some(({ running }) => running === null)) stderr.write(TEXT.workflowsNotKnown);
  const show = new Show(stdout, invocation);
  for (const [index, change] of changes.entries()) stdout.write(show.row(change, workflows[index]));
  return EXIT.ok;
};

/** The workflows of changes, in their order. */
async function lookAtEach(desk: Desk, changes: readonly ChangeView[]): Promise<WorkflowLook[]> {
  const looks: WorkflowLook[] = [];
  for (let begin = 0; begin < changes.length; begin += LOOKS_AT_ONCE) {
    const some = changes.slice(begin, begin + LOOKS_AT_ONCE);
    looks.push(...(await Promise.all(some.map((change) => lookAtWorkflow(desk, change)))));
  }
  return looks;
}

export const parkedCommand: Action<[options: Json & { readonly limit: string }]> = async (
  { desk, context: { stdout, stderr, invocation } },
  { json, limit },
) => {
  const events = await desk.listParkedEvents(readLimit(limit));
  if (json === true) printJson(stdout, events);
  else if (events.length === 0) stderr.write(TEXT.noParkedEvents);
  else for (const event of events) stdout.write(new Show(stdout, invocation).parked(event));
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

/** The change with this id, or of the card with this ICCID. */
export async function existingChange(desk: Desk, asked: string, invocation: string): Promise<ChangeView> {
  const change = await desk.findChange(asked);
  if (change !== undefined) return change;
  const started = await desk.findUnrecorded(asked);
  if (started !== undefined) throw new CommandError(TEXT.notBegun(started, invocation), EXIT.unavailable);
  return noChange(desk, asked, invocation);
}

/** Throws: a card that is registered and was never changed is told apart from a typo. */
async function noChange(desk: Desk, asked: string, invocation: string): Promise<never> {
  const card = await desk.findCard(asked);
  throw new CommandError(
    card === undefined ? TEXT.noChange(asked, invocation) : TEXT.neverChanged(card, invocation),
    EXIT.usage,
  );
}
