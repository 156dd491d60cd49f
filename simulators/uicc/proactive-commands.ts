import { encodeTlv, readTlv, readTlvs, type Tlv } from '../../telecom/octets/ber-tlv.ts';
import { OctetReader } from '../../telecom/octets/reader.ts';
import { OctetWriter } from '../../telecom/octets/writer.ts';

const CLAUSE = 'ETSI TS 102 223 §6.6';
const COMPREHENSION = 0x80;
/** Objects of proactive commands and of what answers them (ETSI TS 102 223 §8, §9.3). */
const TAG = {
  ...{ proactiveCommand: 0xd0, menuSelection: 0xd3 },
  ...{ commandDetails: 0x01, deviceIdentities: 0x02, result: 0x03, textString: 0x0d, item: 0x10, responseLength: 0x11 },
  tpdu: 0x0b,
} as const;
const DEVICE = { keypad: 0x01, uicc: 0x81, terminal: 0x82, network: 0x83 } as const;
/** Type and qualifier of each command, and whom it is for (ETSI TS 102 223 §8.6, §9.4). */
const COMMANDS = {
  /** UICC reset. */
  refresh: { type: 0x01, qualifier: 0x04, to: DEVICE.terminal },
  sendShortMessage: { type: 0x13, qualifier: 0x00, to: DEVICE.network },
  /** The answer is yes or no. */
  askYesOrNo: { type: 0x22, qualifier: 0x04, to: DEVICE.terminal },
  /** The answer is digits. */
  askDigits: { type: 0x23, qualifier: 0x00, to: DEVICE.terminal },
} as const;
const EIGHT_BIT = 0x04;
const MOST_DIGITS = 6;
const FEWEST_DIGITS = 5;

/** What a card has its device do. */
export type ProactiveCommand =
  | { readonly kind: 'refresh' }
  | { readonly kind: 'sendShortMessage'; readonly tpdu: Uint8Array }
  | { readonly kind: 'askYesOrNo'; readonly text: string }
  | { readonly kind: 'askDigits'; readonly text: string };

/** General results that this device and card tell apart (ETSI TS 102 223 §8.12). */
export const RESULT = { done: 0x00, terminalBusy: 0x20, noAnswer: 0x12, endedByUser: 0x10, networkBusy: 0x21 } as const;

/** What the device says it did; the text is what the user entered, `01` or `00` where the question was yes or no. */
export interface TerminalResponse {
  readonly result: number;
  readonly text?: Uint8Array | undefined;
}

/** D0: command details (number, type, qualifier), device identities, then what the command needs (ETSI TS 102 223 §6.6). */
export function encodeProactiveCommand(command: ProactiveCommand, number: number): Uint8Array {
  const { type, qualifier, to } = COMMANDS[command.kind];
  const objects = new OctetWriter()
    .appendOctets(comprehended(TAG.commandDetails, Uint8Array.of(number, type, qualifier)))
    .appendOctets(comprehended(TAG.deviceIdentities, Uint8Array.of(DEVICE.uicc, to)));
  if (command.kind === 'sendShortMessage') objects.appendOctets(comprehended(TAG.tpdu, command.tpdu));
  if (command.kind === 'askYesOrNo' || command.kind === 'askDigits')
    objects.appendOctets(
      comprehended(TAG.textString, Uint8Array.of(EIGHT_BIT, ...Buffer.from(command.text, 'latin1'))),
    );
  if (command.kind === 'askDigits')
    objects.appendOctets(comprehended(TAG.responseLength, Uint8Array.of(FEWEST_DIGITS, MOST_DIGITS)));
  return encodeTlv(TAG.proactiveCommand, objects.toOctets());
}

