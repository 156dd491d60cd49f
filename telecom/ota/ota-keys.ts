import type { Secret } from '../secret.ts';

/** The two keys of one key set: `kic` ciphers, `kid` makes checksums (ETSI TS 102 225 §5.1.2, §5.1.3). */
export interface OtaKeys {
  readonly kic: Secret<Uint8Array>;
  readonly kid: Secret<Uint8Array>;
}
