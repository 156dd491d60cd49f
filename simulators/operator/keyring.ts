import type { KeyVault } from '../support/key-vault.ts';
import { subscriberKeys } from '../support/subscriber-keys.ts';
import type { SubscriberKeyring } from './network.ts';

/** Keys of the cards of the file follow from the seed; those of the others are sealed by the vault. */
export function keyring(seed: string, vault: KeyVault): SubscriberKeyring {
  return {
    of: ({ imsi, sealedKeys }) =>
      sealedKeys === undefined ? subscriberKeys(seed, imsi) : vault.open(imsi, sealedKeys),
    seal: (imsi, keys) => vault.seal(imsi, keys),
  };
}
