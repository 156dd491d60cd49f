import {
  ServiceError,
  WorkflowNotFoundError,
  isGrpcServiceError,
  type WorkflowClient,
  type WorkflowHandle,
} from '@temporalio/client';
import { sql } from 'kysely';
import { cardAnswer } from '../../workflows/change/card-answer.ts';
import { changeWorkflowId, locationUpdateSignal, proofOfReceiptSignal } from '../../workflows/shared/contract.ts';
import type { Database } from '../../adapters/database/database.ts';
import type { CardIndex } from '../../adapters/vault/card-index.ts';
import type { ReopenAnswer, ReopenEvidence } from '../requests/reopen-change.ts';
import { readEvent, type InboundEvent } from '../events/cloud-event.ts';
import { parkEvent } from './park-event.ts';
import { didNotWake, mayWake, tryLater, wakeOneWaiting } from './wake-up-limiter.ts';

/** Of gRPC's status codes. */
const INVALID_ARGUMENT = 3;

/** An event that a change may wait for. */
export type Evidence = Extract<InboundEvent, { kind: 'locationUpdated' | 'locationUpdateRefused' | 'proofOfReceipt' }>;

/** An event that a running change takes as a signal. */
type Signal = Extract<Evidence, { kind: 'locationUpdated' | 'proofOfReceipt' }>;

export interface SignalDependencies {
  readonly database: Database;
  readonly workflows: WorkflowClient;
  readonly index: CardIndex;
  /** Starts the workflow of an ended change again, so that it finds out whether a card holds what was withdrawn. */
  readonly reopenChange: (changeId: string, evidence: ReopenEvidence) => Promise<ReopenAnswer>;
  readonly log: (level: 'error' | 'warn' | 'info', message: string, fields?: { readonly code: string }) => void;
}

/** Where an event belongs: the change that waits for it, or why none does. */
type Route =
  | { readonly kind: 'change'; readonly changeId: string; readonly iccid: string }
  /** The change has ended and withdrawn the IMSI, which a card uses all the same, or proves to hold. */
  | { readonly kind: 'late'; readonly changeId: string; readonly reason: string }
  | { readonly kind: 'parked'; readonly reason: string }
  | { readonly kind: 'nobodys' };

/**
 * Signals the change that waits for an event, or parks the event where a person finds it. What it has been told of already, or too
 * often, wakes no change: anybody who can write to a topic can repeat an event without end.
 */
export async function signalChange(dependencies: SignalDependencies, inbound: Evidence, topic: string): Promise<void> {
  const { database } = dependencies;
  const route = await routeOf(database, inbound);
  if (route.kind === 'change' && inbound.kind === 'locationUpdated') {
    const { changeId } = route;
    if (!(await mayWake(database, changeId, { topic, event: inbound.event }))) return;
    await follow(dependencies, { route, inbound, topic }).catch(async (cause: unknown) => {
      await didNotWake(database, changeId);
      throw cause;
    });
    return;
  }
  await follow(dependencies, { route, inbound, topic });
}

/** Delivers one event that had to wait; says whether there was one. Where it belongs is looked up anew. */
export const signalOneWaiting = (dependencies: SignalDependencies): Promise<boolean> =>
  wakeOneWaiting(dependencies.database, async (database, { topic, event }) => {
    const inbound = readEvent(Buffer.from(JSON.stringify(event)));
    if (!isEvidence(inbound)) throw new Error(`a waiting event is ${inbound.kind}`);
    await follow({ ...dependencies, database }, { route: await routeOf(database, inbound), inbound, topic });
  });

const isEvidence = (inbound: InboundEvent): inbound is Evidence =>
  ['locationUpdated', 'locationUpdateRefused', 'proofOfReceipt'].includes(inbound.kind);

interface Routed {
  readonly route: Route;
  readonly inbound: Evidence;
  readonly topic: string;
}

async function follow(dependencies: SignalDependencies, { route, inbound, topic }: Routed): Promise<void> {
  const { database } = dependencies;
  if (route.kind === 'nobodys') return;
  if (route.kind === 'late') return reopen(dependencies, { route, inbound, topic });
  const reason = await whyParked(dependencies, route, inbound);
  await done(database, { inbound, topic, reason });
}

