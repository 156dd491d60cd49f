import { sql } from 'kysely';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { Msisdn } from '../../telecom/identifiers/msisdn.ts';
import type { PoolEntry } from './subscribers.ts';
import type { Database, Store } from './store.ts';

/**
 * `reserving`: an IMSI is chosen, the HLR may have it already. `reserved`: it can attach. `attached`: a card has, and it is nobody's
 * to take back. `withdrawing`: it is being barred. `withdrawn`: in quarantine; without IMSI, nothing was reserved and nothing will be.
 * `restoring`: out of quarantine, and being given its access back.
 */
export type ReservationState = 'reserving' | 'reserved' | 'attached' | 'withdrawing' | 'withdrawn' | 'restoring';

export interface Reservation {
  readonly changeId: string;
  readonly iccid: Iccid | null;
  readonly state: ReservationState;
  readonly subscriber: PoolEntry | undefined;
  readonly leaseUntil: Date | null;
}

interface Row {
  readonly iccid: Iccid | null;
  readonly state: ReservationState;
  readonly imsi: Imsi | null;
  readonly msisdn: Msisdn | null;
  readonly generation: number | null;
  readonly leaseUntil: Date | null;
}

interface Beginning {
  readonly changeId: string;
  readonly iccid: Iccid;
  readonly subscriber: PoolEntry;
  readonly leaseUntil: Date;
}

/** What the gateway holds for which change. */
export class ReservationBook {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async find(database: Database, changeId: string): Promise<Reservation | undefined> {
    const { reservations, subscribers } = this.#store.tables;
    const { rows } = await sql<Row>`
      select r.iccid, r.state, r.imsi, s.msisdn, r.generation, r.lease_until as "leaseUntil"
      from ${reservations} r left join ${subscribers} s using (imsi) where change_id = ${changeId}`.execute(database);
    const [row] = rows;
    if (row === undefined) return undefined;
    const { iccid, state, imsi, msisdn, generation, leaseUntil } = row;
    const subscriber = imsi && msisdn && generation ? { imsi, msisdn, generation } : undefined;
    return { changeId, iccid, state, subscriber, leaseUntil };
  }

  async begin(database: Database, { changeId, iccid, subscriber, leaseUntil }: Beginning): Promise<void> {
    const { imsi, generation } = subscriber;
    await sql`
      insert into ${this.#store.tables.reservations} (change_id, iccid, imsi, generation, state, lease_until, updated_at)
      values (${changeId}, ${iccid}, ${imsi}, ${generation}, 'reserving', ${leaseUntil}, ${this.#store.now()})`.execute(
      database,
    );
  }

  /** Forgets one that could not be begun, so that the change may take another IMSI. */
  async forget(database: Database, changeId: string): Promise<void> {
    await sql`delete from ${this.#store.tables.reservations} where change_id = ${changeId} and state = 'reserving'`.execute(
      database,
    );
  }

  /** Remembers that nothing is reserved for a change, now or later. */
  async refuseForEver(database: Database, changeId: string): Promise<void> {
    await sql`
      insert into ${this.#store.tables.reservations} (change_id, state, updated_at)
      values (${changeId}, 'withdrawn', ${this.#store.now()}) on conflict do nothing`.execute(database);
  }

  async enter(
    database: Database,
    changeId: string,
    { state, leaseUntil = null }: { readonly state: ReservationState; readonly leaseUntil?: Date | null },
  ): Promise<void> {
    await sql`
      update ${this.#store.tables.reservations}
      set state = ${state}, lease_until = ${leaseUntil}, updated_at = ${this.#store.now()}
      where change_id = ${changeId}`.execute(database);
  }

  /** Extends a lease; false when a card has attached meanwhile, which ends it for good. */
  async renew(database: Database, changeId: string, leaseUntil: Date): Promise<boolean> {
    const { rows } = await sql`
      update ${this.#store.tables.reservations} set lease_until = ${leaseUntil}, updated_at = ${this.#store.now()}
      where change_id = ${changeId} and state = 'reserved' returning change_id`.execute(database);
    return rows.length > 0;
  }

  /** Ends the lease of whatever reserved this IMSI: a card has attached with it, or it was a card's and is deleted. */
  async settle(database: Database, imsi: Imsi): Promise<void> {
    await sql`
      update ${this.#store.tables.reservations} set state = 'attached', lease_until = null, updated_at = ${this.#store.now()}
      where imsi = ${imsi} and state in ('reserving', 'reserved', 'restoring')`.execute(database);
  }

  /** Changes whose lease is over, or whose withdrawal was begun and not ended. */
  async due(limit: number): Promise<readonly string[]> {
    const { rows } = await sql<{ changeId: string }>`
      select change_id as "changeId" from ${this.#store.tables.reservations}
      where (state in ('reserving', 'reserved', 'restoring') and lease_until <= ${this.#store.now()}) or state = 'withdrawing'
      order by lease_until limit ${limit}`.execute(this.#store.database);
    return rows.map(({ changeId }) => changeId);
  }

  /** The IMSIs that wait for their first card. */
  async waiting(): Promise<readonly { readonly changeId: string; readonly imsi: Imsi }[]> {
    const { rows } = await sql<{ changeId: string; imsi: Imsi }>`
      select change_id as "changeId", imsi from ${this.#store.tables.reservations} where state = 'reserved'`.execute(
      this.#store.database,
    );
    return rows;
  }
}
