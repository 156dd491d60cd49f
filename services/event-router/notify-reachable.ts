import { sql } from 'kysely';
import { deliveryFailedSignal, deviceReachableSignal } from '../../workflows/shared/contract.ts';
import type { Database } from '../../adapters/database/database.ts';
import type { InboundEvent } from '../events/cloud-event.ts';
import { parkEvent } from './park-event.ts';
import { signalled, type SignalDependencies } from './signal-change.ts';

type Failure = Extract<InboundEvent, { kind: 'deliveryFailed' }>;
/** What shows that the device of a card is on its network. */
type Contact = Extract<
  InboundEvent,
  { kind: 'deviceReachable' | 'locationUpdated' | 'authenticationSeen' | 'reachabilityReported' }
>;

interface Change {
  readonly changeId: string;
  readonly iccid: string;
}

/**
 * Tells a change, once, that the SMSC has given up the last submission of its packet; of an earlier one it is no news, nor when it is
 * repeated. The next word of the device then counts at once.
 */
export async function signalFailure(
  dependencies: SignalDependencies,
  { event }: Failure,
  topic: string,
): Promise<void> {
  const { database } = dependencies;
  const { changeId, iccid, submission } = event.data;
  if (!(await isNews(database, event.data))) return;
  const reason = await signalled(dependencies, { changeId, iccid }, (handle) =>
    handle.signal(deliveryFailedSignal, { eventId: `${changeId}/delivery-failed/${String(submission)}`, changeId }),
  );
  if (reason !== undefined) {
    await parkEvent(database, event, { topic, reason });
    return;
  }
  await sql`
    with told as (
      update packet_submissions set failed_at = now()
      where change_id = ${changeId}::uuid and purpose = 'write' and submission = ${submission}
    )
    update packets set contacts = 0, next_contact = '-infinity'
    where change_id = ${changeId}::uuid and purpose = 'write'`.execute(database);
}

async function isNews(database: Database, { changeId, iccid, submission }: Failure['event']['data']): Promise<boolean> {
  const { rows } = await sql`
    select from packet_submissions failed
      join packets packet on packet.change_id = failed.change_id and packet.purpose = failed.purpose
        and packet.submissions = failed.submission
      join changes change on change.change_id = failed.change_id
    where failed.change_id = ${changeId}::uuid and failed.purpose = 'write' and failed.submission = ${submission}
      and failed.failed_at is null and change.iccid = ${iccid} and not change.ended`.execute(database);
  return rows.length > 0;
}

/** Whether the event says that the device is there: that it is gone is no news to who waits for it. */
const isThere = (inbound: Contact): boolean =>
  inbound.kind !== 'reachabilityReported' || inbound.event.data.monitoringType === 'UE_REACHABILITY';

/** Tells the open change whose packet may be on its way to a device that this device has shown itself. */
export async function signalContact(dependencies: SignalDependencies, inbound: Contact, topic: string): Promise<void> {
  const { database } = dependencies;
  const { event } = inbound;
  const change =
    inbound.kind === 'deviceReachable' ? inbound.event.data : await changeLeaving(database, inbound, topic);
  const turn = change && (await takeTurn(database, change));
  if (change === undefined || turn === undefined) return;
  const { changeId } = change;
  // The turn is the news: whoever chose the id of the event has no say in whether it is.
  const eventId = `${changeId}/contact/${turn}`;
  try {
    const reason = await signalled(dependencies, change, (handle) =>
      handle.signal(deviceReachableSignal, { eventId, changeId }),
    );
    if (reason !== undefined) await parkEvent(database, event, { topic, reason });
  } catch (cause) {
    await didNotTell(database, changeId);
    throw cause;
  }
}

/**
 * The open change whose card has this IMSI and is to leave it, if the event comes from the operator that it leaves. A report that was
 * subscribed to, and comes from somebody else, is kept for a person.
 */
async function changeLeaving(
  database: Database,
  inbound: Exclude<Contact, { kind: 'deviceReachable' }>,
  topic: string,
): Promise<Change | undefined> {
  const { kind, event } = inbound;
  const { imsi } = event.data;
  const { rows } = await sql<Change & { source: string }>`
    select change_id as "changeId", iccid, source from changes where source_imsi = ${imsi} and not ended
    order by requested_at desc limit 1`.execute(database);
  const [change] = rows;
  if (change === undefined) return undefined;
  const from = `/operators/${change.source}/`;
  if (!event.source.startsWith(from)) {
    const reason = `foreign: IMSI ${imsi} is of ${change.source}, and the event is not from ${from}`;
    if (kind === 'reachabilityReported') await parkEvent(database, event, { topic, reason });
    return undefined;
  }
  return isThere(inbound) ? change : undefined;
}

/**
 * The turn in which the change is told now, if it is: it has a packet that may have left, and was not told within 10 s, then 20 s and so on, at most
 * an hour. What comes in between is dropped: a device that shows itself so often does so again, and one that the SMSC could not reach
 * counts at once. The row decides, so that this holds over all routers.
 */
async function takeTurn(database: Database, { changeId, iccid }: Change): Promise<string | undefined> {
  const { rows } = await sql<{ turn: string }>`
    update packets packet set contacts = contacts + 1,
      next_contact = now() + least(10 * 2 ^ least(contacts, 16), 3600) * interval '1 second'
    from changes change
    where packet.change_id = ${changeId}::uuid and packet.iccid = ${iccid} and packet.purpose = 'write'
      and packet.state = 'sent' and packet.next_contact <= now()
      and change.change_id = packet.change_id and not change.ended
    returning to_char(packet.next_contact at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as turn`.execute(
    database,
  );
  return rows[0]?.turn;
}

/** Takes back that the change was told: the server did not take the signal, and the event is tried again. */
async function didNotTell(database: Database, changeId: string): Promise<void> {
  await sql`
    update packets set contacts = greatest(contacts - 1, 0), next_contact = '-infinity'
    where change_id = ${changeId}::uuid and purpose = 'write'`.execute(database);
}
