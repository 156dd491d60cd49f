import { z } from 'zod';
import { iccidSchema, imsiSchema, msisdnSchema } from '../identifier-schemas.ts';
import { CARD_PROFILES } from '../ota/card-profiles.ts';

/** Columns of a card file, in the order of the example; more columns are allowed and ignored. */
export const CARD_COLUMNS = ['iccid', 'operator', 'imsi', 'msisdn', 'profile', 'adm1', 'kvn', 'kic', 'kid'] as const;

const hexKey = (octets: readonly number[]) =>
  z
    .string()
    .toLowerCase()
    .refine(
      (text) => /^[0-9a-f]*$/.test(text) && octets.includes(text.length / 2),
      `needs ${octets.map((length) => length * 2).join(', ')} hex digits`,
    );

/** One row of a card file, checked. Messages never quote a key. */
export const CardRow = z.object({
  iccid: iccidSchema,
  operator: z.string().min(1),
  imsi: imsiSchema,
  msisdn: msisdnSchema,
  profile: z
    .string()
    .refine((name) => Object.hasOwn(CARD_PROFILES, name), `is none of ${Object.keys(CARD_PROFILES).join(', ')}`),
  adm1: hexKey([8]),
  kvn: z.coerce.number().int().min(1).max(15),
  kic: hexKey([16, 24, 32]),
  kid: hexKey([16, 24, 32]),
});
export type CardRow = z.infer<typeof CardRow>;
