import type { MessageState } from '../../telecom/smpp/delivery-receipt.ts';

/** One SMS to a card: user data with its header, for (U)SIM data download (3GPP TS 23.040 §9.2.3.9, §9.2.3.24). */
export interface Submit {
  readonly source: string;
  readonly destination: string;
  readonly protocolId: number;
  readonly dataCoding: number;
  /** In hex. */
  readonly userData: string;
}

/** What an SMSC delivers: a receipt for a segment, a message from a device, word that a device is back, or octets that are none of these. */
export type Delivery =
  | {
      readonly kind: 'receipt';
      readonly messageId: string;
      readonly destination: string;
      readonly state: MessageState;
    }
  | { readonly kind: 'available'; readonly source: string }
  | { readonly kind: 'message'; readonly source: string; readonly userData: string }
  | { readonly kind: 'unreadable'; readonly pdu: string; readonly reason: string };
