import { sql } from 'kysely';
import type { Delivery } from '../../adapters/smsc/protocol.ts';
import { DEVICE_REACHABLE } from '../events/cloud-event.ts';
import { contactStampOf } from '../events/proof-stamp.ts';
import { TOPICS } from '../events/topics.ts';
import { publishEvent } from './publish-event.ts';
import type { DeliveryDependencies } from './dependencies.ts';
import { numberOf } from './handle-receipt.ts';

/** Tells the open change whose packet may have gone to this number that its device is back; of any other number it is no news. */
export async function handleReachable(
  { smsc, database, bus, index }: DeliveryDependencies,
  { source: address }: Extract<Delivery, { kind: 'available' }>,
): Promise<void> {
  const { rows } = await sql<{ changeId: string; iccid: string }>`
    select packet.change_id as "changeId", packet.iccid
    from packets packet join changes change on change.change_id = packet.change_id
    where packet.msisdn = ${numberOf(address)} and packet.purpose in ('write', 'rewrite') and packet.state = 'sent' and not change.ended
    order by packet.prepared_at desc limit 1`.execute(database);
  const [change] = rows;
  if (change === undefined) return;
  const { changeId, iccid } = change;
  const claim = { changeId, at: new Date().toISOString() };
  await publishEvent(
    bus,
    { topic: TOPICS.deviceEvents, iccid },
    {
      ...{ id: `${changeId}/reachable/${claim.at}`, source: `/smscs/${smsc}`, type: DEVICE_REACHABLE },
      data: { iccid, ...claim, stamp: contactStampOf(index, claim) },
    },
  );
}
