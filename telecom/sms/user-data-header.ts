import { OctetReader } from '../octets/reader.ts';

const CLAUSE = '3GPP TS 23.040 §9.2.3.24';
const CONCATENATION_OCTETS = 3;
const LONG_CONCATENATION_OCTETS = 4;

/** Information elements of a user data header that OTA messages use (3GPP TS 23.040 §9.2.3.24, 3GPP TS 31.115 §4). */
export const INFORMATION_ELEMENT = {
  concatenation: 0x00,
  longConcatenation: 0x08,
  commandPacket: 0x70,
  responsePacket: 0x71,
} as const;

/** User data header of a command packet in one message: UDHL 02, IEI 70, IEL 00 (3GPP TS 31.115 §4.2). */
export const COMMAND_USER_DATA_HEADER: Uint8Array = Uint8Array.of(0x02, INFORMATION_ELEMENT.commandPacket, 0x00);

/** User data header of a response packet in one message: UDHL 02, IEI 71, IEL 00 (3GPP TS 31.115 §4.4). */
export const RESPONSE_USER_DATA_HEADER: Uint8Array = Uint8Array.of(0x02, INFORMATION_ELEMENT.responsePacket, 0x00);

/** Which part of which message an SMS carries; parts count from 1 (3GPP TS 23.040 §9.2.3.24.1, §9.2.3.24.8). */
export interface Concatenation {
  readonly reference: number;
  readonly total: number;
  readonly part: number;
}

/** User data of one SMS, its header read. */
export interface UserData {
  readonly concatenation: Concatenation | undefined;
  /** What the header announces; only the first part of a message has to. */
  readonly kind: 'commandPacket' | 'responsePacket' | undefined;
  readonly payload: Uint8Array;
}

/** UDHL(1), then IEI(1) IEL(1) value of each element, then the payload; unknown elements are skipped. Throws only DecodeError. */
export function parseUserDataHeader(userData: Uint8Array): UserData {
  const reader = new OctetReader(userData, { clause: CLAUSE });
  const headerLength = reader.readOctet('UDHL');
  const header = new OctetReader(reader.readOctets(headerLength, 'UDH'), { clause: CLAUSE });
  const payload = reader.readRest();
  let concatenation: Concatenation | undefined;
  let kind: UserData['kind'];
  while (header.remaining > 0) {
    const id = header.readOctet('IEI');
    const value = header.readOctets(header.readOctet('IEL'), 'IE');
    if (id === INFORMATION_ELEMENT.concatenation) concatenation = readConcatenation(value, CONCATENATION_OCTETS);
    if (id === INFORMATION_ELEMENT.longConcatenation)
      concatenation = readConcatenation(value, LONG_CONCATENATION_OCTETS);
    if (id === INFORMATION_ELEMENT.commandPacket) kind = 'commandPacket';
    if (id === INFORMATION_ELEMENT.responsePacket) kind = 'responsePacket';
  }
  return { concatenation, kind, payload };
}

/** Reference (1, or 2 when long), total (1), part (1); an element with a part outside its total is a DecodeError. */
function readConcatenation(value: Uint8Array, octets: number): Concatenation {
  const reader = new OctetReader(value, { clause: CLAUSE });
  const concatenation = {
    reference: reader.readUint(octets - 2, 'concatenation reference'),
    total: reader.readOctet('concatenation total'),
    part: reader.readOctet('concatenation part'),
  };
  reader.expectEnd('concatenation');
  if (concatenation.part < 1 || concatenation.part > concatenation.total) {
    throw reader.error('concatenation part', 'it is not between 1 and the total');
  }
  return concatenation;
}
