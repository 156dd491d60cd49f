import { z } from 'zod';
import { REGISTRATION_REFUSALS } from '../../telecom/gsup/registration-refusal.ts';
import { iccidSchema, imeiSchema, imsiSchema, msisdnSchema } from '../support/identifier-schemas.ts';

export const CONSENT_DECISIONS = ['granted', 'refused', 'pending'] as const;
export type ConsentDecision = (typeof CONSENT_DECISIONS)[number];

/** Monitoring types of 3GPP TS 29.122 that tell whether a device can be reached. */
export const MonitoringType = z.enum(['UE_REACHABILITY', 'LOSS_OF_CONNECTIVITY']);
const REFUSALS = Object.keys(REGISTRATION_REFUSALS) as (keyof typeof REGISTRATION_REFUSALS)[];
/** Why the HLR does not register a subscriber that it knows and has not barred. */
export const RegistrationRefusal = z.enum(REFUSALS);
export type RegistrationRefusal = z.infer<typeof RegistrationRefusal>;

const at = z.iso.datetime();
const changeId = z.string();
const imsi = imsiSchema;
const node = z.string();

/** What can become true at an operator: the journal holds these, the state is computed from them, events tell of them. */
export const Fact = z.discriminatedUnion('kind', [
  /** The keys are sealed (AES-256-GCM). */
  z.strictObject({ kind: z.literal('provisioned'), at, imsi, msisdn: msisdnSchema, sealedKeys: z.string() }),
  /** The subscriber has other keys, sealed in the same way. */
  z.strictObject({ kind: z.literal('rekeyed'), at, imsi, sealedKeys: z.string() }),
  z.strictObject({ kind: z.literal('barred'), at, imsi }),
  z.strictObject({ kind: z.literal('unbarred'), at, imsi }),
  z.strictObject({ kind: z.literal('deleted'), at, imsi }),
  /** A serving node asked for vectors; `seq` is the last SEQ that was given out, and never goes back over a restart. */
  z.strictObject({ kind: z.literal('authenticationSeen'), at, imsi, node, seq: z.int().nonnegative() }),
  z.strictObject({ kind: z.literal('resynchronised'), at, imsi, node, seq: z.int().nonnegative() }),
  z.strictObject({ kind: z.literal('authenticationFailed'), at, imsi, node }),
  /** A card asked to be let in under a barred IMSI; told at most once a minute, since a device asks again and again. */
  z.strictObject({ kind: z.literal('locationUpdateRefused'), at, imsi, node }),
  /** An exposure function reports of a device (3GPP TS 29.122), since whoever controls the simulator says so. */
  z.strictObject({ kind: z.literal('reachabilityReported'), at, imsi, monitoringType: MonitoringType }),
  /** A card that authenticated was not registered; told at most once a minute while the reason is the same. */
  z.strictObject({ kind: z.literal('registrationRefused'), at, imsi, node, cause: RegistrationRefusal }),
  z.strictObject({ kind: z.literal('imeiChecked'), at, imsi, imei: imeiSchema }),
  z.strictObject({ kind: z.literal('locationUpdated'), at, imsi, node, imei: imeiSchema.nullable() }),
  /** A serving node was told that the subscriber is no longer its own: it moved, or may not attach any more. */
  z.strictObject({ kind: z.literal('cancelled'), at, imsi, node }),
  z.strictObject({ kind: z.literal('detached'), at, imsi }),
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
