import { accessSync, constants, statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CardFileError } from './card-file.ts';

const OWNER_ONLY = 0o600;
const HEADER = '"line","iccid","reason"\n';

/** The rejected rows of a card file can't be told. */
export class RejectFileError extends CardFileError {
  override readonly name = 'RejectFileError';
}

/** Lists the rows that were not taken, with line and reason. Made at the first reject, so that a clean import leaves no file behind. */
export class RejectFile {
  readonly #path: string;
  #handle: FileHandle | undefined;
  #count = 0;

  /** Throws RejectFileError when rejects could not be told, before anything is imported. */
  constructor(path: string, cardFile: string) {
    this.#path = path;
    if (isSameFile(path, cardFile))
      throw new RejectFileError(`${path} is the card file itself; the rejected rows would replace it`);
    try {
      accessSync(dirname(path), constants.W_OK);
      if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) throw new Error('it is a folder');
    } catch (cause) {
      throw this.#unwritable(cause);
    }
  }

  get count(): number {
    return this.#count;
  }

  async add(row: { readonly line: number; readonly iccid: string }, reason: string): Promise<void> {
    try {
      this.#handle ??= await this.#open();
      await this.#handle.appendFile(`${String(row.line)},${cell(printableIccid(row.iccid))},${cell(reason)}\n`);
    } catch (cause) {
      throw this.#unwritable(cause);
    }
    this.#count += 1;
  }

  async close(): Promise<void> {
    await this.#handle?.close();
  }

  async #open(): Promise<FileHandle> {
    const handle = await open(this.#path, 'w', OWNER_ONLY);
    // A file of an earlier import may be open to others; a device must keep its mode.
    if ((await handle.stat()).isFile()) await handle.chmod(OWNER_ONLY);
    await handle.appendFile(HEADER);
    return handle;
  }

  #unwritable(cause: unknown): RejectFileError {
    const problem = cause instanceof Error ? cause.message : String(cause);
    return new RejectFileError(`the reject file ${this.#path} can't be written: ${problem}`);
  }
}

/** In a row that is shifted, another cell stands here, which may be a key: none has 19 or 20 digits. */
const printableIccid = (text: string): string => (/^\d{19,20}$/.test(text) ? text : '');

/** A text that a spreadsheet would take as a formula begins with an apostrophe. */
const cell = (text: string): string => `"${/^[=+\-@\t\r]/.test(text) ? "'" : ''}${text.replaceAll('"', '""')}"`;

function isSameFile(path: string, other: string): boolean {
  const [a, b] = [path, other].map((name) => statSync(name, { throwIfNoEntry: false }));
  return a !== undefined && b !== undefined && a.isFile() && a.dev === b.dev && a.ino === b.ino;
}
