import { timingSafeEqual } from 'node:crypto';
import { sql } from 'kysely';
import type { Secret } from '../../telecom/secret.ts';
import type { Database } from '../../adapters/database/database.ts';
import { readKeyFile } from '../../adapters/vault/key-file.ts';
import type { Place } from '../../adapters/vault/seal.ts';
import type { Vault } from '../../adapters/vault/vault.ts';

/** A session key as the network file names it. */
export interface SessionKeyFile {
  readonly kid: string;
  readonly file: string;
}

interface Registration {
  readonly transaction: Database;
  readonly vault: Vault;
}

const placeOf = (operator: string, kid: string): Place => ({
  table: 'session_keys',
  column: 'sealed_key',
  row: `${operator}/${kid}`,
});

/** Makes these the session keys of an operator, sealed; says whether any of them changed. */
export async function registerSessionKeys(
  registration: Registration,
  operator: string,
  keys: readonly SessionKeyFile[],
): Promise<boolean> {
  const kids = keys.map(({ kid }) => kid);
  const { rows: removed } = await sql`
    delete from session_keys where operator = ${operator} and not (kid = any(${kids}::text[])) returning kid`.execute(
    registration.transaction,
  );
  let changed = removed.length > 0;
  for (const { kid, file } of keys) changed = (await register(registration, { operator, kid, file })) || changed;
  return changed;
}

async function register(
  { transaction, vault }: Registration,
  { operator, kid, file }: SessionKeyFile & { readonly operator: string },
): Promise<boolean> {
  const key = readKeyFile(file);
  const known = await findIn(transaction, { vault, operator, kid });
  if (known !== undefined && timingSafeEqual(known.reveal(), key.reveal())) return false;
  const sealed = await vault.seal(key, placeOf(operator, kid));
  await sql`
    insert into session_keys (operator, kid, sealed_key) values (${operator}, ${kid}, ${sealed})
    on conflict (operator, kid) do update set sealed_key = excluded.sealed_key, updated_at = now()`.execute(
    transaction,
  );
  return true;
}

interface Wanted {
  readonly vault: Vault;
  readonly operator: string;
  readonly kid: string;
}

async function findIn(database: Database, { vault, operator, kid }: Wanted): Promise<Secret<Uint8Array> | undefined> {
  const { rows } = await sql<{ sealed: Buffer }>`
    select sealed_key as sealed from session_keys where operator = ${operator} and kid = ${kid}`.execute(database);
  const [row] = rows;
  return row === undefined ? undefined : vault.open(row.sealed, placeOf(operator, kid));
}

/** The session key that an operator's gateway calls by this name. */
export function findSessionKey(
  { database, vault }: { readonly database: Database; readonly vault: Vault },
  operator: string,
  kid: string,
): Promise<Secret<Uint8Array> | undefined> {
  return findIn(database, { vault, operator, kid });
}
