import { MEANINGS } from '../workflows/explanation/words.ts';
import type { TimelineEntry } from '../application/views.ts';
import type { WorkflowLook } from '../application/look-at-workflow.ts';
import type { Output } from '../application/ports.ts';
import { waitingLines } from './words/explanation.ts';

const REPEATED_AFTER_MILLISECONDS = 60_000;

/** Tells who follows a change what it waits for: when that changes, and once a minute. */
export function quietTeller(
  output: Output,
  rehome: string,
): (workflow: WorkflowLook, last: TimelineEntry | undefined) => void {
  let told = '';
  let toldAt = 0;
  return (workflow, last) => {
    const lines = linesOf(workflow, last, rehome);
    // The number of an attempt and its time change with each; what it is about does not.
    const about = lines.join('\n').replaceAll(/attempt \d+|next attempt at [^;]+; /g, '');
    if (about === told && Date.now() - toldAt < REPEATED_AFTER_MILLISECONDS) return;
    told = about;
    toldAt = Date.now();
    for (const line of lines) output.write(`    ${line}\n`);
  };
}

function linesOf(workflow: WorkflowLook, last: TimelineEntry | undefined, rehome: string): readonly string[] {
  if (workflow.running === null) return [`Temporal does not answer; the change goes on once it is back`];
  const waiting = waitingLines(workflow, rehome);
  if (waiting.length > 0) return waiting;
  return [last === undefined ? 'started; not begun yet' : `still ${last.state}: ${MEANINGS[last.state]}`];
}
