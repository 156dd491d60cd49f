import { z } from 'zod';
import { iccidSchema, imeiSchema, imsiSchema, msisdnSchema } from '../support/identifier-schemas.ts';

export const CONSENT_DECISIONS = ['granted', 'refused', 'pending'] as const;
export type ConsentDecision = (typeof CONSENT_DECISIONS)[number];

const at = z.iso.datetime();
const changeId = z.string();
const imsi = imsiSchema;

/** What can become true at an operator: the journal holds these, the state is computed from them, events tell of them. */
export const Fact = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('reserved'), at, changeId, iccid: iccidSchema, imsi, msisdn: msisdnSchema }),
  /** Without IMSI when nothing was reserved: a tombstone, which keeps a late reservation from happening. */
  z.strictObject({ kind: z.literal('withdrawn'), at, changeId, imsi: imsi.optional() }),
  z.strictObject({ kind: z.literal('barred'), at, imsi }),
  z.strictObject({ kind: z.literal('deleted'), at, imsi }),
  z.strictObject({ kind: z.literal('locationUpdated'), at, imsi, imei: imeiSchema }),
  z.strictObject({ kind: z.literal('detached'), at, imsi }),
  z.strictObject({ kind: z.literal('authenticationFailed'), at, imsi, imei: imeiSchema }),
  z.strictObject({
    kind: z.literal('consentAsked'),
    at,
    changeId,
    iccid: iccidSchema,
    imsi,
    targetOperator: z.string(),
  }),
  z.strictObject({ kind: z.literal('consentDecided'), at, changeId, decision: z.enum(['granted', 'refused']) }),
]);
export type Fact = z.infer<typeof Fact>;

/** A fact before it has a time. */
export type NewFact = Fact extends infer One ? (One extends Fact ? Omit<One, 'at'> : never) : never;

/** A line of the journal: a fact, or how many of the facts so far need no more publishing. */
export const Entry = z.union([Fact, z.strictObject({ kind: z.literal('published'), facts: z.int().nonnegative() })]);
export type Entry = z.infer<typeof Entry>;
