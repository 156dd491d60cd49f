import { fromHex } from '../../telecom/octets/hex.ts';
import { TLV_TAGS } from '../../telecom/smpp/fields.ts';
import { ESM_CLASS, type ShortMessage } from '../../telecom/smpp/short-message.ts';
import type { Submit } from './protocol.ts';
import { VALIDITY_PERIOD } from './validity.ts';

const INTERNATIONAL = { ton: 1, npi: 1 } as const;
const UNKNOWN_PLAN = { ton: 0, npi: 0 } as const;

/** Class 2 to the card, with its user data header announced, and a receipt asked for. */
export const segmentMessage = (
  { source, destination, protocolId, dataCoding, userData }: Submit,
  { setDpf = false }: { readonly setDpf?: boolean },
): ShortMessage => ({
  serviceType: '',
  source: { ...UNKNOWN_PLAN, address: source },
  destination: { ...INTERNATIONAL, address: destination },
  esmClass: ESM_CLASS.userDataHeader,
  protocolId,
  priorityFlag: 0,
  scheduleDeliveryTime: '',
  validityPeriod: VALIDITY_PERIOD,
  registeredDelivery: 1,
  replaceIfPresent: 0,
  dataCoding,
  defaultMessageId: 0,
  shortMessage: fromHex(userData, 'user data'),
  tlvs: setDpf ? [{ tag: TLV_TAGS.setDpf, value: Uint8Array.of(1) }] : [],
});
