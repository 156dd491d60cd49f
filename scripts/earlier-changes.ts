import { followChange, WatchEndedError } from '../application/follow-change.ts';
import type { Desk, Output } from '../application/ports.ts';
import { printable } from '../cli/printable.ts';
import { quietTeller } from '../cli/quiet.ts';
import { Show } from '../cli/show.ts';
import { TEXT } from '../cli/text.ts';
import type { ChangeView } from '../application/views.ts';
import { untilAnswered } from './until-answered.ts';

/** Changes that an earlier run left open and that are waited for. */
const UNFINISHED_LIMIT = 20;
/** How long all of them together are waited for. */
const WAIT_MILLISECONDS = 10_000;

type EarlierDesk = Pick<Desk, 'listChanges' | 'resumeChange' | 'findChange' | 'readTimeline' | 'viewWorkflow'>;

/**
 * Changes that were open when an earlier run ended go on by themselves; those whose workflow was lost are given a new one, all of
 * them before any is waited for. They are shown for some seconds; what is open then is named, and goes on.
 */
export async function finishEarlierChanges(
  desk: EarlierDesk,
  {
    output,
    rehome,
    waitMilliseconds = WAIT_MILLISECONDS,
  }: { readonly output: Output; readonly rehome: string; readonly waitMilliseconds?: number },
): Promise<void> {
  const open = await desk.listChanges({ open: true, limit: UNFINISHED_LIMIT });
  for (const { changeId } of open) await untilAnswered(() => desk.resumeChange(changeId));
  const signal = AbortSignal.timeout(waitMilliseconds);
  for (const change of open) await showEnd(desk, change, { output, rehome, signal });
}

async function showEnd(
  desk: EarlierDesk,
  { changeId, iccid, state, detail }: ChangeView,
  { output, rehome, signal }: { readonly output: Output; readonly rehome: string; readonly signal: AbortSignal },
): Promise<void> {
  const show = new Show(output, rehome);
  if (state === 'inDoubt') {
    output.write(`\nchange ${changeId} of an earlier run is in doubt: ${printable(detail)}\n`);
    return;
  }
  output.write(`\n${show.strong(`goes on with change ${changeId} of an earlier run`)}: ICCID ${iccid}\n`);
  try {
    await followChange(desk, changeId, {
      ...{ iccid, signal, onQuiet: quietTeller(output, rehome) },
      onState: (entry, first) => output.write(show.entry(entry, first.at)),
      onAway: () => output.write(TEXT.waitsForDatabase),
    });
  } catch (cause) {
    if (!(cause instanceof WatchEndedError)) throw cause;
    output.write(TEXT.stillOpen(changeId, rehome));
  }
}
