import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import { appendSmsAddress, readSmsAddress, type SmsAddress } from './address.ts';

const CLAUSE = '3GPP TS 23.040 §9.2.2.2';
const MESSAGE_TYPE = 0x03;
const SUBMIT = 0x01;
const VALIDITY_PERIOD_FORMAT = 0x18;
const USER_DATA_HEADER = 0x40;
const USER_DATA_OCTETS = 140;
const DESTINATION = { field: 'TP-DA' } as const;

/** An SMS that a device, or its card, sends, with 8-bit user data and without validity period (3GPP TS 23.040 §9.2.2.2). */
export interface SubmitTpdu {
  readonly hasUserDataHeader: boolean;
  /** TP-MR: the device's own number of the message, one octet. */
  readonly reference: number;
  readonly destination: SmsAddress;
  readonly protocolId: number;
  readonly dataCoding: number;
  readonly userData: Uint8Array;
}

/** TP-MTI and flags(1), TP-MR(1), TP-DA(2 and digits), TP-PID(1) TP-DCS(1) TP-UDL(1) TP-UD. What does not fit is a RangeError. */
export function encodeSubmitTpdu(tpdu: SubmitTpdu): Uint8Array {
  const { userData } = tpdu;
  if (userData.length > USER_DATA_OCTETS) throw new RangeError('the user data is longer than 140 octets');
  const writer = new OctetWriter()
    .appendOctet(SUBMIT | (tpdu.hasUserDataHeader ? USER_DATA_HEADER : 0))
    .appendOctet(tpdu.reference);
  appendSmsAddress(writer, tpdu.destination, DESTINATION);
  return writer
    .appendOctet(tpdu.protocolId)
    .appendOctet(tpdu.dataCoding)
    .appendOctet(userData.length)
    .appendOctets(userData)
    .toOctets();
}

/** Reads an SMS-SUBMIT with 8-bit user data, whose TP-UDL counts octets; one with a validity period, and all else, is a DecodeError. */
export function decodeSubmitTpdu(octets: Uint8Array): SubmitTpdu {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  const first = reader.readOctet('TP-MTI');
  if ((first & MESSAGE_TYPE) !== SUBMIT) throw reader.error('TP-MTI', 'it is not that of an SMS-SUBMIT');
  if ((first & VALIDITY_PERIOD_FORMAT) !== 0) throw reader.error('TP-VPF', 'a validity period is not read');
  const reference = reader.readOctet('TP-MR');
  const destination = readSmsAddress(reader, DESTINATION);
  const protocolId = reader.readOctet('TP-PID');
  const dataCoding = reader.readOctet('TP-DCS');
  const length = reader.readOctet('TP-UDL');
  if (length > USER_DATA_OCTETS) throw reader.error('TP-UDL', 'it is more than 140 octets');
  const userData = reader.readOctets(length, 'TP-UD');
  reader.expectEnd('TP-UD');
  return {
    hasUserDataHeader: (first & USER_DATA_HEADER) !== 0,
    ...{ reference, destination, protocolId, dataCoding, userData },
  };
}
