import type { Iccid } from '../telecom/identifiers/iccid.ts';
import type { Msisdn } from '../telecom/identifiers/msisdn.ts';
import type { Imsi } from '../telecom/identifiers/imsi.ts';
import { HlrError } from './hlr.ts';
import { refusal } from './http/problem.ts';
import { subscriberKeys } from './keys.ts';
import type { Operator } from './operator.ts';
import { sealCredentials } from './sealed-credentials.ts';
import { poolLevel, type PoolLevel } from './store/pool-level.ts';
import type { Reservation } from './store/reservations.ts';
import type { Database } from './store/store.ts';
import type { PoolEntry } from './store/subscribers.ts';

const DAY_MILLISECONDS = 86_400_000;
/** How many IMSIs that the HLR has given to somebody else are passed over before a person has to look. */
const MOST_TAKEN = 5;

export interface ReservationAnswer {
  readonly imsi: Imsi;
  readonly msisdn: Msisdn;
  readonly leaseUntil: string;
  /** K and OPc, wrapped under the session key. */
  readonly credentials: string;
}

interface Request {
  readonly changeId: string;
  readonly iccid: Iccid;
}

/**
 * Reserves one subscriber for one change: the choice is durable (`reserving`) before the HLR is told, so that whatever ends this
 * process in between, the repeated call finds it, makes the same subscriber, and answers the same.
 */
export async function reserve(operator: Operator, request: Request): Promise<ReservationAnswer> {
  const { store, reservations, keys, sessionKey } = operator;
  const { changeId } = request;
  await refuseUnlessAllowed(operator, changeId);
  return store.locked(`change/${changeId}`, async (database) => {
    const known = await reservations.find(database, changeId);
    if (known !== undefined) refuseUnlessOpen(known, request);
    const subscriber =
      known?.subscriber === undefined
        ? await reserveNew(operator, database, request)
        : await again(operator, database, known);
    const leaseUntil = leaseFromNow(operator);
    await database.transaction().execute(async (transaction) => {
      await reservations.enter(transaction, changeId, { state: 'reserved', leaseUntil });
      if (known?.state !== 'reserved')
        await store.note(transaction, { kind: 'reserved', changeId, imsi: subscriber.imsi });
    });
    const { imsi, msisdn } = subscriber;
    const credentials = await sealCredentials({ changeId, imsi, ...subscriberKeys(keys, subscriber) }, sessionKey);
    return { imsi, msisdn, leaseUntil: leaseUntil.toISOString(), credentials };
  });
}

/** How many IMSIs a new change could be given now: none while the operator lets nothing be reserved. */
export async function showPool({ store, config, backOffice }: Operator): Promise<PoolLevel> {
  const { reserve: allowed } = await backOffice.permissions();
  const level = await poolLevel(store, config.pool);
  return allowed ? level : { ...level, free: 0 };
}

/** Extends the lease of a reservation that waits for its card; null: a card has attached, and nothing runs out any more. */
export function renew(
  { store, reservations, ...operator }: Operator,
  changeId: string,
): Promise<{ readonly leaseUntil: string | null }> {
  return store.locked(`change/${changeId}`, async (database) => {
    const known = await reservations.find(database, changeId);
    if (known === undefined || known.state === 'reserving')
      throw refusal('RESERVATION_UNKNOWN', 'nothing is reserved for this change', 404);
    refuseWithdrawn(known);
    if (known.state === 'attached') return { leaseUntil: null };
    const leaseUntil = leaseFromNow({ store, ...operator });
    const renewed = await reservations.renew(database, changeId, leaseUntil);
    return { leaseUntil: renewed ? leaseUntil.toISOString() : null };
  });
}

/** The subscription as the HLR is told of it. */
export const hlrEntry = ({ keys }: Pick<Operator, 'keys'>, entry: PoolEntry) => ({
  imsi: entry.imsi,
  msisdn: entry.msisdn,
  ...subscriberKeys(keys, entry),
});

