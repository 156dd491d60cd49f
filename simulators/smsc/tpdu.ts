import { fromHex } from '../../telecom/octets/hex.ts';
import { encodeSwappedDigits } from '../../telecom/octets/swapped-digits.ts';
import { encodeDeliverTpdu } from '../../telecom/sms/deliver-tpdu.ts';
import type { Fact } from './facts.ts';
import type { SmscFaultPlan } from './faults.ts';
import { receiptTime } from './validity.ts';

/** An ordinary message: what is left when a centre strips what is for the card (3GPP TS 23.040 §9.2.3.9, TS 23.038 §4). */
const ORDINARY = { protocolId: 0x00, dataCoding: 0x04 } as const;
const UTC = '00';
const DIGITS = /^\d{1,20}$/;

/** The SMS-DELIVER by which a message goes to its device; TP-SCTS is when the centre took it (3GPP TS 23.040 §9.2.2.1). */
export function tpduOf(message: Extract<Fact, { kind: 'submitted' }>, { dataDownload }: SmscFaultPlan): Uint8Array {
  const { source, protocolId, dataCoding, userData, hasUserDataHeader, at } = message;
  const seconds = at.slice(17, 19);
  return encodeDeliverTpdu({
    ...{ hasUserDataHeader, moreMessages: false },
    originator: { ton: 0, npi: 1, digits: DIGITS.test(source) ? source : '' },
    ...(dataDownload === 'stripped' ? ORDINARY : { protocolId, dataCoding }),
    timestamp: encodeSwappedDigits(receiptTime(at) + seconds + UTC, 'TP-SCTS'),
    userData: fromHex(userData, 'user data'),
  });
}
