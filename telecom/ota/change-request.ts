import type { Plmn } from '../identifiers/plmn.ts';
import { parseTar } from '../identifiers/tar.ts';
import { encodeTlv, readTlv } from '../octets/ber-tlv.ts';
import { OctetReader } from '../octets/reader.ts';
import { decodePlmn, encodePlmn } from '../uicc/plmn-coding.ts';
import type { Spi } from './spi.ts';

const CLAUSE = 'Rehome card application, change request';
const TAG_TARGET = 0xc1;

/**
 * TAR by which a card addresses Rehome. It is none of the card's own, so that a request sent back to the card is refused there, and a
 * packet for the card sent to Rehome is no request.
 */
export const CHANGE_REQUEST_TAR = parseTar('b00c0b');

/** A request is signed, ciphered and counted, and asks for no answer: the change itself is the answer (ETSI TS 102 225 §5.1.1). */
export const CHANGE_REQUEST_SPI: Spi = {
  counter: 'mustBeHigher',
  ciphered: true,
  integrity: 'cryptographicChecksum',
  por: 'never',
  porIntegrity: 'none',
  porCiphered: false,
  porBySubmit: false,
};

/** What the user of a device chose in its menu: the network that the card shall join. */
export interface CardChangeRequest {
  readonly target: Plmn;
}

/** C1 03 PLMN: the data of a command packet that a card sends as SMS-SUBMIT, under its own key set and a counter of that direction. */
export function encodeChangeRequest({ target }: CardChangeRequest): Uint8Array {
  return encodeTlv(TAG_TARGET, encodePlmn(target));
}

/** C1 03 PLMN; throws only DecodeError. */
export function decodeChangeRequest(octets: Uint8Array): CardChangeRequest {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  const { tag, value } = readTlv(reader, 'target');
  if (tag !== TAG_TARGET) throw reader.error('tag of target', 'it is another one');
  reader.expectEnd('change request');
  return { target: decodePlmn(value) };
}
