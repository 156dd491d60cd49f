import type { Imsi } from '../identifiers/imsi.ts';
import type { Plmn } from '../identifiers/plmn.ts';
import { accessControlClassOf, EF_ACC, encodeEfAcc } from './access-control-class-file.ts';
import { EF_AD, encodeEfAd } from './administrative-data-file.ts';
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
import { EF_FPLMN, encodePlmnList } from './plmn-list-files.ts';

const MCC_DIGITS = 3;
const THREE_DIGITS = 3;
const NORMAL_OPERATION = Uint8Array.of(0, 0, 0);

/** What a card has to hold to be a subscriber of its new network. */
export interface Subscription extends AuthenticationKeys {
  readonly imsi: Imsi;
  /** The network of the subscription. */
  readonly plmn: Plmn;
}

interface PersonalizedFile {
  readonly file: ElementaryFile;
  readonly content: (subscription: Subscription) => Uint8Array;
}

/**
 * Files that a change of subscription touches (3GPP TS 31.102): those that say who the subscriber is, and those in which the old
 * network's registrations, keys and refusals would lead the device astray.
 */
export const PERSONALIZED_FILES = {
  imsi: { file: EF_IMSI, content: ({ imsi }) => encodeEfImsi(imsi) },
  usimAuthKey: { file: EF_USIM_AUTH_KEY, content: encodeUsimAuthKey },
  acc: { file: EF_ACC, content: ({ imsi }) => encodeEfAcc([accessControlClassOf(imsi)]) },
  ad: {
    file: EF_AD,
    content: ({ plmn }) =>
      encodeEfAd({ mode: NORMAL_OPERATION, mncDigits: plmn.length - MCC_DIGITS === THREE_DIGITS ? 3 : 2 }),
  },
  loci: { file: EF_LOCI, content: ({ plmn }) => resetEfLoci(plmn) },
  psloci: { file: EF_PSLOCI, content: ({ plmn }) => resetEfPsloci(plmn) },
  epsloci: { file: EF_EPSLOCI, content: ({ plmn }) => resetEfEpsloci(plmn) },
  fplmn: { file: EF_FPLMN, content: () => encodePlmnList([], EF_FPLMN.sizeOctets) },
  keys: { file: EF_KEYS, content: resetEfKeys },
  keysPs: { file: EF_KEYS_PS, content: resetEfKeys },
} as const satisfies Record<string, PersonalizedFile>;

export type PersonalizedFileName = keyof typeof PERSONALIZED_FILES;
