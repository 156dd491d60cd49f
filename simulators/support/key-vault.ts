import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { fromHex, toHex } from '../../telecom/octets/hex.ts';
import { OctetWriter } from '../../telecom/octets/writer.ts';
import { Secret } from '../../telecom/secret.ts';
import type { SubscriberKeys } from './subscriber-keys.ts';

const ALGORITHM = 'aes-256-gcm';
const VAULT_KEY_OCTETS = 32;
const IV_OCTETS = 12;
const TAG_OCTETS = 16;
const SUBSCRIBER_KEY_OCTETS = 16;

/** Seals the keys that cards were given, so that the journal does not hold them in the clear; bound to their IMSI. */
export class KeyVault {
  readonly #key: Secret<Uint8Array>;

  private constructor(key: Secret<Uint8Array>) {
    this.#key = key;
  }

  /** Opens the vault with the key in the file, which is made on the first start and readable by its owner only. */
  static open(path: string): KeyVault {
    if (!existsSync(path)) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(`${path}.new`, toHex(randomBytes(VAULT_KEY_OCTETS)), { mode: 0o600 });
      renameSync(`${path}.new`, path);
    }
    return new KeyVault(Secret.of(fromHex(readFileSync(path, 'utf8').trim(), 'vault key')));
  }

  seal(imsi: Imsi, { k, opc }: SubscriberKeys): string {
    return this.sealOctets(imsi, new OctetWriter().appendOctets(k.reveal()).appendOctets(opc.reveal()).toOctets());
  }

  open(imsi: Imsi, sealedKeys: string): SubscriberKeys {
    const keys = this.openOctets(imsi, sealedKeys);
    return {
      k: Secret.of(keys.slice(0, SUBSCRIBER_KEY_OCTETS)),
      opc: Secret.of(keys.slice(SUBSCRIBER_KEY_OCTETS)),
    };
  }

  /** Seals octets so that they open only in the place that they were sealed for. */
  sealOctets(place: string, octets: Uint8Array): string {
    const iv = randomBytes(IV_OCTETS);
    const cipher = createCipheriv(ALGORITHM, this.#key.reveal(), iv).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([cipher.update(octets), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
  }

  openOctets(place: string, sealed: string): Uint8Array {
    const octets = Buffer.from(sealed, 'base64');
    const iv = octets.subarray(0, IV_OCTETS);
    const decipher = createDecipheriv(ALGORITHM, this.#key.reveal(), iv, { authTagLength: TAG_OCTETS })
      .setAAD(Buffer.from(place))
      .setAuthTag(octets.subarray(IV_OCTETS, IV_OCTETS + TAG_OCTETS));
    return new Uint8Array(Buffer.concat([decipher.update(octets.subarray(IV_OCTETS + TAG_OCTETS)), decipher.final()]));
  }
}
