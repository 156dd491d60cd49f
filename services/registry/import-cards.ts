import { createHash } from 'node:crypto';
import type { Database } from '../../adapters/database/database.ts';
import type { CardProfiles } from '../packets/card-profiles.ts';
import type { CardIndex } from '../../adapters/vault/card-index.ts';
import type { Vault } from '../../adapters/vault/vault.ts';
import { validationMessage } from './validation-messages.ts';
import { CardFileError, readCardFile } from './card-file.ts';
import { cardRow, type CardRow } from './card-row.ts';
import { listOperators } from './operators.ts';
import { RejectFile } from './reject-file.ts';
import { storeCards, type NumberedCard } from './store-cards.ts';

const BATCH_ROWS = 500;

export interface ImportResult {
  readonly read: number;
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Of those that were updated: how many have another admin code now. */
  readonly codesChanged: number;
  readonly rejected: number;
  /** Where the rejected rows are explained; absent when there are none. */
  readonly rejectFile?: string;
}

export interface ImportOptions {
  readonly database: Database;
  readonly vault: Vault;
  readonly index: CardIndex;
  readonly profiles: CardProfiles;
  readonly file: string;
  readonly rejectFile: string;
  /** Called with the share of the file that has been read, 0 to 1. */
  readonly onProgress?: (share: number, rows: number) => void;
}

/** A row that can't be taken. */
interface Rejected {
  readonly line: number;
  readonly iccid: string;
  readonly reason: string;
}

/**
 * Registers the cards of a CSV file. Re-runnable: a row that was imported before changes nothing, a changed row replaces the old
 * one unless Rehome has moved the card since. Rows that can't be taken go to the reject file with line and reason.
 */
export async function importCards(options: ImportOptions): Promise<ImportResult> {
  const { database, index, profiles, file, rejectFile, onProgress } = options;
  const row = cardRow(profiles);
  const rejects = new RejectFile(rejectFile, file);
  const counts = { read: 0, added: 0, updated: 0, unchanged: 0, codesChanged: 0 };
  let batch: NumberedCard[] = [];
  let rejected: Rejected[] = [];
  const flush = async () => {
    const outcome = await storeCards(options, batch, ({ line, iccid }, reason) => {
      rejected.push({ line, iccid, reason });
      return Promise.resolve();
    });
    // In the order of the file, whether the row itself or the registry was the reason.
    for (const one of rejected.sort((a, b) => a.line - b.line)) await rejects.add(one, one.reason);
    rejected = [];
    counts.added += outcome.added;
    counts.updated += outcome.updated;
    counts.unchanged += outcome.unchanged;
    counts.codesChanged += outcome.codesChanged;
    batch = [];
  };
  try {
    const operators = new Set((await listOperators(database)).map(({ id }) => id));
    for await (const { line, cells, share } of readCardFile(file)) {
      counts.read += 1;
      const checked = check(cells, { row, operators });
      if ('fault' in checked) rejected.push({ line, iccid: cells['iccid'] ?? '', reason: checked.fault });
      else batch.push({ line, card: checked.card, ...fingerprintsOf(checked.card, index) });
      if (batch.length + rejected.length >= BATCH_ROWS) {
        await flush();
        onProgress?.(share, counts.read);
      }
    }
    await flush();
  } catch (cause) {
    if (cause instanceof CardFileError) cause.stored = counts.added + counts.updated;
    throw cause;
  } finally {
    await rejects.close();
  }
  onProgress?.(1, counts.read);
  return { ...counts, rejected: rejects.count, ...(rejects.count > 0 && { rejectFile }) };
}

function check(
  cells: Readonly<Record<string, string>>,
  { row, operators }: { readonly row: ReturnType<typeof cardRow>; readonly operators: ReadonlySet<string> },
): { readonly card: CardRow } | { readonly fault: string } {
  const parsed = row.safeParse(cells, { error: validationMessage });
  if (!parsed.success)
    return { fault: parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ') };
  const card = parsed.data;
  if (!operators.has(card.operator)) return { fault: `operator: ${card.operator} is not registered` };
  const unknown = card.targets?.filter((id) => !operators.has(id)) ?? [];
  if (unknown.length > 0) return { fault: `targets: ${unknown.join(', ')} is not registered` };
  return { card };
}

/**
 * Tells, without opening what is sealed, whether a row was imported before, and whether its admin code is another one: keyed hashes,
 * since the row holds keys and a code has so few digits that all of them can be tried.
 */
const fingerprintsOf = (card: CardRow, index: CardIndex): Pick<NumberedCard, 'fingerprint' | 'adm1Index'> => ({
  fingerprint: index.hash(createHash('sha256').update(JSON.stringify(card)).digest('hex')),
  adm1Index: index.hash(`adm1 ${card.iccid} ${card.adm1}`),
});