function refuseUnlessOpen(known: Reservation, { iccid }: Request): void {
  refuseWithdrawn(known);
  if (known.iccid !== iccid)
    throw refusal('CHANGE_ID_REUSED', 'this change has reserved a subscriber for another card');
  if (known.state === 'attached') throw used();
}

function refuseWithdrawn({ state, iccid }: Reservation): void {
  if (state !== 'withdrawn' && state !== 'withdrawing' && state !== 'restoring') return;
  const why = iccid === null ? 'before it was made' : 'or its lease ran out';
  throw refusal('RESERVATION_WITHDRAWN', `the reservation was withdrawn, ${why}; nothing is reserved again`, 410);
}

const used = () =>
  refusal('RESERVATION_USED', 'a card has attached with the reserved subscriber; its keys are not given out again');

/** Asks the operator about a new reservation, before anything is locked: nobody else waits while the operator thinks. */
async function refuseUnlessAllowed({ store, reservations, backOffice }: Operator, changeId: string): Promise<void> {
  if ((await reservations.find(store.database, changeId)) !== undefined) return;
  const { reserve: allowed } = await backOffice.permissions();
  if (!allowed) throw poolEmpty();
}

async function reserveNew(operator: Operator, database: Database, request: Request): Promise<PoolEntry> {
  const { hlr, reservations, subscribers, store, log } = operator;
  for (let taken = 0; taken < MOST_TAKEN; taken += 1) {
    const subscriber = await choose(operator, database, request);
    const collided = await createUnlessTaken(hlr.create(hlrEntry(operator, subscriber)));
    if (!collided) return subscriber;
    const { imsi } = subscriber;
    log('error', 'the HLR has another subscriber under an IMSI of the pool; it is passed over', { imsi });
    await database.transaction().execute(async (transaction) => {
      await reservations.forget(transaction, request.changeId);
      await subscribers.enter(transaction, imsi, 'taken');
      await store.note(transaction, { kind: 'taken', changeId: request.changeId, imsi });
    });
  }
  throw refusal('IMSI_TAKEN', `the HLR has other subscribers under ${String(MOST_TAKEN)} IMSIs of the pool`);
}

async function createUnlessTaken(created: Promise<void>): Promise<boolean> {
  try {
    await created;
    return false;
  } catch (cause) {
    if (cause instanceof HlrError && cause.kind === 'collision') return true;
    throw cause;
  }
}

function choose(operator: Operator, database: Database, { changeId, iccid }: Request): Promise<PoolEntry> {
  const { subscribers, reservations } = operator;
  return database.transaction().execute(async (transaction) => {
    const subscriber = await subscribers.take(transaction);
    if (subscriber === undefined) throw poolEmpty();
    await reservations.begin(transaction, { changeId, iccid, subscriber, leaseUntil: leaseFromNow(operator) });
    return subscriber;
  });
}

/** A repeated call: the HLR is asked whether a card was faster, and told again of what it does not have. */
async function again(operator: Operator, database: Database, known: Reservation): Promise<PoolEntry> {
  const { hlr, reservations } = operator;
  const { subscriber, changeId } = known;
  if (subscriber === undefined) throw new Error(`the reservation of ${changeId} has lost its subscriber`);
  const there = await hlr.subscriber(subscriber.imsi);
  if (there !== undefined && there.locationUpdate !== null) {
    await reservations.enter(database, changeId, { state: 'attached' });
    throw used();
  }
  if (there === undefined || known.state === 'reserving') await hlr.create(hlrEntry(operator, subscriber));
  return subscriber;
}

const poolEmpty = () => refusal('POOL_EMPTY', 'the operator has no IMSI left to give');

export const leaseFromNow = ({ store, config }: Pick<Operator, 'store' | 'config'>): Date =>
  new Date(store.now().getTime() + config.leaseDays * DAY_MILLISECONDS);
