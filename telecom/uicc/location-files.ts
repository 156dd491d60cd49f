import type { Plmn } from '../identifiers/plmn.ts';
import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import type { ElementaryFile } from './elementary-file.ts';
import { encodePlmn, PLMN_OCTETS } from './plmn-coding.ts';

/** EF.LOCI: where the circuit-switched side was registered last (3GPP TS 31.102 §4.2.17). */
export const EF_LOCI = { name: 'EF.LOCI', fileId: '6f7e', sfi: 0x0b, sizeOctets: 11 } as const satisfies ElementaryFile;
/** EF.PSLOCI: where the packet-switched side was registered last (3GPP TS 31.102 §4.2.23). */
export const EF_PSLOCI = {
  ...{ name: 'EF.PSLOCI', fileId: '6f73', sfi: 0x0c },
  sizeOctets: 14,
} as const satisfies ElementaryFile;
/** EF.EPSLOCI: where the evolved packet system was registered last (3GPP TS 31.102 §4.2.91). */
export const EF_EPSLOCI = {
  ...{ name: 'EF.EPSLOCI', fileId: '6fe3', sfi: 0x1e },
  sizeOctets: 18,
} as const satisfies ElementaryFile;
/** EF.Keys and EF.KeysPS: keys of the last authentication on either side (3GPP TS 31.102 §4.2.3, §4.2.4). */
export const EF_KEYS = { name: 'EF.Keys', fileId: '6f08', sfi: 0x08, sizeOctets: 33 } as const satisfies ElementaryFile;
export const EF_KEYS_PS = {
  ...{ name: 'EF.KeysPS', fileId: '6f09', sfi: 0x09 },
  sizeOctets: 33,
} as const satisfies ElementaryFile;

/** How an update ended (3GPP TS 31.102 §4.2.17, §4.2.23, §4.2.91); the other values are reserved or about one area only. */
const NOT_UPDATED = 0x01;
const STATUS_MASK = 0x07;
const UNASSIGNED = 0xff;
/** A key set identifier that says that there are no keys (3GPP TS 24.008 §10.5.1.2). */
const NO_KEYS = 0x07;
const NO_AREA = Uint8Array.of(0, 0);

/** What the three location files have in common: temporary identities first, the area of a network, then the status. */
export interface LocationFile extends ElementaryFile {
  /** Octets of temporary identities before the PLMN. */
  readonly identityOctets: number;
}

export const LOCATION_FILES = [
  { ...EF_LOCI, identityOctets: 4 },
  { ...EF_PSLOCI, identityOctets: 7 },
  { ...EF_EPSLOCI, identityOctets: 12 },
] as const satisfies readonly LocationFile[];

/** TMSI(4) LAI(5) FF status(1): no identity, no area, not updated (3GPP TS 31.102 annex E). */
export const resetEfLoci = (home: Plmn): Uint8Array => noLocation(home, { identityOctets: 4, unused: [UNASSIGNED] });

/** P-TMSI(4) signature(3) RAI(6) status(1): no identity, no area, not updated (3GPP TS 31.102 annex E). */
export const resetEfPsloci = (home: Plmn): Uint8Array => noLocation(home, { identityOctets: 7, unused: [UNASSIGNED] });

/** GUTI(12) TAI(5) status(1): no identity, no area, not updated (3GPP TS 31.102 annex E). */
export const resetEfEpsloci = (home: Plmn): Uint8Array => noLocation(home, { identityOctets: 12, unused: [] });

/** KSI 07, then CK and IK as FF: no keys (3GPP TS 31.102 annex E). */
export const resetEfKeys = (): Uint8Array => new Uint8Array(EF_KEYS.sizeOctets).fill(UNASSIGNED).with(0, NO_KEYS);

function noLocation(
  home: Plmn,
  { identityOctets, unused }: { readonly identityOctets: number; readonly unused: readonly number[] },
): Uint8Array {
  return new OctetWriter()
    .appendOctets(new Uint8Array(identityOctets).fill(UNASSIGNED))
    .appendOctets(encodePlmn(home))
    .appendOctets(NO_AREA)
    .appendOctets(Uint8Array.from(unused))
    .appendOctet(NOT_UPDATED)
    .toOctets();
}

/** Whether a location file holds a registration that a device would build on; throws only DecodeError. */
export function holdsLocation(file: LocationFile, content: Uint8Array): boolean {
  const reader = new OctetReader(content, { clause: '3GPP TS 31.102 §4.2.17' });
  reader.readOctets(file.identityOctets + PLMN_OCTETS, `${file.name} identity`);
  reader.readOctets(file.sizeOctets - file.identityOctets - PLMN_OCTETS - 1, `${file.name} area`);
  const status = reader.readOctet(`${file.name} status`) & STATUS_MASK;
  reader.expectEnd(file.name);
  return status !== NOT_UPDATED;
}
