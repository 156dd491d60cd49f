import { createReadStream, statSync } from 'node:fs';
import { CsvError, parse, type Info } from 'csv-parse';
import { CARD_COLUMNS } from './card-row.ts';

/** A longer record is no row of cards, but most likely the rest of the file after a quote that was not closed. */
const LONGEST_RECORD_OCTETS = 65_536;

/** The file can't be read as a card file; no message quotes what it holds. */
export class CardFileError extends Error {
  override readonly name: string = 'CardFileError';
  /** How many cards had been stored by then; they stay. */
  stored = 0;
}

export interface CardFileRecord {
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
  /** The share of the file that has been read, 0 to 1. */
  readonly share: number;
}

/** The records of a card file, one after the other, as many as memory holds at a time; throws CardFileError. */
export async function* readCardFile(file: string): AsyncGenerator<CardFileRecord> {
  const octets = sizeOf(file);
  const header = { read: false };
  const parser = parse({
    columns: (columns: string[]) => {
      header.read = true;
      return checkHeader(file, columns);
    },
    info: true,
    bom: true,
    trim: true,
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: LONGEST_RECORD_OCTETS,
  });
  const source = createReadStream(file);
  source.once('error', (cause) => {
    parser.destroy(new CardFileError(`${file} can't be read: ${cause.message}`));
  });
  try {
    for await (const { record, info } of source.pipe(parser) as AsyncIterable<{
      record: Record<string, string>;
      info: Info;
    }>)
      yield { line: info.lines, cells: record, share: Math.min(1, info.bytes / octets) };
  } catch (cause) {
    throw asFault(file, cause);
  } finally {
    source.destroy();
  }
  if (!header.read) throw new CardFileError(`${file} is empty: a card file begins with the names of its columns`);
}

/** What csv-parse says itself quotes the field, which may be a key. */
function asFault(file: string, cause: unknown): unknown {
  if (!(cause instanceof CsvError)) return cause;
  const problem = cause.code.replace(/^CSV_/, '').toLowerCase().replaceAll('_', ' ');
  return new CardFileError(`${file} can't be read as CSV: ${problem} in line ${String(cause['lines'])}`);
}

function sizeOf(file: string): number {
  try {
    const stat = statSync(file);
    if (!stat.isDirectory()) return Math.max(1, stat.size);
  } catch (cause) {
    throw new CardFileError(`${file} can't be read: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  throw new CardFileError(`${file} can't be read: it is a folder`);
}

function checkHeader(file: string, header: string[]): string[] {
  const missing = CARD_COLUMNS.filter((column) => !header.includes(column));
  if (missing.length > 0)
    throw new CardFileError(`the header of ${file} lacks ${missing.join(', ')}; it needs ${CARD_COLUMNS.join(', ')}`);
  return header;
}
