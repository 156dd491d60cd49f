import type { MessageState } from '../../../telecom/smpp/delivery-receipt.ts';

/** One SMS to a card: user data with its header, for (U)SIM data download (3GPP TS 23.040 §9.2.3.9, §9.2.3.24). */
export interface Submit {
  readonly source: string;
  readonly destination: string;
  readonly protocolId: number;
  readonly dataCoding: number;
  /** In hex. */
  readonly userData: string;
}

/** What an SMSC delivers: a receipt for a segment, a message from a device, or octets that are neither. */
export type Delivery =
  | {
      readonly kind: 'receipt';
      readonly messageId: string;
      readonly destination: string;
      readonly state: MessageState;
    }
  | { readonly kind: 'message'; readonly source: string; readonly userData: string }
  | { readonly kind: 'unreadable'; readonly pdu: string; readonly reason: string };
