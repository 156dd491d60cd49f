import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import { COMMAND_IDS, commandNamed, type CommandName } from './commands.ts';
import { decodeBody, encodeBody, type PduBody } from './pdu-bodies.ts';

const CLAUSE = 'SMPP 3.4 §3.2';
/** command_length, command_id, command_status, sequence_number. */
export const HEADER_OCTETS = 16;

/** One protocol data unit of SMPP 3.4: a request, or the answer to the request with the same sequence number. */
export interface Pdu {
  readonly sequence: number;
  /** command_status; 0 in every request. */
  readonly status: number;
  readonly body: PduBody;
}

/** The header of a PDU whose body may not be readable: enough to refuse it. */
export interface PduHeader {
  readonly length: number;
  readonly commandId: number;
  /** Nothing for a command that is not known. */
  readonly command: CommandName | undefined;
  readonly status: number;
  readonly sequence: number;
}

/** command_length(4) command_id(4) command_status(4) sequence_number(4), then the body. A value that does not fit is a RangeError. */
export function encodePdu({ sequence, status, body }: Pdu): Uint8Array {
  const octets = encodeBody(body, status);
  return new OctetWriter()
    .appendUint(HEADER_OCTETS + octets.length, 4)
    .appendUint(COMMAND_IDS[body.command], 4)
    .appendUint(status, 4)
    .appendUint(sequence, 4)
    .appendOctets(octets)
    .toOctets();
}

/** Reads one whole PDU; throws only DecodeError. */
export function decodePdu(octets: Uint8Array): Pdu {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  const { length, command, status, sequence } = readHeader(reader);
  if (length !== octets.length) throw reader.error('command_length', 'it is not the length of the PDU');
  if (command === undefined) throw reader.error('command_id', 'its command is not known');
  return { sequence, status, body: decodeBody(command, reader.readRest(), status) };
}

/** Reads the header alone; throws only DecodeError. */
export const decodePduHeader = (octets: Uint8Array): PduHeader =>
  readHeader(new OctetReader(octets, { clause: CLAUSE }));

function readHeader(reader: OctetReader): PduHeader {
  const length = reader.readUint(4, 'command_length');
  const commandId = reader.readUint(4, 'command_id');
  return {
    length,
    commandId,
    command: commandNamed(commandId),
    status: reader.readUint(4, 'command_status'),
    sequence: reader.readUint(4, 'sequence_number'),
  };
}
