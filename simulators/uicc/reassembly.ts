import { DecodeError } from '../../telecom/decode-error.ts';
import { parseUserDataHeader, reassemble, type UserData } from '../../telecom/sms/segments.ts';

/**
 * Puts the messages of one command packet together, in both layouts (3GPP TS 31.115 §4.3): a part that comes twice is ignored, a
 * part of another message throws away what was there. The power takes it all away.
 */
export class Reassembly {
  #parts: Uint8Array[] = [];

  /** The packet that is whole by this message, or undefined while parts are missing; throws only DecodeError. */
  add(userData: Uint8Array): Uint8Array | undefined {
    const { concatenation } = parseUserDataHeader(userData);
    const goesOn = concatenation !== undefined && this.#isOf(concatenation);
    const parts = goesOn ? [...this.#parts, userData] : [userData];
    this.#parts = [];
    const packet = reassemble(parts);
    if (packet === undefined) this.#parts = parts;
    else if (!parts.some((part) => parseUserDataHeader(part).kind === 'commandPacket')) {
      throw new DecodeError({
        field: 'UDH',
        clause: '3GPP TS 31.115 §4.2',
        problem: 'it does not announce a command packet',
      });
    }
    return packet;
  }

  forget(): void {
    this.#parts = [];
  }

  #isOf({ reference, total }: NonNullable<UserData['concatenation']>): boolean {
    const [earlier] = this.#parts;
    const known = earlier === undefined ? undefined : parseUserDataHeader(earlier).concatenation;
    return known?.reference === reference && known.total === total;
  }
}
