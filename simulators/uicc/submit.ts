import type { SmsAddress } from '../../telecom/sms/address.ts';
import { encodeSubmitTpdu } from '../../telecom/sms/submit-tpdu.ts';

/** TP-PID and TP-DCS of what a card sends: (U)SIM data download, 8-bit data of class 2 (3GPP TS 31.115 §4). */
const FROM_THE_CARD = { protocolId: 0x7f, dataCoding: 0xf6 } as const;

/** The SMS-SUBMIT by which a card sends a packet; the device puts its own reference in (ETSI TS 102 223 §6.4.10). */
export const messageOfCard = (userData: Uint8Array, destination: SmsAddress): Uint8Array =>
  encodeSubmitTpdu({ hasUserDataHeader: true, reference: 0, destination, ...FROM_THE_CARD, userData });
