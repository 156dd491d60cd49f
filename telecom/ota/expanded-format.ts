import { encodeTlv, readLength, readTlvs, readTlvsToEnd, type Tlv } from '../octets/ber-tlv.ts';
import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';

const COMMAND_CLAUSE = 'ETSI TS 102 226 §5.2.1';
const RESPONSE_CLAUSE = 'ETSI TS 102 226 §5.2.2';
const STATUS_WORD_OCTETS = 2;

/** Tags of the expanded remote format (ETSI TS 101 220 §7.2, ETSI TS 102 226 §5.2). */
const TAG = {
  command: { definite: 0xaa, indefinite: 0xae },
  response: { definite: 0xab, indefinite: 0xaf },
  commandApdu: 0x22,
  immediateAction: 0x81,
  responseApdu: 0x23,
  executedCommands: 0x80,
  immediateActionResponse: 0x81,
  scriptChainingResponse: 0x83,
  badFormat: 0x90,
} as const;

const BAD_FORMATS = { 1: 'unknownTag', 2: 'wrongLength', 3: 'lengthMissing' } as const;
const END_OF_CONTENTS = Uint8Array.of(0, 0);

/** Whether a template says its length, or ends with 00 00. */
export type Lengths = 'definite' | 'indefinite';

/** Why a card could not read a script (ETSI TS 102 226 §5.2.2). */
export type BadFormat = (typeof BAD_FORMATS)[keyof typeof BAD_FORMATS];

/** What one command of a script was answered: SW1 SW2 as four hex digits come last on the wire. */
export interface ResponseApdu {
  readonly data: Uint8Array;
  /** SW1 SW2, two octets. */
  readonly statusWord: Uint8Array;
}

/** What a card application answers to a script in expanded format (ETSI TS 102 226 §5.2.2). */
export interface ExpandedResponse {
  readonly lengths: Lengths;
  /** Number of commands executed; absent where the card does not say. */
  readonly executed: number | undefined;
  readonly responses: readonly ResponseApdu[];
  readonly badFormat: BadFormat | undefined;
  /** Objects that are not read any further: answers to immediate actions and to script chaining. */
  readonly others: readonly Tlv[];
}

/** How a script is framed, and what the card has its device do behind the commands. */
export interface ExpandedScript {
  readonly lengths?: Lengths;
  /** Data objects of one proactive command (ETSI TS 102 223 §8). */
  readonly immediateAction?: Uint8Array;
}

/** AA length, or AE 80 … 00 00, around a 22 length C-APDU for each command, and 81 length proactive command behind them. */
export function encodeExpandedCommand(
  commands: readonly Uint8Array[],
  { lengths = 'definite', immediateAction }: ExpandedScript = {},
): Uint8Array {
  return template(TAG.command, lengths, [
    ...commands.map((command) => encodeTlv(TAG.commandApdu, command)),
    ...(immediateAction === undefined ? [] : [encodeTlv(TAG.immediateAction, immediateAction)]),
  ]);
}

/** AA length, or AE 80 … 00 00, around 22 length C-APDU and 81 length immediate action, in any order; throws only DecodeError. */
export function decodeExpandedCommand(octets: Uint8Array): {
  readonly lengths: Lengths;
  readonly commands: readonly Uint8Array[];
  readonly immediateActions: readonly Uint8Array[];
} {
  const { lengths, objects, reader } = openTemplate(octets, TAG.command, COMMAND_CLAUSE);
  const known = new Set<number>([TAG.commandApdu, TAG.immediateAction]);
  if (objects.some(({ tag }) => !known.has(tag)))
    throw reader.error('tag', 'it is neither that of a C-APDU nor that of an immediate action');
  const valuesOf = (wanted: number) => objects.filter(({ tag }) => tag === wanted).map(({ value }) => value);
  return { lengths, commands: valuesOf(TAG.commandApdu), immediateActions: valuesOf(TAG.immediateAction) };
}

