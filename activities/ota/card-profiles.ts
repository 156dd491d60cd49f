import { z } from 'zod';
import { DecodeError } from '../../telecom/decode-error.ts';
import { parseTar } from '../../telecom/identifiers/tar.ts';
import { JsonError, parseJson } from '../../telecom/json.ts';
import { fromHex } from '../../telecom/octets/hex.ts';
import { decodeSpi } from '../../telecom/ota/spi.ts';
import { LEAST_ROOM, PERSONALIZED_FILES, type PersonalizedFileName } from '../../telecom/uicc/personalization.ts';

const FILE_NAMES = Object.keys(PERSONALIZED_FILES) as PersonalizedFileName[];
const MOST_SEGMENTS = 255;
/** One UPDATE takes 255 octets, 3 for each network. */
const MOST_FPLMN_ENTRIES = 85;

/** What every kind of card has: how its packets are secured and cut (ETSI TS 102 225 §5.1, 3GPP TS 31.115 §4.3). */
const packets = {
  tar: z.string().transform(read(parseTar)),
  spi: z.string().transform(read((hex) => decodeSpi(fromHex(hex, 'spi')))),
  algorithm: z.enum(['aes', 'tripleDes2Key', 'tripleDes3Key']),
  macLength: z.union([z.literal(8), z.literal(4)]).default(8),
  layout: z.enum(['standard', 'commandFirst']).default('standard'),
  referenceBits: z.union([z.literal(8), z.literal(16)]).default(8),
  maxSegments: z.int().min(1).max(MOST_SEGMENTS).default(1),
};

/** The card application of Rehome: one command swaps the whole subscription, or nothing. */
const CardApplication = z.strictObject({ format: z.literal('cpa'), ...packets, askUser: z.boolean().default(false) });

/**
 * Remote file management of a programmable card (ETSI TS 102 226 §5, §7): a script writes the files, one after the other. It writes
 * files of the USIM application only: copies of the key that a card keeps elsewhere, for 2G (6F20) or in an ISIM (AF20), stay old.
 */
const RemoteFiles = z.strictObject({
  format: z.literal('rfm'),
  ...packets,
  commands: z.enum(['compact', 'expanded']),
  files: z.array(z.enum(FILE_NAMES)).refine((names) => new Set(names).size === names.length, 'names a file twice'),
  fplmnEntries: z.int().min(LEAST_ROOM.fplmnEntries).max(MOST_FPLMN_ENTRIES).default(LEAST_ROOM.fplmnEntries),
  refresh: z.boolean().default(false),
});

/** How a kind of card is written over the air, and how it answers. */
export const CardProfile = z
  .discriminatedUnion('format', [CardApplication, RemoteFiles])
  .superRefine(({ spi, ...profile }, context) => {
    const refuse = (path: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message });
    };
    if (spi.integrity !== 'cryptographicChecksum' || !spi.ciphered)
      refuse('spi', 'a subscription goes over the air signed and ciphered only: its first octet has bits 3 and 2 set');
    if (spi.porIntegrity === 'digitalSignature')
      refuse('spi', 'an answer with a digital signature can not be verified');
    // Counters that no packet used are legal only here: a packet that was stopped leaves one behind.
    if (spi.counter !== 'mustBeHigher')
      refuse(
        'spi',
        'the card has to take counters that are higher than its last one: bits 5 and 4 of the first octet are 10',
      );
    if (profile.format === 'cpa') return;
    if (spi.por !== 'always' || spi.porIntegrity !== 'cryptographicChecksum')
      refuse('spi', 'the answer about the admin code is waited for, so it has to come always, and signed');
    if (!profile.files.includes('imsi') || !profile.files.includes('usimAuthKey'))
      refuse('files', 'imsi and usimAuthKey are written together or not at all');
    if (profile.refresh && profile.commands === 'compact')
      refuse('refresh', 'only a script in expanded format can end with REFRESH');
  });
export type CardProfile = z.infer<typeof CardProfile>;

const CardProfiles = z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/), CardProfile);
export type CardProfiles = Readonly<Record<string, CardProfile>>;

/** The profiles of the cards in `examples/`, and examples for a file of profiles; SPI 16 19 is explained in ETSI TS 102 225 §5.1.1. */
const BUILT_IN = {
  'cpa-aes': { format: 'cpa', tar: 'b00c0a', spi: '1619', algorithm: 'aes' },
  'cpa-aes-consent': { format: 'cpa', tar: 'b00c0a', spi: '1639', algorithm: 'aes', askUser: true },
  'rfm-aes': {
    ...{ format: 'rfm', tar: 'b00011', spi: '1619', algorithm: 'aes' },
    ...{ commands: 'compact', files: ['imsi', 'ad', 'usimAuthKey', 'loci'] },
  },
  'rfm-aes-expanded': {
    ...{ format: 'rfm', tar: 'b20111', spi: '1619', algorithm: 'aes', maxSegments: 3, commands: 'expanded' },
    files: ['imsi', 'usimAuthKey', 'acc', 'ad', 'loci', 'psloci', 'epsloci', 'fplmn', 'keys', 'keysPs'],
    refresh: true,
  },
} as const satisfies Record<string, z.input<typeof CardProfile>>;

/** A file of card profiles can't be used; the message names every fault. */
export class CardProfileError extends Error {
  override readonly name = 'CardProfileError';
}

/** The built-in profiles, and those of a file (JSON) besides; a profile of the file replaces the built-in one of its name. */
export function cardProfiles(file?: { readonly name: string; readonly text: string }): CardProfiles {
  const builtIn = CardProfiles.parse(BUILT_IN);
  if (file === undefined) return builtIn;
  const parsed = CardProfiles.safeParse(json(file));
  if (!parsed.success) throw new CardProfileError(`${file.name} is not usable:\n${z.prettifyError(parsed.error)}`);
  return { ...builtIn, ...parsed.data };
}

function json({ name, text }: { readonly name: string; readonly text: string }): unknown {
  try {
    return parseJson(text);
  } catch (cause) {
    throw cause instanceof JsonError ? new CardProfileError(`${name} ${cause.message}`) : cause;
  }
}

/** Makes a codec of `telecom/` a transformation of zod, with its error as the issue. */
function read<Value>(decode: (text: string) => Value) {
  return (text: string, context: z.RefinementCtx): Value => {
    try {
      return decode(text);
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause;
      context.addIssue({ code: 'custom', message: cause.message });
      return z.NEVER;
    }
  };
}
