import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { Secret } from '../../telecom/secret.ts';
import type { Database } from '../database/database.ts';
import { keyIdOf, seal, unseal, UnsealError, type DataKey, type Place } from './seal.ts';

const DATA_KEY_OCTETS = 32;
/** The key-encryption key seals only data keys, so its own number in a sealed value is fixed. */
const KEY_ENCRYPTION_KEY_ID = 0;
const placeOf = (id: number): Place => ({ table: 'data_keys', column: 'wrapped', row: String(id) });

/**
 * Seals secrets at rest under data keys, which the database keeps wrapped by the key-encryption key. New values take the newest
 * data key; old values name theirs, so that keys can be rotated.
 */
export class Vault {
  readonly #database: Database;
  readonly #keyEncryptionKey: DataKey;
  readonly #dataKeys = new Map<number, DataKey>();
  #newest: Promise<DataKey> | undefined;

  constructor(database: Database, keyEncryptionKey: Secret<Uint8Array>) {
    this.#database = database;
    this.#keyEncryptionKey = { id: KEY_ENCRYPTION_KEY_ID, key: keyEncryptionKey };
  }

  async seal(plain: Secret<Uint8Array>, place: Place): Promise<Buffer> {
    return seal(plain, await this.#newestKey(), place);
  }

  /** Throws UnsealError when key, place or octets are not those of the sealing. */
  async open(sealed: Uint8Array, place: Place): Promise<Secret<Uint8Array>> {
    return unseal(sealed, await this.#keyById(keyIdOf(sealed, place), place), place);
  }

  async #newestKey(): Promise<DataKey> {
    this.#newest ??= this.#loadNewest().catch((cause: unknown) => {
      this.#newest = undefined;
      throw cause;
    });
    return this.#newest;
  }

  async #loadNewest(): Promise<DataKey> {
    const newest = await this.#select(sql`select id, wrapped from data_keys order by id desc limit 1`);
    if (newest !== undefined) return newest;
    const fresh = Secret.of<Uint8Array>(randomBytes(DATA_KEY_OCTETS));
    const wrapped = seal(fresh, this.#keyEncryptionKey, placeOf(1));
    await sql`insert into data_keys (id, wrapped) values (1, ${wrapped}) on conflict do nothing`.execute(
      this.#database,
    );
    return this.#loadNewest();
  }

  async #keyById(id: number, place: Place): Promise<DataKey> {
    const known =
      this.#dataKeys.get(id) ?? (await this.#select(sql`select id, wrapped from data_keys where id = ${id}`));
    if (known === undefined) throw new UnsealError(place, `the data key ${String(id)} is not in the database`);
    return known;
  }

  async #select(query: ReturnType<typeof sql>): Promise<DataKey | undefined> {
    const { rows } = await query.execute(this.#database);
    const [row] = rows as { readonly id: number; readonly wrapped: Buffer }[];
    if (row === undefined) return undefined;
    const dataKey = { id: row.id, key: unseal(row.wrapped, this.#keyEncryptionKey, placeOf(row.id)) };
    this.#dataKeys.set(row.id, dataKey);
    return dataKey;
  }
}
