import { sql } from 'kysely';
import type { GatewayFile } from '../config.ts';
import type { Store } from './store.ts';

/** A mark that the pool has just passed, and how many IMSIs it can give at once. */
export interface Passed {
  readonly mark: 'low' | 'recovered';
  readonly free: number;
}

interface Row {
  readonly givenOut: number;
  readonly returned: number;
  readonly isLow: boolean;
}

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
        (select count(*)::integer from ${tables.subscribers} where state = 'free' and number <= ${size}) as returned
      from ${tables.pool} for update`.execute(transaction);
    const { givenOut = 0, returned = 0, isLow = false } = rows[0] ?? {};
    const free = Math.max(size - givenOut, 0) + returned;
    const mark = !isLow && free <= lowWater ? 'low' : isLow && free >= recovered ? 'recovered' : undefined;
    if (mark === undefined) return undefined;
    await sql`update ${tables.pool} set low_since = ${mark === 'low' ? store.now() : null}`.execute(transaction);
    const kind = mark === 'low' ? 'poolLow' : 'poolRecovered';
    await store.note(transaction, { kind, detail: `${String(free)} of ${String(size)} left` });
    return { mark, free };
  });
}
