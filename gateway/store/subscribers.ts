import { sql } from 'kysely';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { Msisdn } from '../../telecom/identifiers/msisdn.ts';
import type { GatewayFile } from '../config.ts';
import { numbersAt } from './number-range.ts';
import type { Database, Store } from './store.ts';

/**
 * `free`: may be given out (again). `inUse`: reserved, or a subscriber of the operator. `quarantined`: barred at the HLR until its
 * time is over, then `removing`. `deleting`, `deleted`: released, gone from the HLR; rests before it is free. `taken`: the HLR has
 * somebody else there, a person has to look.
 */
export type SubscriberState = 'free' | 'inUse' | 'quarantined' | 'deleting' | 'deleted' | 'removing' | 'taken';

/** One subscription of the pool, in one of its lives. */
export interface PoolEntry {
  readonly imsi: Imsi;
  readonly msisdn: Msisdn;
  readonly generation: number;
}

/** What the gateway has noticed by itself of cards that used an IMSI. */
export interface Noticed {
  /** When it noticed that the last SQN had moved: vectors went to a serving node since it had looked before. */
  readonly seenAt: Date | null;
  /** The same in quarantine. */
  readonly refusedAt: Date | null;
}

interface NoticedRow extends Noticed {
  readonly sqn: number;
}

const DAY_MILLISECONDS = 86_400_000;

/** The IMSIs that the gateway gave out, or deleted: who has them, and until when one that was used rests. */
export class SubscriberBook {
  readonly #store: Store;
  readonly #pool: GatewayFile['pool'];
  readonly #quarantineDays: number;

  constructor(store: Store, { pool, quarantineDays }: Pick<GatewayFile, 'pool' | 'quarantineDays'>) {
    this.#store = store;
    this.#pool = pool;
    this.#quarantineDays = quarantineDays;
  }

