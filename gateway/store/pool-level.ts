import { sql } from 'kysely';
import type { GatewayFile } from '../config.ts';
import type { Store } from './store.ts';

/** A mark that the pool has just passed, and how many IMSIs it can give at once. */
export interface Passed {
  readonly mark: 'low' | 'recovered';
  readonly free: number;
}

/** How many IMSIs the pool can give at once, of how many that it has. */
export interface PoolLevel {
  readonly free: number;
  readonly size: number;
}

interface Row {
  readonly givenOut: number;
  readonly returned: number;
  readonly isLow: boolean;
}

/** How full the pool is now. Quarantined IMSIs are not free. */
export async function poolLevel(store: Store, { size }: GatewayFile['pool']): Promise<PoolLevel> {
  const { rows } = await sql<Pick<Row, 'givenOut' | 'returned'>>`
    select given_out as "givenOut", ${returnedTo(store, size)} as returned from ${store.tables.pool}`.execute(
    store.database,
  );
  return { free: freeOf(rows[0], size), size };
}

const returnedTo = ({ tables }: Store, size: number) => sql`
  (select count(*)::integer from ${tables.subscribers} where state = 'free' and number <= ${size})`;

const freeOf = ({ givenOut = 0, returned = 0 }: Partial<Row> = {}, size: number): number =>
  Math.max(size - givenOut, 0) + returned;

/**
 * Says when the pool has become low, or has recovered from that, once each over all processes of the gateway, and writes it into the
 * history. Only twice the low water is a recovery: one IMSI that comes and goes is no news.
 */
export function passedMark(store: Store, pool: GatewayFile['pool']): Promise<Passed | undefined> {
  const { size, lowWater = Math.floor(size / 10) } = pool;
  const recovered = Math.min(Math.max(2 * lowWater, lowWater + 1), size);
  const { tables } = store;
  return store.database.transaction().execute(async (transaction) => {
    const { rows } = await sql<Row>`
      select given_out as "givenOut", low_since is not null as "isLow",
        ${returnedTo(store, size)} as returned
      from ${tables.pool} for update`.execute(transaction);
    const { isLow = false } = rows[0] ?? {};
    const free = freeOf(rows[0], size);
    const mark = !isLow && free <= lowWater ? 'low' : isLow && free >= recovered ? 'recovered' : undefined;
    if (mark === undefined) return undefined;
    await sql`update ${tables.pool} set low_since = ${mark === 'low' ? store.now() : null}`.execute(transaction);
    const kind = mark === 'low' ? 'poolLow' : 'poolRecovered';
    await store.note(transaction, { kind, detail: `${String(free)} of ${String(size)} left` });
    return { mark, free };
  });
}
