import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, statSync, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { parse, type Info } from 'csv-parse';
import { sql } from 'kysely';
import { Secret } from '../../telecom/secret.ts';
import type { Database } from '../database/database.ts';
import type { CardIndex } from '../vault/card-index.ts';
import type { Vault } from '../vault/vault.ts';
import { CARD_COLUMNS, CardRow } from './card-row.ts';
import { listOperators } from './operators.ts';

const BATCH_ROWS = 500;

export interface ImportResult {
  readonly read: number;
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly rejected: number;
  /** Where the rejected rows are explained; absent when there are none. */
  readonly rejectFile?: string;
}

export interface ImportOptions {
  readonly database: Database;
  readonly vault: Vault;
  readonly index: CardIndex;
  readonly file: string;
  readonly rejectFile: string;
  /** Called with the share of the file that has been read, 0 to 1. */
  readonly onProgress?: (share: number, rows: number) => void;
}

/** The file can't be read as a card file at all; nothing was imported. */
export class CardFileError extends Error {
  override readonly name = 'CardFileError';
}

interface Numbered {
  readonly line: number;
  readonly card: CardRow;
  readonly fingerprint: string;
}

/**
 * Registers the cards of a CSV file. Re-runnable: a row that was imported before changes nothing, a changed row replaces the old
 * one unless Rehome has moved the card since. Rows that can't be taken go to the reject file with line and reason.
 */
export async function importCards(options: ImportOptions): Promise<ImportResult> {
  const { file, rejectFile, onProgress } = options;
  const size = fileSize(file);
  const operators = new Set((await listOperators(options.database)).map((operator) => operator.id));
  const counts = { read: 0, added: 0, updated: 0, unchanged: 0, rejected: 0 };
  const rejects = new RejectFile(rejectFile);
  let batch: Numbered[] = [];
  const flush = async () => {
    const outcome = await storeBatch(options, batch, (row, reason) => rejects.add(row, reason));
    counts.added += outcome.added;
    counts.updated += outcome.updated;
    counts.unchanged += outcome.unchanged;
    batch = [];
  };

  const parser = createReadStream(file).pipe(
    parse({
      columns: checkHeader,
      info: true,
      bom: true,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
    }),
  );
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: Record<string, string>; info: Info }>) {
      counts.read += 1;
      const line = info.lines;
      const parsed = CardRow.safeParse(record);
      const iccid = record['iccid'] ?? '';
      if (!parsed.success) {
        await rejects.add(
          { line, iccid },
          parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '),
        );
      } else if (!operators.has(parsed.data.operator)) {
        await rejects.add({ line, iccid }, `operator: ${parsed.data.operator} is not registered`);
      } else {
        batch.push({ line, card: parsed.data, fingerprint: fingerprintOf(parsed.data, options.index) });
      }
      if (batch.length >= BATCH_ROWS) {
        await flush();
        onProgress?.(Math.min(1, info.bytes / size), counts.read);
      }
    }
    await flush();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && String(cause.code).startsWith('CSV_')) {
      throw new CardFileError(
        `${file} can't be read as CSV: ${cause.message}; ${String(counts.added + counts.updated)} cards before that place were imported`,
        { cause },
      );
    }
    throw cause;
  } finally {
    counts.rejected = await rejects.close();
  }
  onProgress?.(1, counts.read);
  return { ...counts, ...(counts.rejected > 0 && { rejectFile }) };
}

function fileSize(file: string): number {
  try {
    return Math.max(1, statSync(file).size);
  } catch (cause) {
    throw new CardFileError(`${file} can't be opened; nothing was imported`, { cause });
  }
}

function checkHeader(header: string[]): string[] {
  const missing = CARD_COLUMNS.filter((column) => !header.includes(column));
  if (missing.length > 0)
    throw new CardFileError(
      `the header lacks ${missing.join(', ')}; nothing was imported. Expected: ${CARD_COLUMNS.join(', ')}`,
    );
  return header;
}

/** Tells whether a row was imported before without opening what is sealed: a keyed hash, since the row holds keys. */
const fingerprintOf = (card: CardRow, index: CardIndex): string =>
  index.hash(createHash('sha256').update(JSON.stringify(card)).digest('hex'));