/** AB length, or AF 80 … 00 00, around 80 length number-of-commands and a 23 length R-APDU for each. */
export function encodeExpandedResponse({
  lengths,
  executed,
  responses,
}: Pick<ExpandedResponse, 'lengths' | 'responses'> & { readonly executed: number }): Uint8Array {
  const count = new OctetWriter().appendUint(executed, executed > 0xff ? 2 : 1).toOctets();
  const answers = responses.map(({ data, statusWord }) =>
    encodeTlv(TAG.responseApdu, new OctetWriter().appendOctets(data).appendOctets(statusWord).toOctets()),
  );
  return template(TAG.response, lengths, [encodeTlv(TAG.executedCommands, count), ...answers]);
}

/** AB length, or AF 80 … 00 00, around 80 number, 23 R-APDU, 90 bad format, in any order; throws only DecodeError. */
export function decodeExpandedResponse(octets: Uint8Array): ExpandedResponse {
  const { lengths, objects } = openTemplate(octets, TAG.response, RESPONSE_CLAUSE);
  const one = (tag: number) => objects.find((object) => object.tag === tag)?.value;
  const executed = one(TAG.executedCommands);
  const badFormat = one(TAG.badFormat);
  return {
    lengths,
    executed: executed && wholeUint(executed, 'number of commands'),
    responses: objects.filter(({ tag }) => tag === TAG.responseApdu).map(({ value }) => responseApdu(value)),
    badFormat: badFormat && badFormatOf(badFormat),
    others: objects.filter(({ tag }) => tag === TAG.immediateActionResponse || tag === TAG.scriptChainingResponse),
  };
}

/** Whether octets begin like a response in expanded format; a compact one begins with its number of commands. */
export const looksExpanded = (octets: Uint8Array): boolean =>
  octets[0] === TAG.response.definite || octets[0] === TAG.response.indefinite;

/** Whether octets begin like a script in expanded format. */
export const looksLikeExpandedCommand = (octets: Uint8Array): boolean =>
  octets[0] === TAG.command.definite || octets[0] === TAG.command.indefinite;

type TemplateTags = Readonly<Record<Lengths, number>>;

function template(tags: TemplateTags, lengths: Lengths, parts: readonly Uint8Array[]): Uint8Array {
  const content = parts.reduce((writer, part) => writer.appendOctets(part), new OctetWriter()).toOctets();
  if (lengths === 'definite') return encodeTlv(tags.definite, content);
  return new OctetWriter()
    .appendOctet(tags.indefinite)
    .appendOctet(0x80)
    .appendOctets(content)
    .appendOctets(END_OF_CONTENTS)
    .toOctets();
}

function openTemplate(octets: Uint8Array, tags: TemplateTags, clause: string) {
  const reader = new OctetReader(octets, { clause });
  const tag = reader.readOctet('template');
  if (tag !== tags.definite && tag !== tags.indefinite) throw reader.error('template', 'its tag is another one');
  const lengths: Lengths = tag === tags.definite ? 'definite' : 'indefinite';
  const length = readLength(reader, 'template');
  if ((length === 'indefinite') !== (lengths === 'indefinite'))
    throw reader.error('length of template', `its tag asks for a length that is ${lengths}`);
  const objects =
    length === 'indefinite'
      ? readTlvsToEnd(reader, 'object')
      : readTlvs(new OctetReader(reader.readOctets(length, 'template'), { clause }), 'object');
  reader.expectEnd('template');
  return { lengths, objects, reader };
}

function responseApdu(value: Uint8Array): ResponseApdu {
  const reader = new OctetReader(value, { clause: RESPONSE_CLAUSE });
  if (reader.remaining < STATUS_WORD_OCTETS) throw reader.error('R-APDU', 'it has no status word');
  const data = reader.readOctets(reader.remaining - STATUS_WORD_OCTETS, 'R-APDU');
  return { data, statusWord: reader.readRest() };
}

function wholeUint(value: Uint8Array, field: string): number {
  const reader = new OctetReader(value, { clause: RESPONSE_CLAUSE });
  if (reader.remaining < 1 || reader.remaining > 4) throw reader.error(field, 'it is not 1 to 4 octets');
  return reader.readUint(reader.remaining, field);
}

function badFormatOf(value: Uint8Array): BadFormat {
  const kind = wholeUint(value, 'bad format');
  if (kind === 1 || kind === 2 || kind === 3) return BAD_FORMATS[kind];
  throw new OctetReader(value, { clause: RESPONSE_CLAUSE }).error('bad format', 'its value is reserved');
}
