import { z } from 'zod';
import { iccidSchema, imsiSchema, msisdnSchema } from '../support/identifier-schemas.ts';
import type { CardFact } from '../uicc/facts.ts';

const at = z.iso.datetime();
const iccid = iccidSchema;
const imsi = imsiSchema;

/** Why a network did not let a device in (3GPP TS 24.301 §9.9.3.9), as its serving node says. */
export const REFUSAL_REASONS = [
  'unknownSubscriber',
  'barred',
  'authenticationFailed',
  'macFailure',
  'resynchronisationFailed',
] as const;

export const USER_ANSWERS = ['accepted', 'declined', 'none'] as const;
export type UserAnswer = (typeof USER_ANSWERS)[number];

/** What can become true of a device. */
export const DEVICE_FACTS = [
  z.strictObject({ kind: z.literal('detached'), at, iccid, imsi }),
  z.strictObject({ kind: z.literal('attached'), at, iccid, imsi, msisdn: msisdnSchema, plmn: z.string() }),
  /** Once for a device that is refused again and again. */
  z.strictObject({ kind: z.literal('attachRefused'), at, iccid, imsi, reason: z.enum(REFUSAL_REASONS) }),
  z.strictObject({ kind: z.literal('refreshIgnored'), at, iccid }),
  z.strictObject({ kind: z.literal('userAsked'), at, iccid, answer: z.enum(USER_ANSWERS) }),
] as const;

type Undated<F> = F extends { readonly at: string } ? Omit<F, 'at'> : never;

/** What a device makes true. */
export type DeviceFact = Undated<z.infer<(typeof DEVICE_FACTS)[number]>>;

/** Makes facts of a device and its card durable and true, all or none. */
export type RecordDevice = (...facts: readonly (DeviceFact | CardFact)[]) => void;
