import { OctetReader } from '../../telecom/octets/reader.ts';

const CLAUSE = 'ETSI TS 102 221 §10.1';
/** Commands whose P3 is Le and that are followed by no data: READ BINARY, GET RESPONSE, FETCH. */
const ASKS_ONLY = new Set([0xb0, 0xc0, 0x12]);

/** A command for the card: CLA INS P1 P2, then Lc and data, or Le (ETSI TS 102 221 §10.1). */
export interface CommandApdu {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  readonly data: Uint8Array;
  /** 0 means up to 256. */
  readonly le: number | undefined;
}

/** CLA(1) INS(1) P1(1) P2(1) P3(1), then data where P3 is its length; throws only DecodeError. */
export function readCommandApdu(reader: OctetReader): CommandApdu {
  const cla = reader.readOctet('CLA');
  const ins = reader.readOctet('INS');
  const p1 = reader.readOctet('P1');
  const p2 = reader.readOctet('P2');
  const p3 = reader.readOctet('P3');
  if (ASKS_ONLY.has(ins)) return { cla, ins, p1, p2, data: new Uint8Array(0), le: p3 };
  return { cla, ins, p1, p2, data: reader.readOctets(p3, 'data'), le: undefined };
}

/** One command that stands alone, with or without Le behind its data; throws only DecodeError. */
export function decodeCommandApdu(octets: Uint8Array): CommandApdu {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  const command = readCommandApdu(reader);
  if (reader.remaining === 1) return { ...command, le: reader.readOctet('Le') };
  reader.expectEnd('command');
  return command;
}

/** Commands one behind the other; only the last may have an Le behind its data (ETSI TS 102 226 §5.1.1). Throws only DecodeError. */
export function* commandsOf(octets: Uint8Array): Generator<CommandApdu> {
  const reader = new OctetReader(octets, { clause: 'ETSI TS 102 226 §5.1.1' });
  while (reader.remaining > 0) {
    const command = readCommandApdu(reader);
    if (reader.remaining !== 1) yield command;
    else yield { ...command, le: reader.readOctet('Le') };
  }
}
