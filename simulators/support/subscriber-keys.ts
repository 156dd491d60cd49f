import { createHmac } from 'node:crypto';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { Secret } from '../../telecom/secret.ts';

const KEY_OCTETS = 16;

/** What an authentication centre and a USIM share about one subscription (3GPP TS 35.206). */
export interface SubscriberKeys {
  readonly k: Secret<Uint8Array>;
  readonly opc: Secret<Uint8Array>;
}

/** Computes the keys of a subscription from its operator's seed, so that they need not be stored anywhere. */
export function subscriberKeys(seed: string, imsi: Imsi): SubscriberKeys {
  return { k: derived(seed, `k/${imsi}`), opc: derived(seed, `opc/${imsi}`) };
}

function derived(seed: string, label: string): Secret<Uint8Array> {
  const octets = createHmac('sha256', seed).update(label).digest().subarray(0, KEY_OCTETS);
  return Secret.of(new Uint8Array(octets));
}