  /** Takes one that was never given out, else one whose rest is over; undefined when the pool is empty. */
  async take(database: Database): Promise<PoolEntry | undefined> {
    return (await this.#takeNew(database)) ?? (await this.#takeRested(database));
  }

  /** What the gateway itself knows of an IMSI. */
  async state(imsi: Imsi): Promise<SubscriberState | undefined> {
    const { rows } = await sql<{ state: SubscriberState }>`
      select state from ${this.#store.tables.subscribers} where imsi = ${imsi}`.execute(this.#store.database);
    return rows[0]?.state;
  }

  /** Changes the state; `resting` counts from now, and only a state without rest has none. */
  async enter(database: Database, imsi: Imsi, state: SubscriberState): Promise<void> {
    const resting = state === 'quarantined' || state === 'deleted' ? this.#restsUntil() : null;
    const { subscribers } = this.#store.tables;
    await sql`
      insert into ${subscribers} (imsi, state, until, updated_at) values (${imsi}, ${state}, ${resting}, ${this.#store.now()})
      on conflict (imsi) do update set state = excluded.state, until = excluded.until, updated_at = excluded.updated_at`.execute(
      database,
    );
  }

  /** Begins the quarantine of one that is barred by now; from here on a moved SQN is one of a card that should not be there. */
  async quarantine(database: Database, imsi: Imsi, lastSqn: number | undefined): Promise<void> {
    await this.enter(database, imsi, 'quarantined');
    await sql`
      update ${this.#store.tables.subscribers} set sqn = ${lastSqn ?? null}, refused_at = null, held_at = null
      where imsi = ${imsi}`.execute(database);
  }

  /** Takes one out of quarantine again; false when it is no longer there, or in another life. */
  async restore(database: Database, { imsi, generation }: Pick<PoolEntry, 'imsi' | 'generation'>): Promise<boolean> {
    const { rows } = await sql`
      update ${this.#store.tables.subscribers}
      set state = 'inUse', until = null, refused_at = null, held_at = null, updated_at = ${this.#store.now()}
      where imsi = ${imsi} and generation = ${generation} and state in ('quarantined', 'inUse') returning imsi`.execute(
      database,
    );
    return rows.length > 0;
  }

  /** Those in quarantine. */
  async inQuarantine(): Promise<readonly Imsi[]> {
    const { rows } = await sql<{ imsi: Imsi }>`
      select imsi from ${this.#store.tables.subscribers} where state = 'quarantined'`.execute(this.#store.database);
    return rows.map(({ imsi }) => imsi);
  }

  /** Compares the last SQN with the one it saw before; undefined for an IMSI that is not one of the pool. */
  async noticeSqn(imsi: Imsi, lastSqn: number): Promise<Noticed | undefined> {
    const { subscribers } = this.#store.tables;
    const { rows } = await sql<NoticedRow>`
      select coalesce(sqn, 0)::float8 as sqn, seen_at as "seenAt", refused_at as "refusedAt"
      from ${subscribers} where imsi = ${imsi} and number is not null`.execute(this.#store.database);
    const [row] = rows;
    // One that was made anew counts from 0; any other lower one was read before the one that is known.
    if (row === undefined || lastSqn === row.sqn || (lastSqn < row.sqn && lastSqn !== 0)) return row;
    const moved = lastSqn > row.sqn ? this.#store.now() : null;
    const { rows: updated } = await sql<Noticed>`
      update ${subscribers} set sqn = ${lastSqn}, seen_at = coalesce(${moved}::timestamptz, seen_at),
        refused_at = case when state = 'quarantined' then coalesce(${moved}::timestamptz, refused_at) end
      where imsi = ${imsi} returning seen_at as "seenAt", refused_at as "refusedAt"`.execute(this.#store.database);
    return updated[0];
  }

  /** Keeps one in quarantine when its time is over; true the first time. */
  async holdBack(imsi: Imsi): Promise<boolean> {
    return this.#store.database.transaction().execute(async (transaction) => {
      const { rows } = await sql`
        update ${this.#store.tables.subscribers} set held_at = ${this.#store.now()}
        where imsi = ${imsi} and state = 'quarantined' and held_at is null returning imsi`.execute(transaction);
      if (rows.length > 0) await this.#store.note(transaction, { kind: 'heldBack', imsi });
      return rows.length > 0;
    });
  }

  /** Those of the pool whose rest is over, or whose removal was begun and not ended; those that were held back before come last. */
  async rested(limit: number): Promise<readonly Imsi[]> {
    const { rows } = await sql<{ imsi: Imsi }>`
      select imsi from ${this.#store.tables.subscribers}
      where number is not null and state in ('quarantined', 'deleted', 'removing') and (until is null or until <= ${this.#store.now()})
      order by held_at nulls first, until limit ${limit}`.execute(this.#store.database);
    return rows.map(({ imsi }) => imsi);
  }

  /** Those whose deletion was begun and not ended. */
  async beingDeleted(): Promise<readonly Imsi[]> {
    const { rows } = await sql<{ imsi: Imsi }>`
      select imsi from ${this.#store.tables.subscribers} where state = 'deleting'`.execute(this.#store.database);
    return rows.map(({ imsi }) => imsi);
  }

  /** Begins to take one back into the pool; false when it is no longer at rest. */
  async beginRemoval(imsi: Imsi): Promise<boolean> {
    const { rows } = await sql`
      update ${this.#store.tables.subscribers} set state = 'removing', updated_at = ${this.#store.now()}
      where imsi = ${imsi} and (state = 'removing' or (state in ('quarantined', 'deleted') and until <= ${this.#store.now()}))
      returning imsi`.execute(this.#store.database);
    return rows.length > 0;
  }

  /** Ends it: the IMSI may be given out again, with the keys of its next generation. */
  async giveBack(imsi: Imsi): Promise<void> {
    await this.#store.database.transaction().execute(async (transaction) => {
      const { rows } = await sql`
        update ${this.#store.tables.subscribers}
        set state = 'free', until = null, generation = generation + 1,
          sqn = null, seen_at = null, refused_at = null, held_at = null, updated_at = ${this.#store.now()}
        where imsi = ${imsi} and state = 'removing' returning imsi`.execute(transaction);
      if (rows.length > 0) await this.#store.note(transaction, { kind: 'givenBack', imsi });
    });
  }

  async #takeNew(database: Database): Promise<PoolEntry | undefined> {
    const { pool, subscribers } = this.#store.tables;
    const { rows } = await sql<{ number: number }>`
      update ${pool} set given_out = given_out + 1 where given_out < ${this.#pool.size} returning given_out as number`.execute(
      database,
    );
    const number = rows[0]?.number;
    if (number === undefined) return undefined;
    const { imsi, msisdn } = numbersAt(this.#pool, number);
    await sql`
      insert into ${subscribers} (imsi, number, msisdn, state, updated_at)
      values (${imsi}, ${number}, ${msisdn}, 'inUse', ${this.#store.now()})`.execute(database);
    return { imsi, msisdn, generation: 1 };
  }

  async #takeRested(database: Database): Promise<PoolEntry | undefined> {
    const { subscribers } = this.#store.tables;
    const { rows } = await sql<PoolEntry>`
      update ${subscribers} set state = 'inUse', until = null, updated_at = ${this.#store.now()}
      where imsi = (
        select imsi from ${subscribers} where state = 'free' and number <= ${this.#pool.size}
        order by updated_at limit 1 for update skip locked
      ) returning imsi, msisdn, generation`.execute(database);
    return rows[0];
  }

  #restsUntil(): Date {
    return new Date(this.#store.now().getTime() + this.#quarantineDays * DAY_MILLISECONDS);
  }
}
