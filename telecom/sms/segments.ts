import { DecodeError } from '../decode-error.ts';
import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import { COMMAND_USER_DATA_HEADER, INFORMATION_ELEMENT, parseUserDataHeader } from './user-data-header.ts';

export { parseUserDataHeader, type Concatenation, type UserData } from './user-data-header.ts';

const CLAUSE = '3GPP TS 31.115 §4.4';
/** Octets of user data that one SMS carries, header included (3GPP TS 23.040 §9.2.3.16). */
const USER_DATA_OCTETS = 140;
const HIGHEST_TOTAL = 255;
const CONCATENATION_LENGTH = 3;

/**
 * Cuts a whole command packet into the user data of its messages, in order (3GPP TS 31.115 §4.4). One message: 02 70 00.
 * Several: 07 00 03 reference total 01 70 00, then 05 00 03 reference total part. `reference` is 0 to 255.
 */
export function segmentCommandPacket(packet: Uint8Array, { reference }: { reference: number }): Uint8Array[] {
  if (COMMAND_USER_DATA_HEADER.length + packet.length <= USER_DATA_OCTETS) {
    return [new OctetWriter().appendOctets(COMMAND_USER_DATA_HEADER).appendOctets(packet).toOctets()];
  }
  const reader = new OctetReader(packet, { clause: CLAUSE });
  const pieces: Uint8Array[] = [];
  while (reader.remaining > 0) {
    const room = USER_DATA_OCTETS - partHeader({ reference: 0, total: 0, part: pieces.length + 1 }).length;
    pieces.push(reader.readOctets(Math.min(room, reader.remaining), 'segment'));
  }
  if (pieces.length > HIGHEST_TOTAL) throw new RangeError('the packet needs more than 255 messages');
  return pieces.map((piece, index) => {
    const header = partHeader({ reference, total: pieces.length, part: index + 1 });
    return new OctetWriter().appendOctets(header).appendOctets(piece).toOctets();
  });
}

/**
 * Joins the messages of one packet, in whatever order and however often they came; undefined while one is missing.
 * Messages of different packets, or different messages with one number, are a DecodeError.
 */
export function reassemble(userData: readonly Uint8Array[]): Uint8Array | undefined {
  const messages = userData.map(parseUserDataHeader);
  const first = messages[0];
  if (first === undefined) return undefined;
  if (first.concatenation === undefined) {
    if (messages.length > 1) throw refused('a message that is complete in itself stands among several');
    return first.payload;
  }
  const { reference, total } = first.concatenation;
  const parts = new Map<number, Uint8Array>();
  for (const { concatenation, payload } of messages) {
    if (concatenation?.reference !== reference || concatenation.total !== total) {
      throw refused('the messages belong to different packets');
    }
    const known = parts.get(concatenation.part);
    if (known !== undefined && Buffer.compare(known, payload) !== 0)
      throw refused('two different messages have one number');
    parts.set(concatenation.part, payload);
  }
  if (parts.size < total) return undefined;
  const inOrder = [...parts].sort(([one], [other]) => one - other);
  return new Uint8Array(Buffer.concat(inOrder.map(([, payload]) => payload)));
}

/** UDHL, IEI 00, IEL 03, reference, total, part; the first part also says that the whole is a command packet (70 00). */
function partHeader({ reference, total, part }: { reference: number; total: number; part: number }): Uint8Array {
  const elements = new OctetWriter()
    .appendOctet(INFORMATION_ELEMENT.concatenation)
    .appendOctet(CONCATENATION_LENGTH)
    .appendOctet(reference)
    .appendOctet(total)
    .appendOctet(part & 0xff);
  if (part === 1) elements.appendOctet(INFORMATION_ELEMENT.commandPacket).appendOctet(0);
  const octets = elements.toOctets();
  return new OctetWriter().appendOctet(octets.length).appendOctets(octets).toOctets();
}

function refused(problem: string): DecodeError {
  return new DecodeError({ field: 'concatenation', clause: CLAUSE, problem });
}
