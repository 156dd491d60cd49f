import { randomBytes } from 'node:crypto';
import type { PayloadKey } from '../../adapters/vault/payload-keys.ts';
import { Secret } from '../../telecom/secret.ts';

/** A random key under a name. */
export const freshPayloadKey = (id: string): PayloadKey => ({ id, key: Secret.of<Uint8Array>(randomBytes(32)) });
