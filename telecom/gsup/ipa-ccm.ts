import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';

const CLAUSE = 'OsmoHLR manual, IPA CCM';
const MESSAGE = { ping: 0x00, pong: 0x01, identityRequest: 0x04, identityResponse: 0x05, identityAck: 0x06 } as const;
const END_OF_TEXT = 0x00;

/** Tags of what a peer may be asked about itself; osmo-hlr needs a unit id, and knows a peer by its serial number. */
export const IDENTITY_TAG = { serialNumber: 0x00, unitName: 0x01, unitId: 0x08 } as const;

/** One thing that a peer says of itself. */
export interface Identity {
  readonly tag: number;
  /** ASCII without NUL. */
  readonly value: string;
}

/** A message about the connection itself: is the other side alive, and who is it (OsmoHLR manual, IPA CCM). */
export type CcmMessage =
  | { readonly kind: 'ping' | 'pong' | 'identityAck' }
  | { readonly kind: 'identityRequest'; readonly tags: readonly number[] }
  | { readonly kind: 'identityResponse'; readonly identities: readonly Identity[] };

/** Message type(1); a request then has 01 and tag(1) for each question, a response length(2) tag(1) value 00 for each answer. */
export function encodeCcm(message: CcmMessage): Uint8Array {
  const writer = new OctetWriter().appendOctet(MESSAGE[message.kind]);
  if (message.kind === 'identityRequest') for (const tag of message.tags) writer.appendOctet(1).appendOctet(tag);
  if (message.kind === 'identityResponse') {
    for (const { tag, value } of message.identities) {
      const text = new Uint8Array(Buffer.from(value, 'latin1'));
      writer
        .appendUint(1 + text.length + 1, 2)
        .appendOctet(tag)
        .appendOctets(text)
        .appendOctet(END_OF_TEXT);
    }
  }
  return writer.toOctets();
}

/** Reads the payload of a frame of `IPA_PROTOCOL.ccm`; throws only DecodeError. */
export function decodeCcm(octets: Uint8Array): CcmMessage {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  const type = reader.readOctet('message type');
  switch (type) {
    case MESSAGE.ping:
      return { kind: 'ping' };
    case MESSAGE.pong:
      return { kind: 'pong' };
    case MESSAGE.identityAck:
      return { kind: 'identityAck' };
    case MESSAGE.identityRequest:
      return { kind: 'identityRequest', tags: readTags(reader) };
    case MESSAGE.identityResponse:
      return { kind: 'identityResponse', identities: readIdentities(reader) };
    default:
      throw reader.error('message type', 'its meaning is not known');
  }
}

function readTags(reader: OctetReader): number[] {
  const tags: number[] = [];
  while (reader.remaining > 0) {
    const question = new OctetReader(reader.readOctets(reader.readOctet('length of tag'), 'tag'), { clause: CLAUSE });
    tags.push(question.readOctet('tag'));
  }
  return tags;
}

function readIdentities(reader: OctetReader): Identity[] {
  const identities: Identity[] = [];
  while (reader.remaining > 0) {
    const length = reader.readUint(2, 'length of identity');
    const answer = new OctetReader(reader.readOctets(length, 'identity'), { clause: CLAUSE });
    const tag = answer.readOctet('tag');
    const text = Buffer.from(answer.readRest()).toString('latin1');
    identities.push({ tag, value: text.replace(/\0.*$/s, '') });
  }
  return identities;
}
