import { compactDecrypt, decodeProtectedHeader, errors } from 'jose';
import { z } from 'zod';
import type { Imsi } from '../../../telecom/identifiers/imsi.ts';
import { Secret } from '../../../telecom/secret.ts';
import { failure } from '../../../workflows/shared/failures.ts';

/** Either the session key itself encrypts, or it wraps a key that does (RFC 7518 §4.5, §4.7). */
const KEY_MANAGEMENT = ['dir', 'A256GCMKW'];
const ENCRYPTION = ['A256GCM'];

const KEY = z
  .string()
  .regex(/^[0-9a-f]{32}$/i)
  .transform((hex) => Secret.of<Uint8Array>(Buffer.from(hex, 'hex')));
const Content = z.object({ changeId: z.string(), imsi: z.string(), k: KEY, opc: KEY });

export interface WrappedCredentials {
  readonly operator: string;
  readonly changeId: string;
  readonly imsi: Imsi;
  /** The compact JWE. */
  readonly credentials: string;
}

/**
 * Opens K and OPc that an operator wrapped for this change and IMSI. What does not open, or is of another change, is the failure
 * HLR_REFUSED, which names the session key and never what is in it.
 */
export async function openCredentials(
  wrapped: WrappedCredentials,
  keyNamed: (kid: string) => Promise<Secret<Uint8Array> | undefined>,
): Promise<{ readonly k: Secret<Uint8Array>; readonly opc: Secret<Uint8Array> }> {
  const { operator, changeId, imsi, credentials } = wrapped;
  const refused = (problem: string) =>
    failure('HLR_REFUSED', `the credentials of ${operator} for IMSI ${imsi} ${problem}`);
  const kid = kidOf(credentials);
  if (kid === undefined) throw refused('name no session key (kid)');
  const key = await keyNamed(kid);
  if (key === undefined) {
    throw refused(`are wrapped under session key ${kid}, which is not registered: import it with the operator’s entry`);
  }
  const content = await decrypted(credentials, key);
  if (content === undefined)
    throw refused(`do not open with session key ${kid}: both sides may have another key under that name`);
  const { data } = content;
  if (data === undefined) throw refused('do not hold changeId, imsi, k and opc as agreed');
  if (data.changeId !== changeId || data.imsi !== imsi) throw refused(`are those of another change or IMSI`);
  return { k: data.k, opc: data.opc };
}

function kidOf(credentials: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(credentials);
    return typeof kid === 'string' && kid !== '' ? kid : undefined;
  } catch {
    // Not a JWE at all, so it names no key either.
    return undefined;
  }
}

async function decrypted(credentials: string, key: Secret<Uint8Array>) {
  try {
    const { plaintext } = await compactDecrypt(credentials, key.reveal(), {
      keyManagementAlgorithms: KEY_MANAGEMENT,
      contentEncryptionAlgorithms: ENCRYPTION,
    });
    return Content.safeParse(parsed(plaintext));
  } catch (cause) {
    if (cause instanceof errors.JOSEError) return undefined;
    throw cause;
  }
}

function parsed(plaintext: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(plaintext));
  } catch {
    return undefined;
  }
}
