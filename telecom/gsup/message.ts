import type { Imei } from '../identifiers/imei.ts';
import type { Imsi } from '../identifiers/imsi.ts';
import type { Msisdn } from '../identifiers/msisdn.ts';
import type { AuthTuple } from './auth-tuple.ts';

/** Message types by name (OsmoHLR manual, GSUP, message types); what an answer's type is follows from its request's. */
export const MESSAGE_TYPE = {
  updateLocationRequest: 0x04,
  updateLocationError: 0x05,
  updateLocationResult: 0x06,
  sendAuthInfoRequest: 0x08,
  sendAuthInfoError: 0x09,
  sendAuthInfoResult: 0x0a,
  authFailReport: 0x0b,
  purgeMsRequest: 0x0c,
  purgeMsError: 0x0d,
  purgeMsResult: 0x0e,
  insertDataRequest: 0x10,
  insertDataError: 0x11,
  insertDataResult: 0x12,
  deleteDataRequest: 0x14,
  deleteDataError: 0x15,
  deleteDataResult: 0x16,
  locationCancelRequest: 0x1c,
  locationCancelError: 0x1d,
  locationCancelResult: 0x1e,
  checkImeiRequest: 0x30,
  checkImeiError: 0x31,
  checkImeiResult: 0x32,
} as const;

/** Name of a message. */
export type GsupKind = keyof typeof MESSAGE_TYPE;

/** Which of a serving node's domains is meant; none said is the packet domain. */
export type CnDomain = 'ps' | 'cs';

/** Why a location is cancelled: the subscriber is elsewhere, or has no subscription any more. */
export type CancelType = 'update' | 'withdraw';

/** Reasons that an HLR gives in an error (3GPP TS 24.008 §10.5.5.14). */
export const GSUP_CAUSE = {
  imsiUnknown: 0x02,
  illegalSubscriber: 0x03,
  gprsNotAllowed: 0x07,
  servicesNotAllowed: 0x08,
  plmnNotAllowed: 0x0b,
  roamingNotAllowed: 0x0d,
  noSuitableCells: 0x0f,
  networkFailure: 0x11,
  invalidMandatoryInformation: 0x60,
} as const;

type ErrorKind = Extract<GsupKind, `${string}Error`>;
type BareKind =
  'updateLocationResult' | 'purgeMsResult' | 'insertDataResult' | 'deleteDataResult' | 'locationCancelResult';
type DomainKind = 'updateLocationRequest' | 'authFailReport' | 'purgeMsRequest' | 'deleteDataRequest';

interface OfSubscriber {
  readonly imsi: Imsi;
}

interface OfDomain extends OfSubscriber {
  readonly cnDomain: CnDomain | undefined;
}

/** Asks for vectors; with what the card answered when it found the last one stale (3GPP TS 33.102 §6.3.5). */
export interface SendAuthInfoRequest extends OfDomain {
  readonly kind: 'sendAuthInfoRequest';
  /** 1 to 5; none said is 5. */
  readonly vectorsWanted: number | undefined;
  readonly resynchronisation: { readonly rand: Uint8Array; readonly auts: Uint8Array } | undefined;
}

/** One message for each of these kinds, so that a kind picks its own out of the union. */
type Each<Kind extends GsupKind, Rest> = { [K in Kind]: { readonly kind: K } & Rest }[Kind];

/** A message between serving node and HLR about one subscriber (OsmoHLR manual, GSUP). */
export type GsupMessage =
  | Each<BareKind, OfSubscriber>
  | Each<ErrorKind, OfSubscriber & { readonly cause: number }>
  | Each<DomainKind, OfDomain>
  | SendAuthInfoRequest
  | Each<'sendAuthInfoResult', OfSubscriber & { readonly tuples: readonly AuthTuple[] }>
  | Each<'insertDataRequest', OfDomain & { readonly msisdn: Msisdn | undefined }>
  | Each<'locationCancelRequest', OfDomain & { readonly cancelType: CancelType }>
  | Each<'checkImeiRequest', OfSubscriber & { readonly imei: Imei }>
  | Each<'checkImeiResult', OfSubscriber & { readonly accepted: boolean }>;

/** The message of this kind. */
export type GsupMessageOf<Kind extends GsupKind> = Extract<GsupMessage, { readonly kind: Kind }>;
