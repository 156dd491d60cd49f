import { z } from 'zod';

/** One SMS to a card: user data with its header, for (U)SIM data download (3GPP TS 23.040 §9.2.3.9, §9.2.3.24). */
export interface Submit {
  readonly source: string;
  readonly destination: string;
  readonly protocolId: number;
  readonly dataCoding: number;
  readonly userData: string;
}

export const Delivery = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('receipt'), messageId: z.string(), destination: z.string(), state: z.string() }),
  z.object({ kind: z.literal('message'), source: z.string(), userData: z.string() }),
]);
/** What an SMSC delivers: a receipt for a segment, or a message from a device. */
export type Delivery = z.infer<typeof Delivery>;

/** One line from the SMSC: an answer to one of ours, a delivery, or a question whether we are alive. */
export const Inbound = z.object({
  id: z.number().int(),
  ok: z.boolean().optional(),
  messageId: z.string().optional(),
  status: z.string().optional(),
  name: z.string().optional(),
  deliver: Delivery.optional(),
  enquire: z.boolean().optional(),
});
export type Inbound = z.infer<typeof Inbound>;
