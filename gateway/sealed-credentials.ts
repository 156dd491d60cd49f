import { CompactEncrypt } from 'jose';
import type { Imsi } from '../telecom/identifiers/imsi.ts';
import { toHex } from '../telecom/octets/hex.ts';
import type { Secret } from '../telecom/secret.ts';

/** A key that the operator and Rehome agreed on, and the name by which both call it. */
export interface SessionKey {
  readonly kid: string;
  /** 32 octets. */
  readonly key: Secret<Uint8Array>;
}

export interface Credentials {
  readonly changeId: string;
  readonly imsi: Imsi;
  readonly k: Secret<Uint8Array>;
  readonly opc: Secret<Uint8Array>;
}

/**
 * Wraps K and OPc for Rehome: a compact JWE (RFC 7516) under the session key itself (`dir`, A256GCM), of JSON that also names
 * the change and the IMSI, so that one answer can't stand for another.
 */
export async function sealCredentials(
  { changeId, imsi, k, opc }: Credentials,
  { kid, key }: SessionKey,
): Promise<string> {
  const plain = JSON.stringify({ changeId, imsi, k: toHex(k.reveal()), opc: toHex(opc.reveal()) });
  return new CompactEncrypt(new TextEncoder().encode(plain))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', kid })
    .encrypt(key.reveal());
}
