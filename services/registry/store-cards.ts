import { sql } from 'kysely';
import { Secret } from '../../telecom/secret.ts';
import type { Database } from '../../adapters/database/database.ts';
import type { Vault } from '../../adapters/vault/vault.ts';
import type { CardRow } from './card-row.ts';
import { RegisteredCards } from './registered-cards.ts';

/** One row of a card file that is well formed. */
export interface NumberedCard {
  readonly line: number;
  readonly card: CardRow;
  /** Equal for equal rows, in any import. */
  readonly fingerprint: string;
  /** Equal for the same admin code of the same card. */
  readonly adm1Index: string;
}

type Reject = (row: { readonly line: number; readonly iccid: string }, reason: string) => Promise<void>;

interface SealedCard extends NumberedCard {
  readonly columns: Readonly<Record<string, unknown>>;
}

interface Outcome {
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Of those that were updated: how many have another admin code now. */
  readonly codesChanged: number;
}

/** Stores a batch of cards and rejects those that the registry must not take; the same row a second time changes nothing. */
export async function storeCards(
  { database, vault }: { readonly database: Database; readonly vault: Vault },
  batch: readonly NumberedCard[],
  reject: Reject,
): Promise<Outcome> {
  const outcome = { added: 0, updated: 0, unchanged: 0, codesChanged: 0 };
  if (batch.length === 0) return outcome;
  const latest = new Map(batch.map((row) => [row.card.iccid, row]));
  const known = await fingerprints(database, [...latest.keys()]);
  const codesToLearn: NumberedCard[] = [];
  const changed: SealedCard[] = [];
  for (const row of batch) {
    const { iccid } = row.card;
    if (latest.get(iccid) !== row)
      await reject({ line: row.line, iccid }, 'iccid: a later row of this file has the same ICCID');
    else if (known.get(iccid)?.importedAs === row.fingerprint) {
      outcome.unchanged += 1;
      if (known.get(iccid)?.adm1Index === null) codesToLearn.push(row);
    } else changed.push({ ...row, columns: await sealedColumns(row, vault) });
  }
  await learnCodes(database, codesToLearn);
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
    for (const { line, card, adm1Index } of taken) {
      const before = known.get(card.iccid);
      if (stored.has(card.iccid)) {
        outcome[before === undefined ? 'added' : 'updated'] += 1;
        if (before?.adm1Index != null && before.adm1Index !== adm1Index) outcome.codesChanged += 1;
      } else
        await reject({ line, iccid: card.iccid }, 'iccid: a change of the card has just begun; import it again later');
    }
  });
  return outcome;
}

interface Known {
  readonly importedAs: string;
  /** Null in a row of an earlier version. */
  readonly adm1Index: string | null;
}

async function fingerprints(database: Database, iccids: readonly string[]): Promise<ReadonlyMap<string, Known>> {
  const { rows } = await sql<Known & { iccid: string }>`
    select iccid, imported_as as "importedAs", adm1_index as "adm1Index" from cards
    where iccid = any(${iccids})`.execute(database);
  return new Map(rows.map(({ iccid, ...known }) => [iccid, known]));
}

/** Rows of an earlier version that are imported as they are: their code is the one that the registry has. */
async function learnCodes(database: Database, rows: readonly NumberedCard[]): Promise<void> {
  if (rows.length === 0) return;
  const learned = rows.map(({ card: { iccid }, fingerprint, adm1Index }) => ({ iccid, fingerprint, adm1: adm1Index }));
  await sql`
    update cards set adm1_index = row.adm1
    from jsonb_to_recordset(${JSON.stringify(learned)}::jsonb) as row (iccid text, fingerprint text, adm1 text)
    where cards.iccid = row.iccid and cards.imported_as = row.fingerprint and cards.adm1_index is null`.execute(
    database,
  );
}

/** Answers the ICCIDs that were stored: a card whose change began meanwhile is left as it is. */
async function upsert(database: Database, cards: readonly SealedCard[]): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ iccid: string }>`
    insert into cards (iccid, operator, imsi, msisdn, profile, kvn, cntr, sealed_adm1, sealed_kic, sealed_kid, imported_as, targets, adm1_index)
    select iccid, operator, imsi, msisdn, profile, kvn, cntr, decode(adm1, 'hex'), decode(kic, 'hex'), decode(kid, 'hex'), imported_as, targets, adm1_index
    from jsonb_to_recordset(${JSON.stringify(cards.map(({ columns }) => columns))}::jsonb)
      as row (iccid text, operator text, imsi text, msisdn text, profile text, kvn smallint, cntr bigint, adm1 text, kic text, kid text, imported_as text, targets text[], adm1_index text)
    on conflict (iccid) do update set operator = excluded.operator, imsi = excluded.imsi, msisdn = excluded.msisdn,
      profile = excluded.profile, kvn = excluded.kvn, cntr = greatest(cards.cntr, excluded.cntr), sealed_adm1 = excluded.sealed_adm1,
      sealed_kic = excluded.sealed_kic, sealed_kid = excluded.sealed_kid, imported_as = excluded.imported_as, targets = excluded.targets,
      -- Not now(): whoever has approved a try of the code before may have done so since this transaction began.
      adm1_at = case when cards.adm1_index = excluded.adm1_index then cards.adm1_at else clock_timestamp() end,
      adm1_index = excluded.adm1_index, updated_at = now()
    where (cards.moved_by is null
        or (cards.operator, cards.imsi, cards.msisdn) = (excluded.operator, excluded.imsi, excluded.msisdn))
      and not exists (select from changes where changes.iccid = cards.iccid and not changes.ended)
    returning iccid`.execute(database);
  return new Set(rows.map((row) => row.iccid));
}

async function sealedColumns(
  { card, fingerprint, adm1Index }: NumberedCard,
  vault: Vault,
): Promise<Record<string, unknown>> {
  const sealHex = async (column: string, hex: string) =>
    (
      await vault.seal(Secret.of<Uint8Array>(Buffer.from(hex, 'hex')), { table: 'cards', column, row: card.iccid })
    ).toString('hex');
  const { iccid, operator, imsi, msisdn, profile, kvn, cntr = 0, targets } = card;
  return {
    ...{ iccid, operator, imsi, msisdn, profile, kvn, cntr, targets, imported_as: fingerprint, adm1_index: adm1Index },
    adm1: await sealHex('sealed_adm1', card.adm1),
    kic: await sealHex('sealed_kic', card.kic),
    kid: await sealHex('sealed_kid', card.kid),
  };
}
