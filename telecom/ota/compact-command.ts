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
export const decodeCompactCommand = (octets: Uint8Array): CommandApdu[] => [...commandsOf(octets)];

/** The same, one by one, as a card runs them: those before a damaged one are given; throws only DecodeError. */
export function* commandsOf(octets: Uint8Array): Generator<CommandApdu, void> {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  while (reader.remaining > 0) {
    const command = readCommandApdu(reader);
    const isFollowedByLe = reader.remaining === 1 && command.le === undefined;
    yield isFollowedByLe ? { ...command, le: reader.readOctet('Le') } : command;
  }
}
