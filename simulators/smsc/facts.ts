import { z } from 'zod';
import { DEVICE_FACTS } from '../device/facts.ts';
import { iccidSchema, msisdnSchema } from '../support/identifier-schemas.ts';
import { CARD_FACTS } from '../uicc/facts.ts';

export const RECEIPT_STATES = ['DELIVRD', 'EXPIRED', 'UNDELIV'] as const;
export type ReceiptState = (typeof RECEIPT_STATES)[number];

const at = z.iso.datetime();

/** What the centre tells an ESME: what became of its message, or a message of a device. */
export const Delivery = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('receipt'),
    messageId: z.string(),
    destination: msisdnSchema,
    state: z.enum(RECEIPT_STATES),
    /** The ESME's own address. */
    source: z.string().optional(),
    submittedAt: at.optional(),
    doneAt: at.optional(),
    /** The card's answer, where the centre gives it in the receipt. */
    userData: z.string().optional(),
  }),
  z.strictObject({
    kind: z.literal('message'),
    source: msisdnSchema,
    destination: z.string().optional(),
    userData: z.string(),
  }),
]);
export type Delivery = z.infer<typeof Delivery>;

/** When a receipt is wanted: registered_delivery bits 1 and 0 (SMPP 3.4 §5.2.17). */
export const REGISTERED = ['never', 'always', 'onFailure'] as const;

/** A short message that an ESME hands in. */
export const ShortMessage = z.object({
  source: z.string(),
  destination: z.string(),
  protocolId: z.int().min(0).max(255),
  dataCoding: z.int().min(0).max(255),
  userData: z.string(),
  hasUserDataHeader: z.boolean().default(true),
  registered: z.enum(REGISTERED).default('always'),
  /** Until when it waits for its device, where the ESME says so. */
  validUntil: at.optional(),
  /** The ESME wants to be told when a device that is away comes back. */
  setDpf: z.boolean().default(false),
});
export type ShortMessage = z.infer<typeof ShortMessage>;

const messageId = z.string();
const deliveryId = z.string();

/** What can become true at the centre and on the devices; the journal holds these and the state is computed from them. */
export const Fact = z.discriminatedUnion('kind', [
  ...CARD_FACTS,
  ...DEVICE_FACTS,
  z.strictObject({ kind: z.literal('submitted'), at, messageId, ...ShortMessage.shape, destination: msisdnSchema }),
  z.strictObject({ kind: z.literal('lost'), at, messageId }),
  z.strictObject({ kind: z.literal('delivered'), at, messageId, iccid: iccidSchema }),
  z.strictObject({ kind: z.literal('undeliverable'), at, messageId, iccid: iccidSchema }),
  z.strictObject({ kind: z.literal('expired'), at, messageId }),
  /** A device, or its card, has sent a message. */
  z.strictObject({ kind: z.literal('originated'), at, messageId, iccid: iccidSchema, destination: z.string() }),
  z.strictObject({ kind: z.literal('deliveryQueued'), at, deliveryId, delivery: Delivery }),
  z.strictObject({ kind: z.literal('deliveryAnswered'), at, deliveryId }),
]);
export type Fact = z.infer<typeof Fact>;

type Undated<F> = F extends { readonly at: string } ? Omit<F, 'at'> : never;

type DeviceOrCardFact = z.infer<(typeof CARD_FACTS)[number] | (typeof DEVICE_FACTS)[number]>;
const DEVICE_KINDS = new Set<string>([...CARD_FACTS, ...DEVICE_FACTS].map(({ shape }) => shape.kind.value));

/** Whether a fact is of a device or its card, and none of the centre's own. */
export const isOfDevice = (fact: Fact): fact is DeviceOrCardFact => DEVICE_KINDS.has(fact.kind);

/** A fact before it has a time. */
export type NewFact = Undated<Fact>;

/** Makes facts durable and true, all or none. */
export type Record = (...facts: readonly NewFact[]) => void;

/** Whether nothing more happens to the message of this fact. */
export const endsMessage = (
  fact: Fact,
): fact is Extract<Fact, { kind: 'lost' | 'delivered' | 'undeliverable' | 'expired' }> =>
  fact.kind === 'delivered' || fact.kind === 'lost' || fact.kind === 'expired' || fact.kind === 'undeliverable';

/** Drops what is over: the text of messages that are no longer on their way, deliveries that were answered. */
export function withoutFinished(facts: readonly Fact[]): Fact[] {
  const finished = new Set<string>();
  const answered = new Set<string>();
  for (const fact of facts) {
    if (endsMessage(fact)) finished.add(fact.messageId);
    if (fact.kind === 'deliveryAnswered') answered.add(fact.deliveryId);
  }
  return facts.flatMap((fact) => {
    if (fact.kind === 'submitted' && finished.has(fact.messageId)) return [{ ...fact, userData: '' }];
    const isOver =
      (fact.kind === 'deliveryQueued' || fact.kind === 'deliveryAnswered') && answered.has(fact.deliveryId);
    return isOver ? [] : [fact];
  });
}
