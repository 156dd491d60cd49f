import { mkdirSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

const TOO_LARGE = 20 * 1024 * 1024;

/** Opens a log for appending; one that has grown large is first put aside as `.1`. */
export function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size > TOO_LARGE) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}

/** The last lines of a log, indented, for an error message. */
export function tailOf(file: string, lines = 12): string {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return `  (${file} is empty)`;
  const all = readFileSync(file, 'utf8').trimEnd().split('\n');
  return [`last lines of ${file}:`, ...all.slice(-lines).map((line) => `  ${line}`)].join('\n');
}
