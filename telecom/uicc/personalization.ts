import type { Imsi } from '../identifiers/imsi.ts';
import type { Plmn } from '../identifiers/plmn.ts';
import { accessControlClassOf, EF_ACC, encodeEfAcc } from './access-control-class-file.ts';
import { EF_AD, encodeMncLength, MNC_LENGTH_OFFSET } from './administrative-data-file.ts';
import { EF_USIM_AUTH_KEY, encodeUsimAuthKey, type AuthenticationKeys } from './authentication-key-file.ts';
import type { ElementaryFile } from './elementary-file.ts';
import { EF_IMSI, encodeEfImsi } from './imsi-file.ts';
import {
  EF_EPSLOCI,
  EF_KEYS,
  EF_KEYS_PS,
  EF_LOCI,
  EF_PSLOCI,
  resetEfEpsloci,
  resetEfKeys,
  resetEfLoci,
  resetEfPsloci,
} from './location-files.ts';
import { PLMN_OCTETS } from './plmn-coding.ts';
import { EF_FPLMN, encodePlmnList, FEWEST_FPLMN_ENTRIES } from './plmn-list-files.ts';

const MCC_DIGITS = 3;
const THREE_DIGITS = 3;

/** What a card has to hold to be a subscriber of its new network. */
export interface Subscription extends AuthenticationKeys {
  readonly imsi: Imsi;
  /** The network of the subscription. */
  readonly plmn: Plmn;
}

/** How long the files of a kind of card are whose length its issuer decided. */
export interface FileRoom {
  readonly fplmnEntries: number;
}

/** What every card has. */
export const LEAST_ROOM: FileRoom = { fplmnEntries: FEWEST_FPLMN_ENTRIES };

/** A file of the subscription, and what is written to it. */
export interface PersonalizedFile {
  readonly file: ElementaryFile;
  /** Where the content begins, in a file that is only in part the subscription's; absent: the content is the whole file. */
  readonly offset?: number;
  readonly content: (subscription: Subscription, room?: FileRoom) => Uint8Array;
}

/**
 * Files that a change of subscription touches (3GPP TS 31.102): those that say who the subscriber is, and those in which the old
 * network's registrations, keys and refusals would lead the device astray.
 */
export const PERSONALIZED_FILES = named({
  imsi: { file: EF_IMSI, content: ({ imsi }) => encodeEfImsi(imsi) },
  usimAuthKey: { file: EF_USIM_AUTH_KEY, content: encodeUsimAuthKey },
  acc: { file: EF_ACC, content: ({ imsi }) => encodeEfAcc([accessControlClassOf(imsi)]) },
  ad: {
    // The operation mode and the additional information before it stay as they are (3GPP TS 31.102 §4.2.18).
    ...{ file: EF_AD, offset: MNC_LENGTH_OFFSET },
    content: ({ plmn }) => encodeMncLength(plmn.length - MCC_DIGITS === THREE_DIGITS ? 3 : 2),
  },
  loci: { file: EF_LOCI, content: ({ plmn }) => resetEfLoci(plmn) },
  psloci: { file: EF_PSLOCI, content: ({ plmn }) => resetEfPsloci(plmn) },
  epsloci: { file: EF_EPSLOCI, content: ({ plmn }) => resetEfEpsloci(plmn) },
  fplmn: {
    file: EF_FPLMN,
    content: (_subscription, { fplmnEntries } = LEAST_ROOM) => encodePlmnList([], fplmnEntries * PLMN_OCTETS),
  },
  keys: { file: EF_KEYS, content: resetEfKeys },
  keysPs: { file: EF_KEYS_PS, content: resetEfKeys },
});

export type PersonalizedFileName = keyof typeof PERSONALIZED_FILES;

function named<Name extends string>(
  files: Readonly<Record<Name, PersonalizedFile>>,
): Readonly<Record<Name, PersonalizedFile>> {
  return files;
}
