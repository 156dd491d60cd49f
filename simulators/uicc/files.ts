import { DecodeError } from '../../telecom/decode-error.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { parsePlmn } from '../../telecom/identifiers/plmn.ts';
import { EF_ACC } from '../../telecom/uicc/access-control-class-file.ts';
import { EF_AD } from '../../telecom/uicc/administrative-data-file.ts';
import { decodeUsimAuthKey, EF_USIM_AUTH_KEY } from '../../telecom/uicc/authentication-key-file.ts';
import type { ElementaryFile } from '../../telecom/uicc/elementary-file.ts';
import { EF_ICCID, encodeEfIccid } from '../../telecom/uicc/iccid-file.ts';
import { EF_IMSI } from '../../telecom/uicc/imsi-file.ts';
import { EF_EPSLOCI, EF_KEYS, EF_KEYS_PS, EF_LOCI, EF_PSLOCI } from '../../telecom/uicc/location-files.ts';
import { PERSONALIZED_FILES } from '../../telecom/uicc/personalization.ts';
import { EF_FPLMN } from '../../telecom/uicc/plmn-list-files.ts';
import type { SubscriberKeys } from '../support/subscriber-keys.ts';

/** Directories of the card: MF, and the one of the USIM application (ETSI TS 102 221 §8.3, §8.6). */
export type Directory = '3f00' | '7fff';

/** A file of this card: where it is, and who may read it or write to it over the air (3GPP TS 31.102 §4.2). */
export interface CardFile extends ElementaryFile {
  readonly parent: Directory;
  readonly read: 'always' | 'adm' | 'never';
  readonly update: 'adm' | 'never';
  /** What it holds is a key, which leaves the card's memory only sealed. */
  readonly isSecret: boolean;
}

const OPEN = { parent: '7fff', read: 'always', update: 'adm', isSecret: false } as const;
const SECRET = { parent: '7fff', read: 'adm', update: 'adm', isSecret: true } as const;

/** The elementary files of the card, by name. */
const CARD_FILES = {
  'EF.ICCID': { ...EF_ICCID, parent: '3f00', read: 'always', update: 'never', isSecret: false },
  'EF.IMSI': { ...EF_IMSI, ...OPEN },
  'EF.AD': { ...EF_AD, ...OPEN },
  'EF.ACC': { ...EF_ACC, ...OPEN },
  'EF.LOCI': { ...EF_LOCI, ...OPEN },
  'EF.PSLOCI': { ...EF_PSLOCI, ...OPEN },
  'EF.EPSLOCI': { ...EF_EPSLOCI, ...OPEN },
  'EF.FPLMN': { ...EF_FPLMN, ...OPEN },
  'EF.Keys': { ...EF_KEYS, ...SECRET },
  'EF.KeysPS': { ...EF_KEYS_PS, ...SECRET },
  'EF.USIM_AUTH_KEY': { ...EF_USIM_AUTH_KEY, ...SECRET, read: 'never' },
} as const satisfies Readonly<Record<string, CardFile>>;

/** Name of an elementary file of the card. */
export type FileName = keyof typeof CARD_FILES;

export const FILE_NAMES = Object.keys(CARD_FILES) as FileName[];

/** Digits of the MNC in the simulated networks: both begin with 001, as test networks do (ITU-T E.212). */
const PLMN_DIGITS = 5;

export const cardFile = (name: FileName): CardFile => CARD_FILES[name];

/** All files of a subscription, with what a network taught the card forgotten; a file that is so only in part keeps the rest. */
export function subscriptionFiles(
  imsi: Imsi,
  keys: SubscriberKeys,
  held: (name: FileName) => Uint8Array,
): ReadonlyMap<FileName, Uint8Array> {
  const subscription = { imsi, plmn: parsePlmn(imsi.slice(0, PLMN_DIGITS)), ...keys };
  return new Map<FileName, Uint8Array>(
    Object.values(PERSONALIZED_FILES).flatMap(({ file, offset = 0, content }) => {
      const name = FILE_NAMES.find((one) => CARD_FILES[one].fileId === file.fileId);
      if (name === undefined) return [];
      const octets = new Uint8Array(held(name));
      octets.set(content(subscription), offset);
      return [[name, octets] as const];
    }),
  );
}

/** A file before anything was written to it. */
export const emptyFile = (name: FileName): Uint8Array => new Uint8Array(CARD_FILES[name].sizeOctets);

/** The files as the factory writes them. */
export function factoryFiles(card: { readonly iccid: Iccid; readonly imsi: Imsi; readonly keys: SubscriberKeys }) {
  return new Map<FileName, Uint8Array>([
    ['EF.ICCID', encodeEfIccid(card.iccid)],
    ...subscriptionFiles(card.imsi, card.keys, emptyFile),
  ]);
}

/** K and OPc, or undefined when the file names another algorithm, with which this card can do nothing. */
export function keysIn(content: Uint8Array): SubscriberKeys | undefined {
  try {
    return decodeUsimAuthKey(content);
  } catch (cause) {
    if (cause instanceof DecodeError) return undefined;
    throw cause;
  }
}
