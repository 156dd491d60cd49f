import { setTimeout as delay } from 'node:timers/promises';
import { v7 as uuidv7 } from 'uuid';
import { ProvisioningClient } from '../adapters/provisioning/provisioning-client.ts';
import { rejectFileOf } from '../cli/commands/registry.ts';
import { EXIT, exitCodeOf } from '../cli/exit-codes.ts';
import { followChange, WatchEndedError } from '../application/follow-change.ts';
import { importProgress } from '../cli/import-progress.ts';
import { lookAtWorkflow } from '../application/look-at-workflow.ts';
import type { Output } from '../application/ports.ts';
import { printable } from '../cli/printable.ts';
import { quietTeller } from '../cli/quiet.ts';
import { Show } from '../cli/show.ts';
import { explain, TEXT } from '../cli/text.ts';
import { parseIccid, type Iccid } from '../telecom/identifiers/iccid.ts';
import type { Config } from '../temporal.config.ts';
import { demoNetwork, demoOperators } from '../workers/demo-network.ts';
import type { ConnectedDesk } from '../workers/application.ts';
import type { ChangeView, TimelineEntry } from '../application/views.ts';
import { finishEarlierChanges } from './earlier-changes.ts';
import { untilAnswered } from './until-answered.ts';

/** How a person runs the command line here. */
const REHOME = 'npm run -s rehome --';
/** `--once` ends also when its change does not. */
const ONCE_WITHIN_MILLISECONDS = 600_000;
const PUBLISHED_WITHIN_MILLISECONDS = 5_000;

interface DemoOptions {
  readonly output: Output;
  /** Everything stays up afterwards, so that nothing has to end. */
  readonly staysUp: boolean;
}

/** The main job: registers the example cards, finishes what an earlier run left open, and moves the next card. */
export async function runDemo(desk: ConnectedDesk, config: Config, { output, staysUp }: DemoOptions): Promise<number> {
  const { SIMULATOR_CARDS_FILE: file } = config.settings;
  const show = new Show(output, REHOME);
  const progress = importProgress(output);
  const counts = await desk
    .importCards({ file, rejectFile: rejectFileOf(file), onProgress: progress.update })
    .finally(progress.stop);
  output.write(`${file}: ${TEXT.imported(counts)}`);

  await finishEarlierChanges(desk, { output, rehome: REHOME });

  const move = await nextMove(desk, config);
  if (move === undefined) {
    output.write(`\nNo card is left that no change has touched. Next: ${REHOME} list\n`);
    return EXIT.notChanged;
  }
  const { iccid, source, target } = move;
  output.write(`\n${show.strong(`ICCID ${iccid} goes from ${source} to ${target}`)}\n`);
  const request = { requestId: uuidv7(), iccid, target, requestedBy: 'user:npm-start', reason: 'demonstration' };
  // The request id makes asking again safe.
  const answer = await untilAnswered(() => desk.requestChange(request));
  const changeId = answer.kind === 'started' ? answer.changeId : answer.runningChangeId;
  if (answer.kind === 'refused') output.write(`${printable(answer.reason)}\n`);
  if (changeId === undefined) return EXIT.notChanged;
  const followed = await follow(desk, { changeId, iccid }, { output, staysUp });
  if ('exitCode' in followed) return followed.exitCode;
  const { change } = followed;
  await tellWhatIsTrue(desk, config, { change, output, staysUp });
  return change.state === 'completedReleasePending' ? EXIT.notChanged : exitCodeOf(change.state);
}

/** The next card of operator 1 that no change has touched; when there is none, one of operator 2 the other way. */
async function nextMove(
  desk: ConnectedDesk,
  config: Config,
): Promise<{ iccid: Iccid; source: string; target: string } | undefined> {
  const [first, second] = demoOperators(config.settings);
  for (const [source, target] of [
    [first.id, second.id],
    [second.id, first.id],
  ] as const) {
    const card = await desk.nextCardToMove(source);
    if (card !== undefined) return { iccid: parseIccid(card.iccid), source, target };
  }
  return undefined;
}