/** Keeps the event for a person if there is a reason to, and notes a proof that needs none. */
async function done(
  database: Database,
  { inbound, topic, reason }: Pick<Routed, 'inbound' | 'topic'> & { readonly reason: string | undefined },
): Promise<void> {
  if (reason !== undefined) await parkEvent(database, inbound.event, { topic, reason });
  else if (inbound.kind === 'proofOfReceipt') await rememberTold(database, inbound);
}

/** Does what is to be done with an event; resolves to nothing, or to the reason why a person has to look at it. */
async function whyParked(
  dependencies: SignalDependencies,
  route: Extract<Route, { kind: 'parked' | 'change' }>,
  inbound: Evidence,
): Promise<string | undefined> {
  if (route.kind === 'parked') return route.reason;
  return inbound.kind === 'locationUpdateRefused' ? undefined : signal(dependencies, route, inbound);
}

/**
 * A change that was reopened a moment ago is asking already. That a barred card was let in, a person hears in any case. A proof does
 * not come again as an attach does, and the workflow that runs may have asked before it was kept: it is tried again until that has
 * ended, or has its change open again and takes the proof as a signal. So is whatever comes while the card is read. Meanwhile it waits
 * in the row of the reservation, and no other card behind it.
 */
async function reopen(
  { database, reopenChange, log }: SignalDependencies,
  { route, inbound, topic }: Routed & { readonly route: Extract<Route, { kind: 'late' }> },
): Promise<void> {
  const { changeId, reason } = route;
  const isProof = inbound.kind === 'proofOfReceipt';
  const answer = await reopenChange(changeId, isProof ? 'proof' : 'hint');
  if (answer.kind === 'inTheWay') log('error', `${reason}; ${answer.reason}`, { code: 'LATE_CARD' });
  if (answer.kind === 'beingRead' || (isProof && answer.kind === 'running'))
    return tryLater(database, changeId, { waiting: { topic, event: inbound.event }, isProof });
  if (answer.kind === 'refused' || answer.kind === 'inTheWay')
    return done(database, { inbound, topic, reason: `${reason}; ${answer.reason}` });
  return done(database, { inbound, topic, reason: inbound.kind === 'locationUpdated' ? reason : undefined });
}

const routeOf = (database: Database, inbound: Evidence): Promise<Route> =>
  inbound.kind === 'proofOfReceipt' ? routeOfProof(database, inbound) : routeOfLocation(database, inbound);

type Proof = Extract<Evidence, { kind: 'proofOfReceipt' }>;
type Location = Exclude<Evidence, Proof>;

async function routeOfProof(database: Database, { event }: Proof): Promise<Route> {
  const { changeId, iccid, cntr, stamp = '' } = event.data;
  const { rows } = await sql<{ ended: boolean; told: boolean; state: string | null; imsi: string | null }>`
    select change.ended, coalesce(${stamp} = any(packet.told), false) as told, reservation.state, reservation.imsi
    from changes change left join packets packet on packet.change_id = change.change_id and packet.cntr = ${cntr}
      left join reservations reservation on reservation.change_id = change.change_id
    where change.change_id = ${changeId}::uuid and change.iccid = ${iccid}`.execute(database);
  const [change] = rows;
  if (change === undefined) return { kind: 'parked', reason: `change ${changeId} is not known for ICCID ${iccid}` };
  const { ended, told, state, imsi } = change;
  if (told) return { kind: 'nobodys' };
  if (!ended) return { kind: 'change', changeId, iccid };
  if (state !== 'quarantined' || !provesExecuted(event.data)) return { kind: 'nobodys' };
  const reason = `the card with ICCID ${iccid} has proven that it took IMSI ${String(imsi)}, although its reservation is ${state}`;
  return { kind: 'late', changeId, reason };
}

const provesExecuted = ({ purpose, authenticated, status, statusWord }: Proof['event']['data']): boolean =>
  (purpose === undefined || purpose === 'rewrite') &&
  cardAnswer({ authenticated, status, ...(statusWord !== undefined && { statusWord }) })?.kind === 'executed';

