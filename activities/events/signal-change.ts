import { ServiceError, WorkflowNotFoundError, isGrpcServiceError, type WorkflowClient } from '@temporalio/client';
import { sql } from 'kysely';
import { changeWorkflowId, locationUpdateSignal, proofOfReceiptSignal } from '../../workflows/contract.ts';
import type { Database } from '../database/database.ts';
import type { CardIndex } from '../vault/card-index.ts';
import type { InboundEvent } from './cloud-event.ts';
import type { ReopenAnswer } from '../requests/reopen-change.ts';
import { parkEvent } from './park-event.ts';

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
  /** Starts the workflow of an ended change again, so that it asks the HLR whether a card holds what was withdrawn. */
  readonly reopenChange: (changeId: string) => Promise<ReopenAnswer>;
}

/** Where an event belongs: the change that waits for it, or why none does. */
type Route =
  | { readonly kind: 'change'; readonly changeId: string; readonly iccid: string }
  /** The change has ended and withdrawn the IMSI, which a card uses all the same. */
  | { readonly kind: 'late'; readonly changeId: string; readonly iccid: string; readonly reason: string }
  | { readonly kind: 'parked'; readonly reason: string }
  | { readonly kind: 'nobodys' };

/** Signals the change that waits for an event, or parks the event where a person finds it. */
export async function signalChange(dependencies: SignalDependencies, inbound: Evidence, topic: string): Promise<void> {
  const route = await routeOf(dependencies.database, inbound);
  const reason = await whyParked(dependencies, route, inbound);
  if (reason !== undefined) await parkEvent(dependencies.database, inbound.event, { topic, reason });
}

/** Does what is to be done with an event; resolves to nothing, or to the reason why a person has to look at it. */
async function whyParked(
  dependencies: SignalDependencies,
  route: Route,
  inbound: Evidence,
): Promise<string | undefined> {
  if (route.kind === 'nobodys') return undefined;
  if (route.kind === 'parked') return route.reason;
  if (route.kind === 'late') return reopen(dependencies, route, inbound);
  return inbound.kind === 'locationUpdateRefused' ? undefined : signal(dependencies, route, inbound);
}

/** A change that was reopened a moment ago is asking already. That a barred card was let in, a person hears in any case. */
async function reopen(
  { reopenChange }: SignalDependencies,
  { changeId, reason }: Extract<Route, { kind: 'late' }>,
  inbound: Evidence,
): Promise<string | undefined> {
  const answer = await reopenChange(changeId);
  if (answer.kind === 'refused') return `${reason}; ${answer.reason}`;
  return inbound.kind === 'locationUpdated' ? reason : undefined;
}

async function routeOf(database: Database, inbound: Evidence): Promise<Route> {
  if (inbound.kind === 'proofOfReceipt') {
    const { changeId, iccid } = inbound.event.data;
    const { rows } = await sql<{
      ended: boolean;
    }>`select ended from changes where change_id = ${changeId}::uuid and iccid = ${iccid}`.execute(database);
    const [change] = rows;
    if (change === undefined) return { kind: 'parked', reason: `change ${changeId} is not known for ICCID ${iccid}` };
    return change.ended ? { kind: 'nobodys' } : { kind: 'change', changeId, iccid };
  }
  const { imsi } = inbound.event.data;
  const { rows } = await sql<{ changeId: string; iccid: string; state: string; ended: boolean }>`
    select reservation.change_id as "changeId", reservation.iccid, reservation.state, coalesce(change.ended, true) as ended
    from reservations reservation left join changes change using (change_id)
    where reservation.imsi = ${imsi} order by reservation.updated_at desc limit 1`.execute(database);
  const [reservation] = rows;
  if (reservation === undefined) return { kind: 'nobodys' };
  const { changeId, iccid, state, ended } = reservation;
  if (!ended) return { kind: 'change', changeId, iccid };
  if (state === 'active' || state === 'returned') return { kind: 'nobodys' };
  const did = inbound.kind === 'locationUpdated' ? 'attached' : 'tried to attach';
  const reason = `IMSI ${imsi} ${did} although its reservation for ICCID ${iccid} is ${state}`;
  return state === 'quarantined' ? { kind: 'late', changeId, iccid, reason } : { kind: 'parked', reason };
}

/** Resolves to nothing, or to the reason why no workflow took the signal. */
async function signal(
  { workflows, index }: SignalDependencies,
  { changeId, iccid }: Extract<Route, { kind: 'change' }>,
  inbound: Signal,
): Promise<string | undefined> {
  const handle = workflows.getHandle(changeWorkflowId(index.hash(iccid)));
  const eventId = inbound.event.id;
  try {
    if (inbound.kind === 'locationUpdated') {
      await handle.signal(locationUpdateSignal, { eventId, changeId, imsi: inbound.event.data.imsi });
    } else {
      const { cntr, status, statusWord, authenticated, purpose } = inbound.event.data;
      await handle.signal(proofOfReceiptSignal, {
        eventId,
        changeId,
        cntr,
        status,
        authenticated,
        ...(statusWord !== undefined && { statusWord }),
        ...(purpose !== undefined && { purpose }),
      });
    }
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