async function storeBatch(
  { database, vault }: ImportOptions,
  batch: readonly Numbered[],
  reject: (row: { line: number; iccid: string }, reason: string) => Promise<void>,
): Promise<{ added: number; updated: number; unchanged: number }> {
  const outcome = { added: 0, updated: 0, unchanged: 0 };
  if (batch.length === 0) return outcome;
  const latest = new Map(batch.map((row) => [row.card.iccid, row]));
  const { rows: known } = await sql<{ iccid: string; imported_as: string; moved_by: string | null }>`
    select iccid, imported_as, moved_by from cards where iccid = any(${[...latest.keys()]})`.execute(database);
  const existing = new Map(known.map((row) => [row.iccid, row]));

  const fresh: Record<string, unknown>[] = [];
  for (const row of batch) {
    const { card, fingerprint, line } = row;
    const before = existing.get(card.iccid);
    if (latest.get(card.iccid) !== row)
      await reject({ line, iccid: card.iccid }, 'iccid: a later row of this file has the same ICCID');
    else if (before?.imported_as === fingerprint) outcome.unchanged += 1;
    else if (before?.moved_by)
      await reject(
        { line, iccid: card.iccid },
        `iccid: the card has been moved by change ${before.moved_by}; the registry keeps what that change wrote`,
      );
    else {
      outcome[before === undefined ? 'added' : 'updated'] += 1;
      fresh.push(await sealedRow(card, fingerprint, vault));
    }
  }
  if (fresh.length > 0) {
    await sql`
      insert into cards (iccid, operator, imsi, msisdn, profile, kvn, sealed_adm1, sealed_kic, sealed_kid, imported_as)
      select iccid, operator, imsi, msisdn, profile, kvn, decode(adm1, 'hex'), decode(kic, 'hex'), decode(kid, 'hex'), imported_as
      from jsonb_to_recordset(${JSON.stringify(fresh)}::jsonb)
        as row (iccid text, operator text, imsi text, msisdn text, profile text, kvn smallint, adm1 text, kic text, kid text, imported_as text)
      on conflict (iccid) do update set operator = excluded.operator, imsi = excluded.imsi, msisdn = excluded.msisdn,
        profile = excluded.profile, kvn = excluded.kvn, sealed_adm1 = excluded.sealed_adm1, sealed_kic = excluded.sealed_kic,
        sealed_kid = excluded.sealed_kid, imported_as = excluded.imported_as, updated_at = now()
      where cards.moved_by is null`.execute(database);
  }
  return outcome;
}

async function sealedRow(card: CardRow, fingerprint: string, vault: Vault): Promise<Record<string, unknown>> {
  const sealHex = async (column: string, hex: string) =>
    (
      await vault.seal(Secret.of<Uint8Array>(Buffer.from(hex, 'hex')), { table: 'cards', column, row: card.iccid })
    ).toString('hex');
  const { iccid, operator, imsi, msisdn, profile, kvn } = card;
  return {
    ...{ iccid, operator, imsi, msisdn, profile, kvn, imported_as: fingerprint },
    adm1: await sealHex('sealed_adm1', card.adm1),
    kic: await sealHex('sealed_kic', card.kic),
    kid: await sealHex('sealed_kid', card.kid),
  };
}

/** Made at the first reject, so that a clean import leaves no file behind. */
class RejectFile {
  readonly #path: string;
  #stream: WriteStream | undefined;
  #count = 0;

  constructor(path: string) {
    this.#path = path;
  }

  async add(row: { readonly line: number; readonly iccid: string }, reason: string): Promise<void> {
    this.#stream ??= this.#open();
    this.#count += 1;
    const line = `${String(row.line)},${quoted(row.iccid)},${quoted(reason)}\n`;
    if (!this.#stream.write(line)) await once(this.#stream, 'drain');
  }

  async close(): Promise<number> {
    if (this.#stream !== undefined) {
      this.#stream.end();
      await once(this.#stream, 'finish');
    }
    return this.#count;
  }

  #open(): WriteStream {
    const stream = createWriteStream(this.#path);
    stream.write('"line","iccid","reason"\n');
    return stream;
  }
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
