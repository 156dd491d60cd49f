import { DecodeError } from '../../telecom/decode-error.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { parseUserDataHeader } from '../../telecom/sms/user-data-header.ts';
import { isDeliveryReceipt, readDeliveryReceipt } from '../../telecom/smpp/delivery-receipt.ts';
import { TLV_TAGS } from '../../telecom/smpp/fields.ts';
import type { ShortMessage } from '../../telecom/smpp/short-message.ts';
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
  const { messageId, state = 'unknown' } = readDeliveryReceipt({ shortMessage: octets, tlvs });
  const answer = isResponse(octets) ? [asMessage] : [];
  // A receipt that names no message tells of none, unless that is all there is.
  if (messageId === undefined && answer.length > 0) return answer;
  return [{ kind: 'receipt', messageId: messageId ?? '', destination: source.address, state }, ...answer];
}

const LENGTH_OCTETS = 2;

/**
 * Whether octets are a response packet, with its header 02 71 00 or, where the network dropped it, alone: RPL, then as many octets
 * (3GPP TS 31.115 §4.4). The text of a receipt is neither.
 */
function isResponse(octets: Uint8Array): boolean {
  const [high = 0, low = 0, ...rest] = octets;
  if (octets.length > LENGTH_OCTETS && high * 256 + low === rest.length) return true;
  try {
    return parseUserDataHeader(octets).kind === 'responsePacket';
  } catch (cause) {
    if (cause instanceof DecodeError) return false;
    throw cause;
  }
}
