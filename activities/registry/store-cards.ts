import { sql } from 'kysely';
import { Secret } from '../../telecom/secret.ts';
import type { Database } from '../database/database.ts';
import type { Vault } from '../vault/vault.ts';
import type { CardRow } from './card-row.ts';
import { RegisteredCards } from './registered-cards.ts';

/** One row of a card file that is well formed. */
export interface NumberedCard {
  readonly line: number;
  readonly card: CardRow;
  /** Equal for equal rows, in any import. */
  readonly fingerprint: string;
}

type Reject = (row: { readonly line: number; readonly iccid: string }, reason: string) => Promise<void>;

interface SealedCard extends NumberedCard {
  readonly columns: Readonly<Record<string, unknown>>;
}

/** Stores a batch of cards and rejects those that the registry must not take; the same row a second time changes nothing. */
export async function storeCards(
  { database, vault }: { readonly database: Database; readonly vault: Vault },
  batch: readonly NumberedCard[],
  reject: Reject,
): Promise<{ readonly added: number; readonly updated: number; readonly unchanged: number }> {
  const outcome = { added: 0, updated: 0, unchanged: 0 };
  if (batch.length === 0) return outcome;
  const latest = new Map(batch.map((row) => [row.card.iccid, row]));
  const importedAs = await fingerprints(database, [...latest.keys()]);
  const changed: SealedCard[] = [];
  for (const row of batch) {
    const { iccid } = row.card;
    if (latest.get(iccid) !== row)
      await reject({ line: row.line, iccid }, 'iccid: a later row of this file has the same ICCID');
    else if (importedAs.get(iccid) === row.fingerprint) outcome.unchanged += 1;
    else changed.push({ ...row, columns: await sealedColumns(row, vault) });
  }
  if (changed.length === 0) return outcome;

  await database.transaction().execute(async (transaction) => {
    // One batch at a time, also of several imports: a number is looked for before it is taken.
    await sql`select pg_advisory_xact_lock(hashtext('rehome cards import'))`.execute(transaction);
    const registered = await RegisteredCards.read(transaction, changed);
    const taken: SealedCard[] = [];
    for (const row of changed) {
      const fault = registered.faultOf(row.card);
      if (fault === undefined) {
        registered.take(row.card);
        taken.push(row);
      } else await reject({ line: row.line, iccid: row.card.iccid }, fault);
    }
    const stored = await upsert(transaction, taken);
    for (const { line, card } of taken) {
      if (stored.has(card.iccid)) outcome[importedAs.has(card.iccid) ? 'updated' : 'added'] += 1;
      else
        await reject({ line, iccid: card.iccid }, 'iccid: a change of the card has just begun; import it again later');
    }
  });
  return outcome;
}

async function fingerprints(database: Database, iccids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ iccid: string; imported_as: string }>`
    select iccid, imported_as from cards where iccid = any(${iccids})`.execute(database);
  return new Map(rows.map((row) => [row.iccid, row.imported_as]));
}

/** Answers the ICCIDs that were stored: a card whose change began meanwhile is left as it is. */
async function upsert(database: Database, cards: readonly SealedCard[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ iccid: string }>`
    insert into cards (iccid, operator, imsi, msisdn, profile, kvn, cntr, sealed_adm1, sealed_kic, sealed_kid, imported_as, targets)
    select iccid, operator, imsi, msisdn, profile, kvn, cntr, decode(adm1, 'hex'), decode(kic, 'hex'), decode(kid, 'hex'), imported_as, targets
    from jsonb_to_recordset(${JSON.stringify(cards.map(({ columns }) => columns))}::jsonb)
      as row (iccid text, operator text, imsi text, msisdn text, profile text, kvn smallint, cntr bigint, adm1 text, kic text, kid text, imported_as text, targets text[])
    on conflict (iccid) do update set operator = excluded.operator, imsi = excluded.imsi, msisdn = excluded.msisdn,
      profile = excluded.profile, kvn = excluded.kvn, cntr = greatest(cards.cntr, excluded.cntr), sealed_adm1 = excluded.sealed_adm1,
      sealed_kic = excluded.sealed_kic, sealed_kid = excluded.sealed_kid, imported_as = excluded.imported_as, targets = excluded.targets, updated_at = now()
    where cards.moved_by is null and not exists (select from changes where changes.iccid = cards.iccid and not changes.ended)
    returning iccid`.execute(database);
  return new Set(rows.map((row) => row.iccid));
}

async function sealedColumns({ card, fingerprint }: NumberedCard, vault: Vault): Promise<Record<string, unknown>> {
  const sealHex = async (column: string, hex: string) =>
    (
      await vault.seal(Secret.of<Uint8Array>(Buffer.from(hex, 'hex')), { table: 'cards', column, row: card.iccid })
    ).toString('hex');
  const { iccid, operator, imsi, msisdn, profile, kvn, cntr = 0, targets } = card;
  return {
    ...{ iccid, operator, imsi, msisdn, profile, kvn, cntr, targets, imported_as: fingerprint },
    adm1: await sealHex('sealed_adm1', card.adm1),
    kic: await sealHex('sealed_kic', card.kic),
    kid: await sealHex('sealed_kid', card.kid),
  };
}
