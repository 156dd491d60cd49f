import { z } from 'zod';
import { iccidSchema, imsiSchema, msisdnSchema } from '../identifier-schemas.ts';
import type { CardProfiles } from '../ota/card-profiles.ts';
import { operatorId } from './operators.ts';

/** Columns that a card file needs, in the order of the example; columns that are in neither list are ignored. */
export const CARD_COLUMNS = ['iccid', 'operator', 'imsi', 'msisdn', 'profile', 'adm1', 'kvn', 'kic', 'kid'] as const;
/** Columns that a card file may have besides. */
export const OPTIONAL_CARD_COLUMNS = ['cntr'] as const;

/** Highest value of a counter of 5 octets (ETSI TS 102 225 §5.1). */
const HIGHEST_CNTR = 2 ** 40 - 1;

const hexKey = (octets: readonly number[]) =>
  z
    .string()
    .toLowerCase()
    .refine(
      (text) => /^[0-9a-f]*$/.test(text) && octets.includes(text.length / 2),
      `needs ${octets.map((length) => length * 2).join(', ')} hex digits`,
    );

/** The last counter that a card has taken. Without a value it is no member of the row, so that the row's fingerprint does not know it. */
const lastCntr = z
  .string()
  .refine(
    (text) => text === '' || (/^\d{1,13}$/.test(text) && Number(text) <= HIGHEST_CNTR),
    `needs a whole number, 0 to ${String(HIGHEST_CNTR)}`,
  )
  .transform((text) => (text === '' ? undefined : Number(text)))
  .optional();

/** One row of a card file, checked. Messages never quote a key. */
export const cardRow = (profiles: CardProfiles) =>
  z.object({
    iccid: iccidSchema,
    operator: operatorId,
    imsi: imsiSchema,
    msisdn: msisdnSchema,
    profile: z
      .string()
      .refine((name) => Object.hasOwn(profiles, name), `is none of ${Object.keys(profiles).join(', ')}`),
    adm1: hexKey([8]),
    kvn: z.coerce.number().int().min(1).max(15),
    kic: hexKey([16, 24, 32]),
    kid: hexKey([16, 24, 32]),
    cntr: lastCntr,
  });
export type CardRow = z.infer<ReturnType<typeof cardRow>>;
