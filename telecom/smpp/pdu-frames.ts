import { DecodeError } from '../decode-error.ts';
import { OctetReader } from '../octets/reader.ts';
import { HEADER_OCTETS } from './pdu.ts';

const CLAUSE = 'SMPP 3.4 §3.2';
const LENGTH_OCTETS = 4;
/** More than any PDU of SMPP 3.4 needs: a message_payload of 64 KiB and all that may stand beside it. */
const LONGEST_PDU = 70_000;

/** Cuts what comes over a connection into whole PDUs; a length that no PDU can have ends it, since nothing after it can be trusted. */
export class PduFrames {
  #chunks: Uint8Array[] = [];
  #gathered = 0;
  /** Length of the PDU that is being gathered, once its first four octets are here. */
  #wanted: number | undefined;

  /** Takes the next octets and answers the PDUs that are complete by them; throws DecodeError. */
  take(chunk: Uint8Array): Uint8Array[] {
    this.#chunks.push(chunk);
    this.#gathered += chunk.length;
    const whole: Uint8Array[] = [];
    for (let pdu = this.#next(); pdu !== undefined; pdu = this.#next()) whole.push(pdu);
    return whole;
  }

  #next(): Uint8Array | undefined {
    if (this.#wanted === undefined) {
      if (this.#gathered < LENGTH_OCTETS) return undefined;
      this.#wanted = lengthOf(this.#joined());
    }
    if (this.#gathered < this.#wanted) return undefined;
    const octets = this.#joined();
    const pdu = octets.slice(0, this.#wanted);
    this.#chunks = [octets.subarray(this.#wanted)];
    this.#gathered -= this.#wanted;
    this.#wanted = undefined;
    return pdu;
  }

  /** Joined once per PDU, not once per chunk. */
  #joined(): Uint8Array {
    const [first] = this.#chunks;
    const joined =
      this.#chunks.length === 1 && first !== undefined ? first : new Uint8Array(Buffer.concat(this.#chunks));
    this.#chunks = [joined];
    return joined;
  }
}

function lengthOf(octets: Uint8Array): number {
  const length = new OctetReader(octets, { clause: CLAUSE }).readUint(LENGTH_OCTETS, 'command_length');
  if (length >= HEADER_OCTETS && length <= LONGEST_PDU) return length;
  throw new DecodeError({ field: 'command_length', clause: CLAUSE, problem: 'no PDU has that length' });
}
