import { fromHex } from '../octets/hex.ts';
import type { Secret } from '../secret.ts';
import type { CommandApdu } from './command-apdu.ts';
import type { ElementaryFile } from './elementary-file.ts';

const CLA = 0x00;
const INS = { select: 0xa4, verify: 0x20, readBinary: 0xb0, updateBinary: 0xd6 } as const;
/** Select by file id, without a template in the answer (ETSI TS 102 221 §11.1.1). */
const BY_FILE_ID = [0x00, 0x0c] as const;
/** P1 that has a short file identifier in its low bits (ETSI TS 102 221 §11.1.3, §11.1.4). */
const SHORT_FILE_ID = 0x80;
/** Key reference of the first administrative code (ETSI TS 102 221 §9.5.1). */
const ADM1 = 0x0a;
const ADMIN_CODE_OCTETS = 8;
/** With a short file identifier an offset has one octet, P2. */
const LAST_OFFSET = 0xff;

/** The root of the card's files, and the directory of the application at hand (ETSI TS 102 221 §8.3, §8.4.1). */
export const MASTER_FILE = { fileId: '3f00' } as const;
export const APPLICATION_DIRECTORY = { fileId: '7fff' } as const;

/** 00 A4 00 0C 02 file id. */
export function select(file: Pick<ElementaryFile, 'fileId'>): CommandApdu {
  return commandApdu(INS.select, BY_FILE_ID, fromHex(file.fileId, 'file id'));
}

/** 00 20 00 0A 08 admin code (ETSI TS 102 221 §11.1.9). */
export function verifyAdm1(adminCode: Secret<Uint8Array>): CommandApdu {
  const octets = adminCode.reveal();
  if (octets.length !== ADMIN_CODE_OCTETS) throw new RangeError('an admin code is 8 octets');
  return commandApdu(INS.verify, [0x00, ADM1], octets);
}

/**
 * The commands that give a file its content, from an offset on: 00 D6 80+SFI offset where it has a short identifier, else SELECT and
 * 00 D6 00 offset (ETSI TS 102 221 §11.1.4).
 */
export function update(file: ElementaryFile, content: Uint8Array, offset = 0): CommandApdu[] {
  if (offset < 0 || offset > LAST_OFFSET) throw new RangeError('an offset is one octet');
  if (file.sfi !== undefined) return [commandApdu(INS.updateBinary, [SHORT_FILE_ID | file.sfi, offset], content)];
  return [select(file), commandApdu(INS.updateBinary, [0x00, offset], content)];
}

/** 00 B0 00 00 Le: the whole of the file that is selected (ETSI TS 102 221 §11.1.3). */
export const read = ({ sizeOctets }: Pick<ElementaryFile, 'sizeOctets'>): CommandApdu => ({
  ...commandApdu(INS.readBinary, [0x00, 0x00], new Uint8Array(0)),
  le: sizeOctets,
});

const commandApdu = (ins: number, [p1, p2]: readonly [number, number], data: Uint8Array): CommandApdu => ({
  ...{ cla: CLA, ins, p1, p2, data, le: undefined },
});
