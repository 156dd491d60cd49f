import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';

const CLAUSE = 'ETSI TS 102 221 §10.1';
const LONGEST_DATA = 255;
/**
 * Commands without data, whose P3 is Le: READ BINARY, READ RECORD, GET RESPONSE, STATUS, FETCH, GET CHALLENGE, MANAGE CHANNEL
 * (ETSI TS 102 221 table 10.5), GET DATA (GlobalPlatform Card Specification §11.3).
 */
const ASKS_ONLY = new Set([0xb0, 0xb2, 0xc0, 0xf2, 0x12, 0x84, 0x70, 0xca]);

/** A command for the card: CLA INS P1 P2, then Lc and data, Le, or both (ETSI TS 102 221 §10.1). */
export interface CommandApdu {
  readonly cla: number;
  readonly ins: number;
  readonly p1: number;
  readonly p2: number;
  /** Up to 255 octets. */
  readonly data: Uint8Array;
  /** Octets that may come back; 0 means up to 256. */
  readonly le: number | undefined;
}

/** CLA(1) INS(1) P1(1) P2(1), Lc(1) and data unless the command only asks, Le(1) where it says what may come back. */
export function encodeCommandApdu({ cla, ins, p1, p2, data, le }: CommandApdu): Uint8Array {
  if (data.length > LONGEST_DATA) throw new RangeError('a command takes at most 255 octets of data');
  if (asksOnly(ins) && data.length > 0) throw new RangeError('a command that only asks takes no data');
  const apdu = new OctetWriter().appendOctet(cla).appendOctet(ins).appendOctet(p1).appendOctet(p2);
  if (asksOnly(ins)) return apdu.appendOctet(le ?? 0).toOctets();
  apdu.appendOctet(data.length).appendOctets(data);
  return (le === undefined ? apdu : apdu.appendOctet(le)).toOctets();
}

/** One command that stands alone, with or without Le behind its data; throws only DecodeError. */
export function decodeCommandApdu(octets: Uint8Array): CommandApdu {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  const command = readCommandApdu(reader);
  if (reader.remaining === 1 && command.le === undefined) return { ...command, le: reader.readOctet('Le') };
  reader.expectEnd('command');
  return command;
}

/** The next of commands that stand back to back: CLA INS P1 P2 P3, then data where P3 is their length; throws only DecodeError. */
export function readCommandApdu(reader: OctetReader): CommandApdu {
  const cla = reader.readOctet('CLA');
  const ins = reader.readOctet('INS');
  const p1 = reader.readOctet('P1');
  const p2 = reader.readOctet('P2');
  const p3 = reader.readOctet('P3');
  if (asksOnly(ins)) return { cla, ins, p1, p2, data: new Uint8Array(0), le: p3 };
  return { cla, ins, p1, p2, data: reader.readOctets(p3, 'data'), le: undefined };
}

const asksOnly = (ins: number): boolean => ASKS_ONLY.has(ins);
