import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import { Secret } from '../secret.ts';
import type { ElementaryFile } from './elementary-file.ts';

const CLAUSE = 'sysmoISIM-SJA2 EF.USIM_AUTH_KEY';
const KEY_OCTETS = 16;
/** Milenage, with OPc in place of OP. */
const MILENAGE_OPC = 0x14;

/**
 * EF.USIM_AUTH_KEY, where programmable cards of one common make keep the key of the USIM application; no standard has such a file, so a
 * card's profile says whether it has this one.
 */
export const EF_USIM_AUTH_KEY = {
  ...{ name: 'EF.USIM_AUTH_KEY', fileId: 'af20' },
  sizeOctets: 1 + 2 * KEY_OCTETS,
} as const satisfies ElementaryFile;

/** K and OPc, 16 octets each. */
export interface AuthenticationKeys {
  readonly k: Secret<Uint8Array>;
  readonly opc: Secret<Uint8Array>;
}

/** 14, K(16), OPc(16). */
export function encodeUsimAuthKey({ k, opc }: AuthenticationKeys): Uint8Array {
  for (const key of [k, opc])
    if (key.reveal().length !== KEY_OCTETS) throw new RangeError('K and OPc are 16 octets each');
  return new OctetWriter().appendOctet(MILENAGE_OPC).appendOctets(k.reveal()).appendOctets(opc.reveal()).toOctets();
}

/** 14, K(16), OPc(16); another algorithm is a DecodeError. */
export function decodeUsimAuthKey(octets: Uint8Array): AuthenticationKeys {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  if (reader.readOctet('algorithm') !== MILENAGE_OPC) throw reader.error('algorithm', 'it is not Milenage with OPc');
  const keys = {
    k: Secret.of(reader.readOctets(KEY_OCTETS, 'K')),
    opc: Secret.of(reader.readOctets(KEY_OCTETS, 'OPc')),
  };
  reader.expectEnd('authentication key');
  return keys;
}
