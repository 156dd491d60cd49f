import { DecodeError } from '../decode-error.ts';

/** Response status codes of a card, in the order of their octet, 00 to 0C (ETSI TS 102 225 table 5, 3GPP TS 31.115 §7). */
export const RESPONSE_STATUSES = [
  'porOk',
  'integrityFailed',
  'cntrLow',
  'cntrHigh',
  'cntrBlocked',
  'cipheringError',
  'securityError',
  'memoryFull',
  'moreTime',
  'tarUnknown',
  'insufficientSecurity',
  'byShortMessage',
  'byUssd',
] as const;

/** How a card answers a command packet (ETSI TS 102 225 table 5). */
export type ResponseStatus = (typeof RESPONSE_STATUSES)[number];

/** The status octet of a response. */
export function encodeResponseStatus(status: ResponseStatus): number {
  return RESPONSE_STATUSES.indexOf(status);
}

/** The status octet of a response by name; a reserved value is a DecodeError. */
export function decodeResponseStatus(octet: number): ResponseStatus {
  const status = RESPONSE_STATUSES[octet];
  if (status !== undefined) return status;
  throw new DecodeError({ field: 'STS', clause: 'ETSI TS 102 225 table 5', problem: 'its value is reserved' });
}
