import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON, type History } from '@temporalio/common/lib/proto-utils';

/** Who did it, on which machine, and where the source files lay: says nothing about the workflow, and much about the machine. */
const OF_THE_MACHINE = new Set(['identity', 'stackTrace']);

/** Writes the history of a workflow to a JSON file that a replay can read, with nothing in it of the machine that made it. */
export async function recordHistory(
  workflow: { history(): Promise<History> },
  { folder, name }: { readonly folder: string; readonly name: string },
): Promise<void> {
  const history: unknown = JSON.parse(historyToJSON(await workflow.history()));
  const text = JSON.stringify(history, (key, value: unknown) => (OF_THE_MACHINE.has(key) ? undefined : value), 1);
  writeFileSync(join(folder, `${name}.json`), `${text}\n`);
}
