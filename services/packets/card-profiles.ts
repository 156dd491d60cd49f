import { z } from 'zod';
import { DecodeError } from '../../telecom/decode-error.ts';
import { parseTar, type Tar } from '../../telecom/identifiers/tar.ts';
import { JsonError, parseJson } from '../../telecom/json.ts';
import { fromHex } from '../../telecom/octets/hex.ts';
import { decodeSpi } from '../../telecom/ota/spi.ts';
import { LEAST_ROOM, PERSONALIZED_FILES, type PersonalizedFileName } from '../../telecom/uicc/personalization.ts';

const FILE_NAMES = Object.keys(PERSONALIZED_FILES) as PersonalizedFileName[];
const MOST_SEGMENTS = 255;
/** One UPDATE takes 255 octets, 3 for each network. */
const MOST_FPLMN_ENTRIES = 85;

const commands = z.enum(['compact', 'expanded']);
const tar = z.string().transform(read(parseTar));

/** Where EF.IMSI can be read over the air, with the key set of the other packets, so that a probe tells what the card holds. */
const ReadBack = z.union([
  z.strictObject({
    tar,
    commands: commands.default('compact'),
    /** The card counts the packets to this TAR and those that write it with one counter. */
    sameCounter: z.boolean().default(false),
  }),
  z.literal('none'),
]);
export type ReadBack = z.infer<typeof ReadBack>;

/** What every kind of card has: how its packets are secured and cut (ETSI TS 102 225 §5.1, 3GPP TS 31.115 §4.3). */
const packets = {
  tar,
  spi: z.string().transform(read((hex) => decodeSpi(fromHex(hex, 'spi')))),
  algorithm: z.enum(['aes', 'tripleDes2Key', 'tripleDes3Key']),
  macLength: z.union([z.literal(8), z.literal(4)]).default(8),
  layout: z.enum(['standard', 'commandFirst']).default('standard'),
  referenceBits: z.union([z.literal(8), z.literal(16)]).default(8),
  maxSegments: z.int().min(1).max(MOST_SEGMENTS).default(1),
  readBack: ReadBack.optional(),
  /** An application that takes scripts in expanded format, by which the card can be asked to have its device read it anew. */
  refreshTar: tar.optional(),
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
  commands,
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
    const answersSigned = spi.por === 'always' && spi.porIntegrity === 'cryptographicChecksum';
    if (typeof profile.readBack === 'object' && !answersSigned)
      refuse('readBack', 'what the card reads back is its answer, so that has to come always, and signed');
    if (profile.format === 'cpa') return;
    if (!answersSigned)
      refuse('spi', 'the answer about the admin code is waited for, so it has to come always, and signed');
    if (!profile.files.includes('imsi') || !profile.files.includes('usimAuthKey'))
      refuse('files', 'imsi and usimAuthKey are written together or not at all');
    // A card that holds the new key with the old IMSI is let in by neither operator, and neither could repair it.
    else if (profile.files[0] !== 'imsi')
      refuse('files', 'imsi comes first: power that fails after another file leaves a card that no network lets in');
    if (profile.refresh && profile.commands === 'compact')
      refuse('refresh', 'only a script in expanded format can end with REFRESH');
  })
  .transform((profile) => {
    const refreshTar = profile.refreshTar ?? usualRefreshTar(profile);
    return { ...profile, readBack: profile.readBack ?? usualReadBack(profile), ...(refreshTar && { refreshTar }) };
  });
export type CardProfile = z.infer<typeof CardProfile>;

type Given = z.infer<typeof CardApplication> | z.infer<typeof RemoteFiles>;

/** Where a script ends with REFRESH, one may consist of it. */
const usualRefreshTar = (profile: Given): Tar | undefined =>
  profile.format === 'rfm' && profile.refresh ? profile.tar : undefined;

/** Remote file management reads where it writes. The card application reads nothing. */
function usualReadBack(profile: Given): ReadBack {
  return profile.format === 'cpa' ? 'none' : { tar: profile.tar, commands: profile.commands, sameCounter: true };
}

/**
 * Whether the old IMSI, read back behind a higher counter than that of the packet that writes the subscription, proves that the card is
 * unchanged and stays so. It proves nothing where the two packets are counted apart, since the other may still be run, nor of a card
 * that asks its user, who may still answer. A script writes EF.IMSI first.
 */
export const provesUnchanged = (profile: CardProfile): boolean =>
  profile.readBack !== 'none' && profile.readBack.sameCounter && !(profile.format === 'cpa' && profile.askUser);

const CardProfiles = z.record(z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/), CardProfile);
export type CardProfiles = Readonly<Record<string, CardProfile>>;

/** Remote files of the USIM, with the key set and counter of the card application. */
const FILES_OF_USIM = { tar: 'b00011', commands: 'compact', sameCounter: true } as const;

/** The profiles of the cards in `examples/`, and examples for a file of profiles; SPI 16 19 is explained in ETSI TS 102 225 §5.1.1. */
const BUILT_IN = {
  'cpa-aes': {
    ...{ format: 'cpa', tar: 'b00c0a', spi: '1619', algorithm: 'aes', readBack: FILES_OF_USIM },
    refreshTar: 'b20111',
  },
  'cpa-aes-consent': {
    ...{ format: 'cpa', tar: 'b00c0a', spi: '1639', algorithm: 'aes', readBack: FILES_OF_USIM },
    askUser: true,
  },
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
