import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';

const CLAUSE = 'OsmoHLR manual, IPA multiplex';
const LENGTH_OCTETS = 2;
const HEADER_OCTETS = LENGTH_OCTETS + 1;

/** What an IPA frame carries: the connection's own messages, or one of the Osmocom protocols, told apart by their first octet. */
export const IPA_PROTOCOL = { ccm: 0xfe, osmo: 0xee } as const;

/** First octet of the payload under `IPA_PROTOCOL.osmo`: what it is. */
export const OSMO_EXTENSION = { control: 0x00, gsup: 0x05 } as const;

/** One frame of the IPA multiplex (OsmoHLR manual, IPA multiplex). */
export interface IpaFrame {
  readonly protocol: number;
  readonly payload: Uint8Array;
}

/** Length of the payload(2) protocol(1) payload; more than 65535 octets are a RangeError. */
export function encodeIpaFrame({ protocol, payload }: IpaFrame): Uint8Array {
  return new OctetWriter()
    .appendUint(payload.length, LENGTH_OCTETS)
    .appendOctet(protocol)
    .appendOctets(payload)
    .toOctets();
}

/** Cuts what comes over a connection into frames; whatever the octets are, they are some frames and the beginning of another. */
export class IpaFrames {
  #chunks: Uint8Array[] = [];
  #gathered = 0;

  /** Takes the next octets and answers the frames that are complete by them. */
  take(chunk: Uint8Array): IpaFrame[] {
    this.#chunks.push(chunk);
    this.#gathered += chunk.length;
    const whole: IpaFrame[] = [];
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) whole.push(frame);
    return whole;
  }

  #next(): IpaFrame | undefined {
    if (this.#gathered < HEADER_OCTETS) return undefined;
    const octets = this.#joined();
    const reader = new OctetReader(octets, { clause: CLAUSE });
    const length = reader.readUint(LENGTH_OCTETS, 'length');
    if (this.#gathered < HEADER_OCTETS + length) return undefined;
    const frame = { protocol: reader.readOctet('protocol'), payload: reader.readOctets(length, 'payload') };
    this.#chunks = [octets.subarray(HEADER_OCTETS + length)];
    this.#gathered -= HEADER_OCTETS + length;
    return frame;
  }

  #joined(): Uint8Array {
    const [first] = this.#chunks;
    const joined =
      this.#chunks.length === 1 && first !== undefined ? first : new Uint8Array(Buffer.concat(this.#chunks));
    this.#chunks = [joined];
    return joined;
  }
}
