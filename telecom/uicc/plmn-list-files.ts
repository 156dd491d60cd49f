import type { Plmn } from '../identifiers/plmn.ts';
import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import type { ElementaryFile } from './elementary-file.ts';
import { decodePlmn, encodePlmn, PLMN_OCTETS } from './plmn-coding.ts';

const CLAUSE = '3GPP TS 31.102 §4.2.16';
const EMPTY_ENTRY = new Uint8Array(PLMN_OCTETS).fill(0xff);

/** EF.FPLMN has four entries or more, as the card's issuer decided. */
export const FEWEST_FPLMN_ENTRIES = 4;

/**
 * EF.FPLMN: networks that refused the card, the oldest first; the device writes the newest to the last entry, so that a card with more
 * entries than are cleared keeps those that count most. The size is that of the fewest entries (3GPP TS 31.102 §4.2.16).
 */
export const EF_FPLMN = {
  name: 'EF.FPLMN',
  fileId: '6f7b',
  sfi: 0x0d,
  sizeOctets: FEWEST_FPLMN_ENTRIES * PLMN_OCTETS,
} as const satisfies ElementaryFile;

/** EF.EHPLMN: networks that count as home; one entry of a list whose length the card decides (3GPP TS 31.102 §4.2.84). */
export const EF_EHPLMN = {
  ...{ name: 'EF.EHPLMN', fileId: '6fd9', sfi: 0x1d },
  sizeOctets: PLMN_OCTETS,
} as const satisfies ElementaryFile;

/** PLMN(3) of each network, FF FF FF in entries that are free; fewer octets than the networks need are a RangeError. */
export function encodePlmnList(plmns: readonly Plmn[], sizeOctets: number): Uint8Array {
  const free = sizeOctets / PLMN_OCTETS - plmns.length;
  if (!Number.isInteger(free) || free < 0) throw new RangeError('a list of networks is 3 octets for each');
  const writer = new OctetWriter();
  for (const plmn of plmns) writer.appendOctets(encodePlmn(plmn));
  for (let entry = 0; entry < free; entry += 1) writer.appendOctets(EMPTY_ENTRY);
  return writer.toOctets();
}

/** The networks of a list, free entries left out; throws only DecodeError. */
export function decodePlmnList(octets: Uint8Array): Plmn[] {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  const plmns: Plmn[] = [];
  while (reader.remaining > 0) {
    const entry = reader.readOctets(PLMN_OCTETS, 'plmn list');
    if (Buffer.compare(entry, EMPTY_ENTRY) !== 0) plmns.push(decodePlmn(entry));
  }
  return plmns;
}
