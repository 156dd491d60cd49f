import { z } from 'zod';
import { iccidSchema, imsiSchema, msisdnSchema } from '../../adapters/identifier-schemas.ts';
import type { CardProfile, CardProfiles } from '../packets/card-profiles.ts';
import { operatorId } from './operator-id.ts';

/** Columns that a card file needs, in the order of the example; columns that are in neither list are ignored. */
export const CARD_COLUMNS = ['iccid', 'operator', 'imsi', 'msisdn', 'profile', 'adm1', 'kvn', 'kic', 'kid'] as const;
/** Columns that a card file may have besides. */
export const OPTIONAL_CARD_COLUMNS = ['cntr', 'targets'] as const;

/** The counter has 5 octets, and its highest value blocks the card for good (ETSI TS 102 225 §5.1.4): one below it is left for a change. */
const HIGHEST_LAST_CNTR = 2 ** 40 - 3;
/** Octets of the keys of each algorithm (ETSI TS 102 225 §5.1.2). */
const KEY_OCTETS: Readonly<Record<CardProfile['algorithm'], readonly number[]>> = {
  aes: [16, 24, 32],
  tripleDes2Key: [16],
  tripleDes3Key: [24],
};
const ANY_KEY_OCTETS = KEY_OCTETS.aes;
const DES_KEY_OCTETS = 8;

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
    (text) => text === '' || (/^\d{1,13}$/.test(text) && Number(text) <= HIGHEST_LAST_CNTR),
    `needs a whole number, 0 to ${String(HIGHEST_LAST_CNTR)}`,
  )
  .transform((text) => (text === '' ? undefined : Number(text)))
  .optional();

/** Operators that the card may go to, with spaces between. Without a value all, and no member of the row, as with the counter. */
const targets = z
  .string()
  .transform((text) => [...new Set(text.split(/\s+/).filter((id) => id !== ''))].sort())
  .pipe(z.array(operatorId))
  .transform((ids) => (ids.length === 0 ? undefined : ids))
  .optional();

/** One row of a card file, checked. Messages never quote a key. */
export const cardRow = (profiles: CardProfiles) =>
  z
    .object({
      iccid: iccidSchema,
      operator: operatorId,
      imsi: imsiSchema,
      msisdn: msisdnSchema,
      profile: z
        .string()
        .refine((name) => Object.hasOwn(profiles, name), `is none of ${Object.keys(profiles).join(', ')}`),
      adm1: hexKey([8]),
      kvn: z
        .string()
        .regex(/^([1-9]|1[0-5])$/, 'needs a whole number, 1 to 15')
        .transform(Number),
      kic: hexKey(ANY_KEY_OCTETS),
      kid: hexKey(ANY_KEY_OCTETS),
      cntr: lastCntr,
      targets,
    })
    .superRefine((row, context) => {
      const algorithm = profiles[row.profile]?.algorithm;
      for (const column of ['kic', 'kid'] as const) {
        const message = algorithm && keyProblem(row[column], algorithm);
        if (message !== undefined) context.addIssue({ code: 'custom', path: [column], message });
      }
    });
export type CardRow = z.infer<ReturnType<typeof cardRow>>;

/** Why a card of this algorithm can't have this key. */
function keyProblem(key: string, algorithm: CardProfile['algorithm']): string | undefined {
  const lengths = KEY_OCTETS[algorithm];
  // What no card has was said of the column already.
  if (!hexKey(ANY_KEY_OCTETS).safeParse(key).success) return undefined;
  if (!lengths.includes(key.length / 2))
    return `needs ${lengths.map((octets) => octets * 2).join(', ')} hex digits for the algorithm of its profile, ${algorithm}`;
  if (algorithm === 'aes') return undefined;
  const parts = desKeys(key);
  const isSingle = parts.some((part, index) => part === parts[index - 1]);
  return isSingle ? 'is single DES by another name: two of its parts that follow each other are the same' : undefined;
}

/** The DES keys of a 3DES key without their parity bits. */
function desKeys(key: string): string[] {
  const octets = Buffer.from(Buffer.from(key, 'hex').map((octet) => octet & 0xfe));
  return Array.from({ length: octets.length / DES_KEY_OCTETS }, (_, index) =>
    octets.subarray(index * DES_KEY_OCTETS, (index + 1) * DES_KEY_OCTETS).toString('hex'),
  );
}
