import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import { appendSmsAddress, readSmsAddress, type SmsAddress } from './address.ts';

const CLAUSE = '3GPP TS 23.040 §9.2.2.1';
const MESSAGE_TYPE = 0x03;
const NO_MORE_MESSAGES = 0x04;
const USER_DATA_HEADER = 0x40;
const TIMESTAMP_OCTETS = 7;
const USER_DATA_OCTETS = 140;
const ORIGINATOR = { field: 'TP-OA' } as const;

/** An SMS on its way to a device, with 8-bit user data (3GPP TS 23.040 §9.2.2.1). */
export interface DeliverTpdu {
  readonly hasUserDataHeader: boolean;
  readonly moreMessages: boolean;
  readonly originator: SmsAddress;
  readonly protocolId: number;
  readonly dataCoding: number;
  /** TP-SCTS: seven octets, as the service centre wrote them. */
  readonly timestamp: Uint8Array;
  readonly userData: Uint8Array;
}

/** TP-MTI and flags(1), TP-OA(2 and digits), TP-PID(1) TP-DCS(1) TP-SCTS(7) TP-UDL(1) TP-UD. What does not fit is a RangeError. */
export function encodeDeliverTpdu(tpdu: DeliverTpdu): Uint8Array {
  const { originator, userData, timestamp } = tpdu;
  if (userData.length > USER_DATA_OCTETS) throw new RangeError('the user data is longer than 140 octets');
  if (timestamp.length !== TIMESTAMP_OCTETS) throw new RangeError('the time stamp is not 7 octets');
  const writer = new OctetWriter().appendOctet(
    (tpdu.hasUserDataHeader ? USER_DATA_HEADER : 0) | (tpdu.moreMessages ? 0 : NO_MORE_MESSAGES),
  );
  appendSmsAddress(writer, originator, ORIGINATOR);
  return writer
    .appendOctet(tpdu.protocolId)
    .appendOctet(tpdu.dataCoding)
    .appendOctets(timestamp)
    .appendOctet(userData.length)
    .appendOctets(userData)
    .toOctets();
}

/** Reads an SMS-DELIVER with 8-bit user data, whose TP-UDL counts octets; throws only DecodeError. */
export function decodeDeliverTpdu(octets: Uint8Array): DeliverTpdu {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  const first = reader.readOctet('TP-MTI');
  if ((first & MESSAGE_TYPE) !== 0) throw reader.error('TP-MTI', 'it is not that of an SMS-DELIVER');
  const originator = readSmsAddress(reader, ORIGINATOR);
  const protocolId = reader.readOctet('TP-PID');
  const dataCoding = reader.readOctet('TP-DCS');
  const timestamp = reader.readOctets(TIMESTAMP_OCTETS, 'TP-SCTS');
  const length = reader.readOctet('TP-UDL');
  if (length > USER_DATA_OCTETS) throw reader.error('TP-UDL', 'it is more than 140 octets');
  const userData = reader.readOctets(length, 'TP-UD');
  reader.expectEnd('TP-UD');
  return {
    hasUserDataHeader: (first & USER_DATA_HEADER) !== 0,
    moreMessages: (first & NO_MORE_MESSAGES) === 0,
    ...{ originator, protocolId, dataCoding, timestamp, userData },
  };
}
