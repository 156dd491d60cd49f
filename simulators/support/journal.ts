import { randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

const Header = z.strictObject({ journal: z.uuid() });

interface JournalOptions<Fact> {
  readonly path: string;
  readonly fact: z.ZodType<Fact>;
  /** Says which facts, of those found, a later start no longer needs. */
  readonly compact?: (facts: readonly Fact[]) => readonly Fact[];
}

/**
 * Append-only file of facts: a header line, then one line for each group of facts that became true together.
 * A line is handed to the operating system before `append` returns, so facts survive the death of the process by any
 * signal (not a power cut), and a line that was cut off never counts: all facts of a group are kept, or none.
 */
export class Journal<Fact> {
  /** Identity of this file, to tell its facts from those of a data folder that was deleted and made again. */
  readonly id: string;
  /** What the file held when it was opened, in order. */
  readonly found: readonly Fact[];
  #descriptor: number | undefined;

  private constructor({ id, found, path }: { id: string; found: readonly Fact[]; path: string }) {
    this.id = id;
    this.found = found;
    this.#descriptor = openSync(path, 'a', 0o600);
  }

  static open<Fact>({ path, fact, compact = (facts) => facts }: JournalOptions<Fact>): Journal<Fact> {
    mkdirSync(dirname(path), { recursive: true });
    const lines = wholeLines(path);
    const [header, ...groups] = lines;
    const id = header === undefined ? randomUUID() : parsedLine({ path, line: header, number: 1 }, Header).journal;
    const found = groups.flatMap((line, index) => parsedLine({ path, line, number: index + 2 }, z.array(fact)));
    const kept = compact(found);
    // Written beside and renamed: a kill leaves the old file or the new one, and a cut-off last line is gone for good.
    writeFileSync(`${path}.new`, [{ journal: id }, ...kept.map((one) => [one])].map(asLine).join(''), { mode: 0o600 });
    renameSync(`${path}.new`, path);
    return new Journal({ id, found: kept, path });
  }

  /** Makes the facts durable, all or none. */
  append(facts: readonly Fact[]): void {
    if (this.#descriptor === undefined) throw new Error('the journal is closed: the simulator was stopped');
    writeSync(this.#descriptor, asLine(facts));
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}

function asLine(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}

function wholeLines(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
}

function parsedLine<T>(
  { path, line, number }: { path: string; line: string; number: number },
  schema: z.ZodType<T>,
): T {
  try {
    return schema.parse(JSON.parse(line));
  } catch (cause) {
    const problem = `line ${String(number)} of ${path} is not of this version of the simulator`;
    throw new Error(`${problem}. Nothing was changed; delete the folder to begin with fresh simulated networks.`, {
      cause,
    });
  }
}
