import {
  ServiceError,
  WorkflowNotFoundError,
  isGrpcServiceError,
  type WorkflowClient,
  type WorkflowHandle,
} from '@temporalio/client';
import { sql } from 'kysely';
import { changeWorkflowId, locationUpdateSignal, proofOfReceiptSignal } from '../../workflows/contract.ts';
import type { Database } from '../database/database.ts';
import type { CardIndex } from '../vault/card-index.ts';
import type { InboundEvent } from './cloud-event.ts';
import { parkEvent } from './park-event.ts';

/** Of gRPC's status codes. */
const INVALID_ARGUMENT = 3;

/** An event that a change may wait for. */
export type Evidence = Extract<InboundEvent, { kind: 'locationUpdated' | 'proofOfReceipt' }>;

export interface SignalDependencies {
  readonly database: Database;
  readonly workflows: WorkflowClient;
  readonly index: CardIndex;
}

/** Where an event belongs: the change that waits for it, or why none does. */
type Route =
  | { readonly kind: 'change'; readonly changeId: string; readonly iccid: string }
  | { readonly kind: 'parked'; readonly reason: string }
  | { readonly kind: 'nobodys' };

/** Signals the change that waits for an event, or parks the event where a person finds it. */
export async function signalChange(dependencies: SignalDependencies, inbound: Evidence, topic: string): Promise<void> {
  const route = await routeOf(dependencies.database, inbound);
  if (route.kind === 'nobodys') return;
  const reason = route.kind === 'parked' ? route.reason : await signal(dependencies, route, inbound);
  if (reason !== undefined) await parkEvent(dependencies.database, inbound.event, { topic, reason });
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
  return { kind: 'parked', reason: `IMSI ${imsi} attached although its reservation for ICCID ${iccid} is ${state}` };
}

/** Resolves to nothing, or to the reason why no workflow took the signal. */
async function signal(
  dependencies: SignalDependencies,
  route: Extract<Route, { kind: 'change' }>,
  inbound: Evidence,
): Promise<string | undefined> {
  const { changeId } = route;
  const eventId = inbound.event.id;
  return signalled(dependencies, route, async (handle) => {
    if (inbound.kind === 'locationUpdated') {
      await handle.signal(locationUpdateSignal, { eventId, changeId, imsi: inbound.event.data.imsi });
    } else {
      const { cntr, status, statusWord, authenticated, purpose, holds } = inbound.event.data;
      await handle.signal(proofOfReceiptSignal, {
        eventId,
        changeId,
        cntr,
        status,
        authenticated,
        ...(statusWord !== undefined && { statusWord }),
        ...(purpose !== undefined && { purpose }),
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
