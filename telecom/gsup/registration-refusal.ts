import { GSUP_CAUSE } from './message.ts';

/**
 * Why an HLR does not register a subscriber that it knows and that may use it: the words for what MAP (3GPP TS 29.002 §17.6.6) and S6a (TS
 * 29.272 §7.4) tell in their own, each with the cause that a GSUP peer is given.
 */
export const REGISTRATION_REFUSALS = {
  /** MAP roamingNotAllowed, S6a 5004. */
  roamingNotAllowed: GSUP_CAUSE.roamingNotAllowed,
  /** S6a 5421, RAT not allowed. */
  accessTechnologyNotAllowed: GSUP_CAUSE.noSuitableCells,
  /** The network of the serving node is not allowed. */
  networkNotAllowed: GSUP_CAUSE.plmnNotAllowed,
  /** S6a 5420: there is no subscription for packet data, or no access point that fits. */
  noPacketSubscription: GSUP_CAUSE.gprsNotAllowed,
} as const;

/** The same by name, and one for what has no name here. */
export const REFUSAL_CAUSES = [
  'roamingNotAllowed',
  'accessTechnologyNotAllowed',
  'networkNotAllowed',
  'noPacketSubscription',
  'other',
] as const satisfies readonly (keyof typeof REGISTRATION_REFUSALS | 'other')[];

/** Why, in one word. */
export type RefusalCause = (typeof REFUSAL_CAUSES)[number];
