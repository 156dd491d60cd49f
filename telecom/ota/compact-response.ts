import { DecodeError } from '../decode-error.ts';
import { fromHex, toHex } from '../octets/hex.ts';
import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';

const CLAUSE = 'ETSI TS 102 226 §5.1.2';
const STATUS_WORD_OCTETS = 2;

/** What a card application answers to a script in compact format (ETSI TS 102 226 §5.1.2). */
export interface CompactResponse {
  /** Number of commands executed. */
  readonly commands: number;
  /** SW1 SW2 of the last of them, four hex digits. */
  readonly statusWord: string;
  /** Response data of the last of them. */
  readonly data: Uint8Array;
}

/** Number of commands (1), status word of the last (2), its data. */
export function encodeCompactResponse({
  commands,
  statusWord,
  data,
}: Omit<CompactResponse, 'data'> & Partial<CompactResponse>): Uint8Array {
  const octets = fromHex(statusWord, 'status word');
  if (octets.length !== STATUS_WORD_OCTETS) {
    throw new DecodeError({ field: 'status word', clause: CLAUSE, problem: 'it is not four hex digits' });
  }
  return new OctetWriter()
    .appendOctet(commands)
    .appendOctets(octets)
    .appendOctets(data ?? new Uint8Array(0))
    .toOctets();
}

/** Number of commands (1), status word of the last (2), its data; throws only DecodeError. */
export function decodeCompactResponse(octets: Uint8Array): CompactResponse {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  return {
    commands: reader.readOctet('number of commands'),
    statusWord: toHex(reader.readOctets(STATUS_WORD_OCTETS, 'status word')),
    data: reader.readRest(),
  };
}
