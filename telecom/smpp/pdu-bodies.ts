import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import { Secret } from '../secret.ts';
import type { CommandName } from './commands.ts';
import {
  SMPP_CLAUSE,
  appendAddress,
  appendText,
  appendTlvs,
  readAddress,
  readText,
  readTlvs,
  type Address,
  type Tlv,
} from './fields.ts';
import { appendShortMessage, readShortMessage, type ShortMessage } from './short-message.ts';

/** Longest text of each field, its closing zero octet included (SMPP 3.4 §4, §5.2). */
const SYSTEM_ID = { field: 'system_id', size: 16 } as const;
const PASSWORD = { field: 'password', size: 9 } as const;
const SYSTEM_TYPE = { field: 'system_type', size: 13 } as const;
const ADDRESS_RANGE = { field: 'address_range', size: 41 } as const;
const MESSAGE_ID = { field: 'message_id', size: 65 } as const;
const ALERT_SOURCE = { field: 'source_addr', size: 65 } as const;
const ESME_ADDRESS = { field: 'esme_addr', size: 65 } as const;

type BindName = 'bindReceiver' | 'bindTransmitter' | 'bindTransceiver';
type BareName = 'enquireLink' | 'enquireLinkResp' | 'unbind' | 'unbindResp' | 'genericNack';

/** What an ESME says of itself when it binds (SMPP 3.4 §4.1). */
export interface Bind {
  readonly command: BindName;
  readonly systemId: string;
  readonly password: Secret<string>;
  readonly systemType: string;
  /** 0x34 for SMPP 3.4. */
  readonly interfaceVersion: number;
  readonly addressTon: number;
  readonly addressNpi: number;
  readonly addressRange: string;
}

/** The answer to a bind; without a system id when it was refused. */
export interface BindResponse {
  readonly command: `${BindName}Resp`;
  readonly systemId: string;
  readonly tlvs: readonly Tlv[];
}

/** A message on its way: submitted by an ESME, or delivered to it (SMPP 3.4 §4.4.1, §4.6.1). */
export interface MessageRequest {
  readonly command: 'submitSm' | 'deliverSm';
  readonly message: ShortMessage;
}

/** The answer to a message; the id is empty when it was refused, and always in deliver_sm_resp (SMPP 3.4 §4.4.2, §4.6.2). */
export interface MessageResponse {
  readonly command: 'submitSmResp' | 'deliverSmResp';
  readonly messageId: string;
  readonly tlvs: readonly Tlv[];
}

/** A device that a message waited for can be reached again (SMPP 3.4 §4.12.1). */
export interface AlertNotification {
  readonly command: 'alertNotification';
  readonly source: Address;
  readonly esme: Address;
  readonly tlvs: readonly Tlv[];
}

/** A PDU without anything behind its header. */
export interface BareBody {
  readonly command: BareName;
}

/** What follows the header of a PDU. */
export type PduBody = Bind | BindResponse | MessageRequest | MessageResponse | AlertNotification | BareBody;

/** The body's octets; a refusal has none. */
export function encodeBody(body: PduBody, status: number): Uint8Array {
  const writer = new OctetWriter();
  if (status === 0 || !MAY_BE_EMPTY.has(body.command)) appendBody(writer, body);
  return writer.toOctets();
}

/** Reads the body of a command; throws only DecodeError. */
export function decodeBody(command: CommandName, octets: Uint8Array, status: number): PduBody {
  const reader = new OctetReader(octets, { clause: SMPP_CLAUSE });
  // A refusal has no body (SMPP 3.4 §4.1.2, §4.4.2); some SMSCs send one all the same.
  const empty = status !== 0 && reader.remaining === 0 ? emptyResponse(command) : undefined;
  const body = empty ?? readBody(command, reader);
  reader.expectEnd('body');
  return body;
}

const MAY_BE_EMPTY = new Set<CommandName>([
  'bindReceiverResp',
  'bindTransmitterResp',
  'bindTransceiverResp',
  'submitSmResp',
  'deliverSmResp',
]);

function emptyResponse(command: CommandName): PduBody | undefined {
  if (command === 'submitSmResp' || command === 'deliverSmResp') return { command, messageId: '', tlvs: [] };
  if (command === 'bindReceiverResp' || command === 'bindTransmitterResp' || command === 'bindTransceiverResp')
    return { command, systemId: '', tlvs: [] };
  return undefined;
}

function appendBody(writer: OctetWriter, body: PduBody): void {
  switch (body.command) {
    case 'bindReceiver':
    case 'bindTransmitter':
    case 'bindTransceiver':
      appendText(writer, body.systemId, SYSTEM_ID);
      appendText(writer, body.password.reveal(), PASSWORD);
      appendText(writer, body.systemType, SYSTEM_TYPE);
      writer.appendOctet(body.interfaceVersion).appendOctet(body.addressTon).appendOctet(body.addressNpi);
      appendText(writer, body.addressRange, ADDRESS_RANGE);
      return;
    case 'bindReceiverResp':
    case 'bindTransmitterResp':
    case 'bindTransceiverResp':
      appendText(writer, body.systemId, SYSTEM_ID);
      appendTlvs(writer, body.tlvs);
      return;
    case 'submitSm':
    case 'deliverSm':
      appendShortMessage(writer, body.message);
      return;
    case 'submitSmResp':
    case 'deliverSmResp':
      appendText(writer, body.messageId, MESSAGE_ID);
      appendTlvs(writer, body.tlvs);
      return;
    case 'alertNotification':
      appendAddress(writer, body.source, ALERT_SOURCE);
      appendAddress(writer, body.esme, ESME_ADDRESS);
      appendTlvs(writer, body.tlvs);
      return;
    case 'enquireLink':
    case 'enquireLinkResp':
    case 'unbind':
    case 'unbindResp':
    case 'genericNack':
      return;
  }
}

function readBody(command: CommandName, reader: OctetReader): PduBody {
  switch (command) {
    case 'bindReceiver':
    case 'bindTransmitter':
    case 'bindTransceiver':
      return {
        command,
        systemId: readText(reader, SYSTEM_ID),
        password: Secret.of(readText(reader, PASSWORD)),
        systemType: readText(reader, SYSTEM_TYPE),
        interfaceVersion: reader.readOctet('interface_version'),
        addressTon: reader.readOctet('addr_ton'),
        addressNpi: reader.readOctet('addr_npi'),
        addressRange: readText(reader, ADDRESS_RANGE),
      };
    case 'bindReceiverResp':
    case 'bindTransmitterResp':
    case 'bindTransceiverResp':
      return { command, systemId: readText(reader, SYSTEM_ID), tlvs: readTlvs(reader) };
    case 'submitSm':
    case 'deliverSm':
      return { command, message: readShortMessage(reader) };
    case 'submitSmResp':
    case 'deliverSmResp':
      return { command, messageId: readText(reader, MESSAGE_ID), tlvs: readTlvs(reader) };
    case 'alertNotification':
      return {
        command,
        source: readAddress(reader, ALERT_SOURCE),
        esme: readAddress(reader, ESME_ADDRESS),
        tlvs: readTlvs(reader),
      };
    case 'enquireLink':
    case 'enquireLinkResp':
    case 'unbind':
    case 'unbindResp':
    case 'genericNack':
      return { command };
  }
}
