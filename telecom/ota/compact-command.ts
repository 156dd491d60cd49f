import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import { encodeCommandApdu, readCommandApdu, type CommandApdu } from '../uicc/command-apdu.ts';

const CLAUSE = 'ETSI TS 102 226 §5.1.1';

/** C-APDUs back to back; only the last may ask for an answer, since the response has room for one. */
export function encodeCompactCommand(commands: readonly CommandApdu[]): Uint8Array {
  if (commands.slice(0, -1).some(({ le }) => le !== undefined))
    throw new RangeError('only the last command of a compact script can ask for an answer');
  return commands
    .reduce((writer, command) => writer.appendOctets(encodeCommandApdu(command)), new OctetWriter())
    .toOctets();
}

/** C-APDUs back to back, the last maybe with Le behind its data; throws only DecodeError. */
export function decodeCompactCommand(octets: Uint8Array): CommandApdu[] {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  const commands: CommandApdu[] = [];
  while (reader.remaining > 0) {
    const command = readCommandApdu(reader);
    const isFollowedByLe = reader.remaining === 1 && command.le === undefined;
    commands.push(isFollowedByLe ? { ...command, le: reader.readOctet('Le') } : command);
  }
  return commands;
}
