import { parseTar } from '../identifiers/tar.ts';
import type { Imsi } from '../identifiers/imsi.ts';
import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import { Secret } from '../secret.ts';
import { decodeEfImsi, EF_IMSI, encodeEfImsi } from '../uicc/imsi-file.ts';

export { decodeCompactResponse, encodeCompactResponse, type CompactResponse } from './compact-response.ts';

const CLAUSE = 'Rehome card application, STORE DATA';
/** CLA 80, INS E2 as STORE DATA has it (GlobalPlatform Card Specification §11.11); P1 01, P2 00 are the application's own. */
const COMMAND_HEADER = 0x80e20100;
const TAG = { adminCode: 0x81, imsi: 0x82, k: 0x83, opc: 0x84, askUser: 0x85 } as const;
const ASK_USER = Uint8Array.of(0x01);
const ADMIN_CODE_OCTETS = 8;
const KEY_OCTETS = 16;

/** TAR of the card application where the card's profile names no other. */
export const CPA_DEFAULT_TAR = parseTar('b00c0a');

/**
 * C-APDU 80 E2 01 00 00: the application's command without any field. It has no admin code that could be compared, so it costs no
 * try; the application finds the fields missing and answers 6A80.
 */
export const IDLE_CPA_COMMAND: Uint8Array = new OctetWriter().appendUint(COMMAND_HEADER, 4).appendOctet(0).toOctets();

/** The one command of the card application: proves the right to change the card, and the whole new subscription. */
export interface CpaCommand {
  /** 8 octets. */
  readonly adminCode: Secret<Uint8Array>;
  readonly imsi: Imsi;
  /** 16 octets. */
  readonly k: Secret<Uint8Array>;
  /** 16 octets. */
  readonly opc: Secret<Uint8Array>;
  /** The card asks the user of its device first, and answers 6985 when the user does not want the change. */
  readonly askUser?: boolean;
}

/**
 * C-APDU 80 E2 01 00 Lc, then 81 admin code (8), 82 EF.IMSI (9), 83 K (16), 84 OPc (16), each with its length octet, and 85 01 01 where
 * the user is to be asked.
 */
export function encodeCpaCommand({ adminCode, imsi, k, opc, askUser = false }: CpaCommand): Uint8Array {
  const body = new OctetWriter();
  appendField(body, { tag: TAG.adminCode, octets: adminCode.reveal(), length: ADMIN_CODE_OCTETS });
  appendField(body, { tag: TAG.imsi, octets: encodeEfImsi(imsi), length: EF_IMSI.sizeOctets });
  appendField(body, { tag: TAG.k, octets: k.reveal(), length: KEY_OCTETS });
  appendField(body, { tag: TAG.opc, octets: opc.reveal(), length: KEY_OCTETS });
  if (askUser) appendField(body, { tag: TAG.askUser, octets: ASK_USER, length: ASK_USER.length });
  const octets = body.toOctets();
  return new OctetWriter().appendUint(COMMAND_HEADER, 4).appendOctet(octets.length).appendOctets(octets).toOctets();
}

/** C-APDU 80 E2 01 00 Lc, then 81 admin code (8), 82 EF.IMSI (9), 83 K (16), 84 OPc (16), maybe 85 01 01; throws only DecodeError. */
export function decodeCpaCommand(octets: Uint8Array): CpaCommand {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  if (reader.readUint(4, 'command header') !== COMMAND_HEADER)
    throw reader.error('command header', 'it is not 80e20100');
  if (reader.readOctet('Lc') !== reader.remaining) throw reader.error('Lc', 'it is not the length of what follows it');
  const command = {
    adminCode: Secret.of(readField(reader, { tag: TAG.adminCode, field: 'admin code', length: ADMIN_CODE_OCTETS })),
    imsi: decodeEfImsi(readField(reader, { tag: TAG.imsi, field: 'EF.IMSI', length: EF_IMSI.sizeOctets })),
    k: Secret.of(readField(reader, { tag: TAG.k, field: 'K', length: KEY_OCTETS })),
    opc: Secret.of(readField(reader, { tag: TAG.opc, field: 'OPc', length: KEY_OCTETS })),
  };
  const askUser = reader.remaining > 0 && readAskUser(reader);
  reader.expectEnd('command');
  return { ...command, ...(askUser && { askUser }) };
}

function readAskUser(reader: OctetReader): true {
  const [value] = readField(reader, { tag: TAG.askUser, field: 'ask user', length: ASK_USER.length });
  if (value !== ASK_USER[0]) throw reader.error('ask user', 'its value is reserved');
  return true;
}

function appendField(
  writer: OctetWriter,
  { tag, octets, length }: { tag: number; octets: Uint8Array; length: number },
): void {
  if (octets.length !== length)
    throw new RangeError(`a field of the card application's command is ${String(length)} octets`);
  writer.appendOctet(tag).appendOctet(length).appendOctets(octets);
}

function readField(
  reader: OctetReader,
  { tag, field, length }: { tag: number; field: string; length: number },
): Uint8Array {
  if (reader.readOctet(field) !== tag) throw reader.error(field, 'another tag stands in its place');
  if (reader.readOctet(field) !== length) throw reader.error(field, `it is not ${String(length)} octets`);
  return reader.readOctets(length, field);
}