/** Reads what FETCH brought; throws only DecodeError. */
export function decodeProactiveCommand(octets: Uint8Array): ProactiveCommand {
  const objects = objectsOf(octets, TAG.proactiveCommand);
  const type = valueOf(objects, TAG.commandDetails)?.[1];
  const text = Buffer.from(valueOf(objects, TAG.textString)?.slice(1) ?? []).toString('latin1');
  if (type === COMMANDS.refresh.type) return { kind: 'refresh' };
  if (type === COMMANDS.askYesOrNo.type) return { kind: 'askYesOrNo', text };
  if (type === COMMANDS.askDigits.type) return { kind: 'askDigits', text };
  const tpdu = valueOf(objects, TAG.tpdu);
  if (type === COMMANDS.sendShortMessage.type && tpdu !== undefined) return { kind: 'sendShortMessage', tpdu };
  throw refused('type of command', 'the device does not know it');
}

/** 80 14 00 00 Lc: command details of the command, device identities, result, and the text that the user entered. */
export function encodeTerminalResponse(
  command: ProactiveCommand,
  number: number,
  { result, text }: TerminalResponse,
): Uint8Array {
  const { type, qualifier } = COMMANDS[command.kind];
  const objects = new OctetWriter()
    .appendOctets(comprehended(TAG.commandDetails, Uint8Array.of(number, type, qualifier)))
    .appendOctets(comprehended(TAG.deviceIdentities, Uint8Array.of(DEVICE.terminal, DEVICE.uicc)))
    .appendOctets(comprehended(TAG.result, Uint8Array.of(result)));
  if (text !== undefined) objects.appendOctets(comprehended(TAG.textString, Uint8Array.of(EIGHT_BIT, ...text)));
  return apdu(0x80140000, objects.toOctets());
}

/** Reads the data of a TERMINAL RESPONSE; throws only DecodeError. */
export function decodeTerminalResponse(data: Uint8Array): TerminalResponse {
  const objects = readTlvs(new OctetReader(data, { clause: CLAUSE }), 'object');
  const result = valueOf(objects, TAG.result)?.[0];
  if (result === undefined) throw refused('result', 'it is missing');
  return { result, text: valueOf(objects, TAG.textString)?.slice(1) };
}

/** 80 C2 00 00 Lc D3: device identities, item identifier (ETSI TS 102 223 §7.2). */
export function encodeMenuSelection(item: number): Uint8Array {
  const objects = new OctetWriter()
    .appendOctets(comprehended(TAG.deviceIdentities, Uint8Array.of(DEVICE.keypad, DEVICE.uicc)))
    .appendOctets(comprehended(TAG.item, Uint8Array.of(item)));
  return apdu(0x80c20000, encodeTlv(TAG.menuSelection, objects.toOctets()));
}

/** The item of the data of an ENVELOPE, when it is a menu selection. */
export function menuItemOf(data: Uint8Array): number | undefined {
  return data[0] === TAG.menuSelection ? valueOf(objectsOf(data, TAG.menuSelection), TAG.item)?.[0] : undefined;
}

/** 80 12 00 00 Le. */
export const fetchCommand = (length: number): Uint8Array => Uint8Array.of(0x80, 0x12, 0x00, 0x00, length);

/** 00 C0 00 00 Le. */
export const getResponseCommand = (length: number): Uint8Array => Uint8Array.of(0x00, 0xc0, 0x00, 0x00, length);

function apdu(header: number, data: Uint8Array): Uint8Array {
  return new OctetWriter().appendUint(header, 4).appendOctet(data.length).appendOctets(data).toOctets();
}

function objectsOf(octets: Uint8Array, template: number): Tlv[] {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  const { tag, value } = readTlv(reader, 'template');
  reader.expectEnd('template');
  if (tag !== template) throw refused('template', 'its tag is another one');
  return readTlvs(new OctetReader(value, { clause: CLAUSE }), 'object');
}

const comprehended = (tag: number, value: Uint8Array): Uint8Array => encodeTlv(tag | COMPREHENSION, value);
const valueOf = (objects: readonly Tlv[], tag: number): Uint8Array | undefined =>
  objects.find((object) => (object.tag & ~COMPREHENSION) === tag)?.value;
const refused = (field: string, problem: string) =>
  new OctetReader(new Uint8Array(0), { clause: CLAUSE }).error(field, problem);
