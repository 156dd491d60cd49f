import { z } from 'zod';
import { RESPONSE_STATUSES } from '../../telecom/ota/response-status.ts';
import { iccidSchema, imsiSchema, msisdnSchema } from '../support/identifier-schemas.ts';

export const RECEIPT_STATES = ['DELIVRD', 'EXPIRED', 'UNDELIV'] as const;

/** What the centre tells an ESME: what became of its message, or a message of a device. */
export const Delivery = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('receipt'),
    messageId: z.string(),
    destination: msisdnSchema,
    state: z.enum(RECEIPT_STATES),
  }),
  z.strictObject({ kind: z.literal('message'), source: msisdnSchema, userData: z.string() }),
]);
export type Delivery = z.infer<typeof Delivery>;

/** A short message that an ESME hands in. */
export const ShortMessage = z.object({
  source: z.string(),
  destination: z.string(),
  protocolId: z.int().min(0).max(255),
  dataCoding: z.int().min(0).max(255),
  userData: z.string(),
});
export type ShortMessage = z.infer<typeof ShortMessage>;

const at = z.iso.datetime();
const messageId = z.string();
const iccid = iccidSchema;
const imsi = imsiSchema;
const deliveryId = z.string();
const cntr = z.int();

const CARD_FACTS = [
  z.strictObject({ kind: z.literal('counterConsumed'), at, iccid, kvn: z.int(), cntr }),
  z.strictObject({ kind: z.literal('replayRefused'), at, iccid, cntr }),
  z.strictObject({ kind: z.literal('packetRefused'), at, iccid, status: z.enum(RESPONSE_STATUSES) }),
  z.strictObject({ kind: z.literal('adminCodeRefused'), at, iccid, triesLeft: z.int() }),
  /** IMSI, K and OPc change together or not at all: they are one fact. */
  z.strictObject({ kind: z.literal('cardUpdated'), at, iccid, imsi, sealedKeys: z.string() }),
] as const;

/** What can become true at the centre and on the devices; the journal holds these and the state is computed from them. */
export const Fact = z.discriminatedUnion('kind', [
  ...CARD_FACTS,
  z.strictObject({ kind: z.literal('submitted'), at, messageId, ...ShortMessage.shape, destination: msisdnSchema }),
  z.strictObject({ kind: z.literal('lost'), at, messageId }),
  z.strictObject({ kind: z.literal('delivered'), at, messageId, iccid }),
  z.strictObject({ kind: z.literal('expired'), at, messageId }),
  z.strictObject({ kind: z.literal('deliveryQueued'), at, deliveryId, delivery: Delivery }),
  z.strictObject({ kind: z.literal('deliveryAnswered'), at, deliveryId }),
  z.strictObject({ kind: z.literal('detached'), at, iccid, imsi }),
  z.strictObject({ kind: z.literal('attached'), at, iccid, imsi, msisdn: msisdnSchema, plmn: z.string() }),
]);
export type Fact = z.infer<typeof Fact>;

type Undated<F> = F extends { readonly at: string } ? Omit<F, 'at'> : never;

/** A fact before it has a time. */
export type NewFact = Undated<Fact>;

/** What a card makes true. */
export type CardFact = Undated<z.infer<(typeof CARD_FACTS)[number]>>;

/** Makes facts durable and true, all or none. */
export type Record = (...facts: readonly NewFact[]) => void;

/** Drops what is over: the text of messages that are no longer on their way, deliveries that were answered. */
export function withoutFinished(facts: readonly Fact[]): Fact[] {
  const finished = new Set<string>();
  const answered = new Set<string>();
  for (const fact of facts) {
    if (fact.kind === 'delivered' || fact.kind === 'lost' || fact.kind === 'expired') finished.add(fact.messageId);
    if (fact.kind === 'deliveryAnswered') answered.add(fact.deliveryId);
  }
  return facts.flatMap((fact) => {
    if (fact.kind === 'submitted' && finished.has(fact.messageId)) return [{ ...fact, userData: '' }];
    const isOver =
      (fact.kind === 'deliveryQueued' || fact.kind === 'deliveryAnswered') && answered.has(fact.deliveryId);
    return isOver ? [] : [fact];
  });
}
