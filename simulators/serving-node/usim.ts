import type { Imsi } from '../../telecom/identifiers/imsi.ts';

/** What a card says to a challenge of the network (3GPP TS 31.102 §7.1.2). */
export type UsimAnswer =
  | { readonly kind: 'res'; readonly res: Uint8Array }
  /** The sequence number is not fresh; AUTS has the card's own. */
  | { readonly kind: 'synchronisationFailure'; readonly auts: Uint8Array }
  /** The challenge is not of the card's own authentication centre. */
  | { readonly kind: 'macFailure' };

/** The card of a device, as far as a network sees it. */
export interface Usim {
  readonly imsi: Imsi;
  authenticate(rand: Uint8Array, autn: Uint8Array): UsimAnswer;
}
