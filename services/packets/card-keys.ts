import type { Secret } from '../../telecom/secret.ts';
import type { Vault } from '../../adapters/vault/vault.ts';

/** The secrets of a card as its row holds them. */
export interface SealedCardKeys {
  readonly iccid: string;
  readonly kvn: number;
  readonly sealed_adm1: Buffer;
  readonly sealed_kic: Buffer;
  readonly sealed_kid: Buffer;
}

/** The admin code and the OTA key set of one card, opened for one use inside an activity. */
export interface CardKeys {
  readonly kvn: number;
  readonly adm1: Secret<Uint8Array>;
  readonly kic: Secret<Uint8Array>;
  readonly kid: Secret<Uint8Array>;
}

/** Opens all three; throws UnsealError. */
export async function openCardKeys(sealed: SealedCardKeys, vault: Vault): Promise<CardKeys> {
  const open = (octets: Buffer, column: string) => vault.open(octets, { table: 'cards', column, row: sealed.iccid });
  return {
    kvn: sealed.kvn,
    adm1: await open(sealed.sealed_adm1, 'sealed_adm1'),
    kic: await open(sealed.sealed_kic, 'sealed_kic'),
    kid: await open(sealed.sealed_kid, 'sealed_kid'),
  };
}