/** Resolves to the exit code of a change that has not ended within the time of `--once`, or that nothing carries on. */
async function follow(
  desk: ConnectedDesk,
  { changeId, iccid }: { readonly changeId: string; readonly iccid: string },
  { output, staysUp }: DemoOptions,
): Promise<{ readonly change: ChangeView } | { readonly exitCode: number }> {
  const show = new Show(output, REHOME);
  try {
    return await followChange(desk, changeId, {
      ...{ iccid, onQuiet: quietTeller(output, REHOME) },
      ...(!staysUp && { signal: AbortSignal.timeout(ONCE_WITHIN_MILLISECONDS) }),
      onState: (entry, first) => output.write(show.entry(entry, first.at)),
      onAway: () => output.write(TEXT.waitsForDatabase),
    });
  } catch (cause) {
    if (!(cause instanceof WatchEndedError)) throw cause;
    const isLost = cause.why === 'workflowLost';
    output.write(isLost ? explain(TEXT.lost(changeId, REHOME)) : TEXT.stillOpen(changeId, REHOME));
    return { exitCode: EXIT.stillOpen };
  }
}

async function tellWhatIsTrue(
  desk: ConnectedDesk,
  config: Config,
  { change, output, staysUp }: { change: ChangeView; output: Output; staysUp: boolean },
): Promise<void> {
  const card = await desk.findCard(change.iccid);
  const timeline = await publishedTimeline(desk, change.changeId);
  const published = timeline.filter(({ publishedAt }) => publishedAt !== null);
  output.write(`\n${new Show(output, REHOME).strong('What is true now')}\n`);
  output.write(
    `  card      ICCID ${change.iccid} is at ${card?.operator ?? 'no operator'} with IMSI ${card?.imsi ?? 'none'}\n`,
  );
  for (const line of await askHlrs(config, change)) output.write(`  HLR       ${printable(line)}\n`);
  output.write(
    `  events    ${String(published.length)} on subscription-change.events: ${published.map(({ state, partition, offset }) => `${state} (${String(partition)}/${String(offset)})`).join(', ')}\n`,
  );
  const { runId } = await lookAtWorkflow(desk, change);
  output.write(`  workflow  ${desk.workflowLink({ ...change, runId })}\n`);
  output.write(
    `\n${new Show(output, REHOME).strong(staysUp ? 'Try next' : 'Try next, after `npm start`, which stays up')}\n`,
  );
  const back = card?.operator === change.target ? change.source : change.target;
  for (const command of [
    `status ${change.iccid}`,
    `timeline ${change.changeId}`,
    `cards show ${change.iccid}`,
    `change ${change.iccid} --to ${back ?? 'operator-1'} --wait`,
    'list --state completed',
  ]) {
    output.write(`  ${REHOME} ${command}\n`);
  }
}

/** The relay is a moment behind the timeline. */
async function publishedTimeline(desk: ConnectedDesk, changeId: string): Promise<TimelineEntry[]> {
  const deadline = Date.now() + PUBLISHED_WITHIN_MILLISECONDS;
  for (;;) {
    const timeline = await desk.readTimeline(changeId);
    if (timeline.every(({ publishedAt }) => publishedAt !== null) || Date.now() > deadline) return timeline;
    await delay(50);
  }
}

/** What both HLRs themselves say of the subscriptions of this change. */
async function askHlrs(config: Config, change: ChangeView): Promise<string[]> {
  const imsis = { [change.source ?? '']: change.sourceImsi, [change.target]: change.targetImsi };
  return Promise.all(
    demoNetwork(config).operators.map(async ({ id, provisioningUrl }) => {
      const imsi = imsis[id];
      if (!imsi) return `${id} is not concerned`;
      const gateway = new ProvisioningClient({ operator: id, url: provisioningUrl, tls: config.operatorTls });
      try {
        const { state, attached } = await gateway.subscriber(imsi);
        return `${id} has IMSI ${imsi} as ${state}, ${attached ? 'attached' : 'not attached'}`;
      } finally {
        await gateway.close();
      }
    }),
  );
}
