import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import type { ElementaryFile } from './elementary-file.ts';

const CLAUSE = '3GPP TS 31.102 §4.2.18';
const MODE_OCTETS = 3;
const MNC_LENGTH_MASK = 0x0f;

/** EF.AD of the USIM application, with the length of the MNC and without octets that only later releases have. */
export const EF_AD = { name: 'EF.AD', fileId: '6fad', sfi: 0x03, sizeOctets: 4 } as const satisfies ElementaryFile;

/** Where the length of the MNC stands: octet 4, behind what says how the device is operated. */
export const MNC_LENGTH_OFFSET = MODE_OCTETS;

/** UE operation mode and additional information as they are, and how many digits of the IMSI are the MNC. */
export interface AdministrativeData {
  /** Octets 1 to 3; 00 00 00 is normal operation. */
  readonly mode: Uint8Array;
  readonly mncDigits: 2 | 3;
}

/** Mode(1), additional information(2), length of the MNC(1). */
export function encodeEfAd({ mode, mncDigits }: AdministrativeData): Uint8Array {
  if (mode.length !== MODE_OCTETS) throw new RangeError('the operation mode is 3 octets');
  return new OctetWriter().appendOctets(mode).appendOctets(encodeMncLength(mncDigits)).toOctets();
}

/** Octet 4 alone: length of the MNC in the low nibble, the high one is reserved. */
export const encodeMncLength = (mncDigits: AdministrativeData['mncDigits']): Uint8Array => Uint8Array.of(mncDigits);

/** Mode(1), additional information(2), length of the MNC(1) in its low nibble, maybe more; throws only DecodeError. */
export function decodeEfAd(octets: Uint8Array): AdministrativeData {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  const mode = reader.readOctets(MODE_OCTETS, 'efAd.mode');
  const mncDigits = reader.readOctet('efAd.mncDigits') & MNC_LENGTH_MASK;
  if (mncDigits !== 2 && mncDigits !== 3) throw reader.error('efAd.mncDigits', 'it is neither 2 nor 3');
  return { mode, mncDigits };
}
