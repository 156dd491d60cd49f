import { sql } from 'kysely';
import type { ResponseStatus } from '../../telecom/ota/response-status.ts';
import { CountedAlarm } from '../alarms/counted-alarm.ts';
import type { Database } from '../../adapters/database/database.ts';
import type { PacketId } from '../packets/packet-store.ts';
import type { DeliveryDependencies } from './dependencies.ts';

/**
 * What a card says that can't read a packet with its keys (ETSI TS 102 225 §5.2): 01 of its checksum, 05 of its ciphering, 06 of a key
 * version that it does not have. Some cards say 06 also of a copy of a packet that they have run.
 */
const KEY_REFUSALS: readonly ResponseStatus[] = ['integrityFailed', 'cipheringError', 'securityError'];
const REST_MILLISECONDS = 600_000;

/**
 * Calls somebody about cards whose keys are not those of their rows. Such a card can't sign that it is so in a way that we could verify,
 * so anybody can say it in its name: once in ten minutes at most for each SMSC, and once for each packet.
 */
export const keyAlarm = ({ smsc, log, later }: Pick<DeliveryDependencies, 'smsc' | 'log' | 'later'>): CountedAlarm =>
  new CountedAlarm({
    restMilliseconds: REST_MILLISECONDS,
    later,
    call: (count, iccid) => {
      const cards = count === 1 ? 'a card answers' : `${String(count)} cards answer`;
      const sentence = `${cards} through ${smsc} that a packet can't be read with the keys of the card, the last one ICCID ${iccid}: compare kvn, kic and kid of the row with the card's personalization data; nothing was decided by it`;
      log('error', sentence, { code: 'CARD_KEYS_DIFFER' });
    },
  });

/**
 * Notes with its packet that the card could not read it with its keys, and calls somebody the first time; a card that has answered the
 * packet otherwise, with its own checksum, or that its change has moved, can read it.
 */
export async function noteKeyRefusal(
  { database, alarm }: { readonly database: Database; readonly alarm: CountedAlarm },
  { changeId, purpose, number, iccid }: PacketId & { readonly iccid: string },
  status: ResponseStatus,
): Promise<void> {
  if (!KEY_REFUSALS.includes(status)) return;
  const { rows } = await sql`
    update packets set key_refusal = ${status}, key_refused_at = now()
    where change_id = ${changeId}::uuid and purpose = ${purpose} and number = ${number} and key_refusal is null
      and (por_status is null or por_status = ${status})
      and not exists (select from cards where cards.iccid = packets.iccid and cards.moved_by = packets.change_id)
    returning change_id`.execute(database);
  if (rows.length > 0) alarm.happenedTo(iccid);
}
