import type { OctetReader } from '../octets/reader.ts';
import type { OctetWriter } from '../octets/writer.ts';
import {
  appendAddress,
  appendText,
  appendTlvs,
  readAddress,
  readText,
  readTlvs,
  type Address,
  type Tlv,
} from './fields.ts';

const SERVICE_TYPE = { field: 'service_type', size: 6 } as const;
const SOURCE = { field: 'source_addr', size: 21 } as const;
const DESTINATION = { field: 'destination_addr', size: 21 } as const;
const SCHEDULE = { field: 'schedule_delivery_time', size: 17 } as const;
const VALIDITY = { field: 'validity_period', size: 17 } as const;
const LONGEST_MESSAGE = 254;

/** Bits of esm_class (SMPP 3.4 §5.2.12). */
export const ESM_CLASS = {
  /** short_message begins with a user data header. */
  userDataHeader: 0x40,
  /** In a deliver_sm: short_message is a receipt of the SMSC. */
  deliveryReceipt: 0x04,
} as const;

/** The fields that submit_sm and deliver_sm have in common, in the order of the wire (SMPP 3.4 §4.4.1, §4.6.1). */
export interface ShortMessage {
  readonly serviceType: string;
  readonly source: Address;
  readonly destination: Address;
  readonly esmClass: number;
  /** TP-PID (3GPP TS 23.040 §9.2.3.9). */
  readonly protocolId: number;
  readonly priorityFlag: number;
  readonly scheduleDeliveryTime: string;
  readonly validityPeriod: string;
  readonly registeredDelivery: number;
  readonly replaceIfPresent: number;
  /** TP-DCS (3GPP TS 23.038 §4). */
  readonly dataCoding: number;
  readonly defaultMessageId: number;
  /** User data, at most 254 octets. */
  readonly shortMessage: Uint8Array;
  readonly tlvs: readonly Tlv[];
}

/** The fields in order, sm_length(1) before short_message, optional parameters last. */
export function appendShortMessage(writer: OctetWriter, message: ShortMessage): void {
  if (message.shortMessage.length > LONGEST_MESSAGE) throw new RangeError('short_message is longer than 254 octets');
  appendText(writer, message.serviceType, SERVICE_TYPE);
  appendAddress(writer, message.source, SOURCE);
  appendAddress(writer, message.destination, DESTINATION);
  writer.appendOctet(message.esmClass).appendOctet(message.protocolId).appendOctet(message.priorityFlag);
  appendText(writer, message.scheduleDeliveryTime, SCHEDULE);
  appendText(writer, message.validityPeriod, VALIDITY);
  writer
    .appendOctet(message.registeredDelivery)
    .appendOctet(message.replaceIfPresent)
    .appendOctet(message.dataCoding)
    .appendOctet(message.defaultMessageId)
    .appendOctet(message.shortMessage.length)
    .appendOctets(message.shortMessage);
  appendTlvs(writer, message.tlvs);
}

/** The fields in order, sm_length(1) before short_message, optional parameters last; throws only DecodeError. */
export function readShortMessage(reader: OctetReader): ShortMessage {
  return {
    serviceType: readText(reader, SERVICE_TYPE),
    source: readAddress(reader, SOURCE),
    destination: readAddress(reader, DESTINATION),
    esmClass: reader.readOctet('esm_class'),
    protocolId: reader.readOctet('protocol_id'),
    priorityFlag: reader.readOctet('priority_flag'),
    scheduleDeliveryTime: readText(reader, SCHEDULE),
    validityPeriod: readText(reader, VALIDITY),
    registeredDelivery: reader.readOctet('registered_delivery'),
    replaceIfPresent: reader.readOctet('replace_if_present_flag'),
    dataCoding: reader.readOctet('data_coding'),
    defaultMessageId: reader.readOctet('sm_default_msg_id'),
    shortMessage: reader.readOctets(reader.readOctet('sm_length'), 'short_message'),
    tlvs: readTlvs(reader),
  };
}
