import { GSUP_CAUSE } from '../../telecom/gsup/message.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';

/** Why a device is not let in: the HLR's word on the subscriber, or an authentication that one of both sides did not accept. */
export type AttachRefusal =
  'unknownSubscriber' | 'barred' | 'authenticationFailed' | 'macFailure' | 'resynchronisationFailed';

const WORDS: Readonly<Record<AttachRefusal, string>> = {
  unknownSubscriber: 'the HLR does not know it',
  barred: 'the HLR does not let it in',
  authenticationFailed: 'the card did not give the answer that the HLR expects',
  macFailure: 'the card does not accept the challenge of the HLR',
  resynchronisationFailed: 'card and HLR do not agree on the sequence number',
};

/** The network answered, and does not let the device in. */
export class AttachRefused extends Error {
  override readonly name = 'AttachRefused';
  readonly reason: AttachRefusal;

  constructor(imsi: Imsi, reason: AttachRefusal) {
    super(`${imsi} cannot attach: ${WORDS[reason]}`);
    this.reason = reason;
  }
}

/** The refusal that a cause of the HLR means, or nothing where it only has trouble of its own (3GPP TS 24.008 §10.5.5.14). */
export function refusalOf(cause: number): AttachRefusal | undefined {
  switch (cause) {
    case GSUP_CAUSE.imsiUnknown:
      return 'unknownSubscriber';
    case GSUP_CAUSE.illegalSubscriber:
    case GSUP_CAUSE.gprsNotAllowed:
    case GSUP_CAUSE.servicesNotAllowed:
    case GSUP_CAUSE.plmnNotAllowed:
    case GSUP_CAUSE.roamingNotAllowed:
    case GSUP_CAUSE.noSuitableCells:
      return 'barred';
    default:
      return undefined;
  }
}
