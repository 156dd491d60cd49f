import { DecodeError } from '../decode-error.ts';
import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import { COMMAND_USER_DATA_HEADER, INFORMATION_ELEMENT, parseUserDataHeader } from './user-data-header.ts';

export { parseUserDataHeader, type Concatenation, type UserData } from './user-data-header.ts';

const CLAUSE = '3GPP TS 31.115 §4.3';
/** Octets of user data that one SMS carries, header included (3GPP TS 23.040 §9.2.3.16). */
const USER_DATA_OCTETS = 140;
const HIGHEST_TOTAL = 255;
const CONCATENATION_LENGTH = 3;
const LONG_CONCATENATION_LENGTH = 4;

/**
 * Where the first message says that the whole is a command packet (70 00): behind the concatenation, as 3GPP TS 31.115 §4.3 shows it,
 * or before it, which some cards want, and want again in the last message.
 */
export type SegmentLayout = 'standard' | 'commandFirst';

/** How a packet is cut: a card's profile says so. */
export interface Segmentation {
  /** 0 to 255, or to 65535 with 16 bits. */
  readonly reference: number;
  readonly referenceBits?: 8 | 16;
  readonly layout?: SegmentLayout;
}

/**
 * Cuts a whole command packet into the user data of its messages, in order (3GPP TS 31.115 §4.3). One message: 02 70 00.
 * Several: 07 00 03 reference total 01 70 00, then 05 00 03 reference total part; a 16-bit reference is 08 04 reference(2).
 */
export function segmentCommandPacket(packet: Uint8Array, segmentation: Segmentation): Uint8Array[] {
  if (COMMAND_USER_DATA_HEADER.length + packet.length <= USER_DATA_OCTETS) {
    return [new OctetWriter().appendOctets(COMMAND_USER_DATA_HEADER).appendOctets(packet).toOctets()];
  }
  const total = messagesNeeded(packet.length, segmentation);
  const reader = new OctetReader(packet, { clause: CLAUSE });
  return Array.from({ length: total }, (_, index) => {
    const header = partHeader({ total, part: index + 1 }, segmentation);
    const room = USER_DATA_OCTETS - header.length;
    // A last message with a longer header may be needed for nothing but its header: it then gets one octet all the same.
    const keptForLater = total - index - 1;
    const piece = reader.readOctets(Math.min(room, reader.remaining - keptForLater), 'segment');
    return new OctetWriter().appendOctets(header).appendOctets(piece).toOctets();
  });
}

/** The fewest messages whose room, beside their headers, takes so many octets. */
function messagesNeeded(octets: number, segmentation: Segmentation): number {
  const room = (part: number, total: number): number =>
    USER_DATA_OCTETS - partHeader({ part, total }, { ...segmentation, reference: 0 }).length;
  for (let total = 2; total <= HIGHEST_TOTAL; total += 1) {
    // Only the first and the last message may have other headers than those between them.
    if (room(1, total) + (total - 2) * room(2, HIGHEST_TOTAL) + room(total, total) >= octets) return total;
  }
  throw new RangeError('the packet needs more than 255 messages');
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

/** UDHL, then IEI 00 IEL 03 or IEI 08 IEL 04 with reference, total and part, and where the layout wants it 70 00. */
function partHeader(
  { total, part }: { readonly total: number; readonly part: number },
  { reference, referenceBits = 8, layout = 'standard' }: Segmentation,
): Uint8Array {
  const isLong = referenceBits === 16;
  const concatenation = new OctetWriter()
    .appendOctet(isLong ? INFORMATION_ELEMENT.longConcatenation : INFORMATION_ELEMENT.concatenation)
    .appendOctet(isLong ? LONG_CONCATENATION_LENGTH : CONCATENATION_LENGTH)
    .appendUint(reference, isLong ? 2 : 1)
    .appendOctet(total)
    .appendOctet(part)
    .toOctets();
  const command = Uint8Array.of(INFORMATION_ELEMENT.commandPacket, 0);
  const isNamed = part === 1 || (layout === 'commandFirst' && part === total);
  const elements = !isNamed
    ? [concatenation]
    : layout === 'standard'
      ? [concatenation, command]
      : [command, concatenation];
  const octets = elements.reduce((writer, element) => writer.appendOctets(element), new OctetWriter()).toOctets();
  return new OctetWriter().appendOctet(octets.length).appendOctets(octets).toOctets();
}

function refused(problem: string): DecodeError {
  return new DecodeError({ field: 'concatenation', clause: CLAUSE, problem });
}
