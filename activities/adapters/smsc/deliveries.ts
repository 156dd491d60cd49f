import { DecodeError } from '../../../telecom/decode-error.ts';
import { toHex } from '../../../telecom/octets/hex.ts';
import { parseUserDataHeader } from '../../../telecom/sms/user-data-header.ts';
import { isDeliveryReceipt, readDeliveryReceipt } from '../../../telecom/smpp/delivery-receipt.ts';
import { TLV_TAGS } from '../../../telecom/smpp/fields.ts';
import type { ShortMessage } from '../../../telecom/smpp/short-message.ts';
import type { Delivery } from './protocol.ts';

/**
 * What a deliver_sm brings: a message, a receipt, or both, where the SMSC puts what the card answered in its SMS-DELIVER-REPORT into the
 * receipt. A receipt comes from the number that its message went to.
 */
export function deliveriesOf(message: ShortMessage): Delivery[] {
  const { source, shortMessage, tlvs } = message;
  const octets = tlvs.find(({ tag }) => tag === TLV_TAGS.messagePayload)?.value ?? shortMessage;
  const asMessage: Delivery = { kind: 'message', source: source.address, userData: toHex(octets) };
  if (!isDeliveryReceipt(message)) return [asMessage];
  const { messageId, state = 'unknown' } = readDeliveryReceipt(message);
  const answer = isResponse(octets) ? [asMessage] : [];
  // A receipt that names no message tells of none, unless that is all there is.
  if (messageId === undefined && answer.length > 0) return answer;
  return [{ kind: 'receipt', messageId: messageId ?? '', destination: source.address, state }, ...answer];
}

/** Whether octets begin as a response packet does, 02 71 00 (3GPP TS 31.115 §4.3); the text of a receipt never does. */
function isResponse(octets: Uint8Array): boolean {
  try {
    return parseUserDataHeader(octets).kind === 'responsePacket';
  } catch (cause) {
    if (cause instanceof DecodeError) return false;
    throw cause;
  }
}
