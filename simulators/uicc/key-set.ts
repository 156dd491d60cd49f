import type { OtaKeys } from '../../telecom/ota/ota-keys.ts';
import type { MacLength } from '../../telecom/ota/packet-security.ts';
import type { FactoryCard } from '../support/cards-file.ts';

/** What a key set is used with: a card never lets a packet choose (ETSI TS 102 225 §5.1.2). */
export type KeySetAlgorithm = 'aes' | 'tripleDes2Key' | 'tripleDes3Key';

/** One key set of the card: its number, its keys and what they are used with. */
export interface KeySet {
  readonly kvn: number;
  readonly algorithm: KeySetAlgorithm;
  readonly keys: OtaKeys;
  readonly macLength: MacLength;
}

export const keySetOf = ({ kvn, keys, algorithm = 'aes', macLength = 8 }: FactoryCard): KeySet => ({
  kvn,
  algorithm,
  keys,
  macLength,
});