/** Notes it with the packet: the same proof under another event id is no news. */
async function rememberTold(database: Database, { event }: Proof): Promise<void> {
  const { changeId, cntr, stamp = '' } = event.data;
  await sql`
    update packets set told = array_append(told, ${stamp})
    where change_id = ${changeId}::uuid and cntr = ${cntr} and not ${stamp} = any(told)`.execute(database);
}

async function routeOfLocation(database: Database, { kind, event }: Location): Promise<Route> {
  const { imsi } = event.data;
  const { rows } = await sql<{ changeId: string; iccid: string; operator: string; state: string; ended: boolean }>`
    select reservation.change_id as "changeId", reservation.iccid, reservation.operator, reservation.state,
      coalesce(change.ended, true) as ended
    from reservations reservation left join changes change using (change_id)
    where reservation.imsi = ${imsi} order by reservation.updated_at desc limit 1`.execute(database);
  const [reservation] = rows;
  if (reservation === undefined) return { kind: 'nobodys' };
  const { changeId, iccid, operator, state, ended } = reservation;
  if (ended && (state === 'active' || state === 'returned')) return { kind: 'nobodys' };
  // The source is not part of the reason: whoever sends events can make up any number of sources.
  if (!isOf(operator, event.source))
    return {
      kind: 'parked',
      reason: `foreign: IMSI ${imsi} is of ${operator}, and the event is not from /operators/${operator}/`,
    };
  if (!ended) return { kind: 'change', changeId, iccid };
  const did = kind === 'locationUpdated' ? 'attached' : 'tried to attach';
  const reason = `IMSI ${imsi} ${did} although its reservation for ICCID ${iccid} is ${state}`;
  return state === 'quarantined' ? { kind: 'late', changeId, reason } : { kind: 'parked', reason };
}

/** Operators name themselves at the beginning of `source` (docs/asyncapi.yaml). */
const isOf = (operator: string, source: string): boolean => source.startsWith(`/operators/${operator}/`);

/** Resolves to nothing, or to the reason why no workflow took the signal. */
async function signal(
  dependencies: SignalDependencies,
  route: Extract<Route, { kind: 'change' }>,
  inbound: Signal,
): Promise<string | undefined> {
  const { changeId } = route;
  return signalled(dependencies, route, async (handle) => {
    if (inbound.kind === 'locationUpdated') {
      await handle.signal(locationUpdateSignal, { eventId: inbound.event.id, changeId, imsi: inbound.event.data.imsi });
    } else {
      const { cntr, status, statusWord, authenticated, purpose, number, holds, stamp = '' } = inbound.event.data;
      await handle.signal(proofOfReceiptSignal, {
        // Of what the stamp covers, which the event's own id is not: a change drops ids that it has seen.
        eventId: `${changeId}/${stamp}`,
        changeId,
        cntr,
        status,
        authenticated,
        ...(statusWord !== undefined && { statusWord }),
        ...(purpose !== undefined && { purpose }),
        ...(number !== undefined && { number }),
        ...(holds !== undefined && { holds }),
      });
    }
  });
}

/** Signals the workflow of a card; resolves to nothing, or to the reason why it did not take the signal. */
export async function signalled(
  { workflows, index }: Pick<SignalDependencies, 'workflows' | 'index'>,
  { changeId, iccid }: { readonly changeId: string; readonly iccid: string },
  send: (handle: WorkflowHandle) => Promise<void>,
): Promise<string | undefined> {
  try {
    await send(workflows.getHandle(changeWorkflowId(index.hash(iccid))));
    return undefined;
  } catch (cause) {
    if (cause instanceof WorkflowNotFoundError) return `no workflow runs for change ${changeId}`;
    if (isRefusedForGood(cause)) return `Temporal refuses the signal to change ${changeId}: ${cause.message}`;
    throw cause;
  }
}

/** INVALID_ARGUMENT: a workflow takes 10,000 signals, or the signal is too large. Asking again would hold up every card behind it. */
function isRefusedForGood(cause: unknown): cause is Error {
  if (!(cause instanceof ServiceError) || !isGrpcServiceError(cause.cause)) return false;
  const code: number = cause.cause.code;
  return code === INVALID_ARGUMENT;
}
