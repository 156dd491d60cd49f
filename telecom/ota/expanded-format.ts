import { encodeTlv } from '../octets/ber-tlv.ts';
import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import { openTemplate, template, type Lengths } from './expanded-template.ts';

const COMMAND_CLAUSE = 'ETSI TS 102 226 §5.2.1';
const RESPONSE_CLAUSE = 'ETSI TS 102 226 §5.2.2';
const STATUS_WORD_OCTETS = 2;

/** Tags of the expanded remote format (ETSI TS 101 220 §7.2, ETSI TS 102 226 §5.2). */
const TAG = {
  command: { definite: 0xaa, indefinite: 0xae },
  response: { definite: 0xab, indefinite: 0xaf },
  commandApdu: 0x22,
  immediateAction: 0x81,
  errorAction: 0x82,
  scriptChaining: 0x83,
  responseApdu: 0x23,
  executedCommands: 0x80,
  immediateActionResponse: 0x81,
  scriptChainingResponse: 0x83,
  badFormat: 0x90,
} as const;

const BAD_FORMATS = { 1: 'unknownTag', 2: 'wrongLength', 3: 'lengthMissing' } as const;
const IMMEDIATE_ACTION_ERRORS = { 1: 'suspensionError' } as const;
const CHAINING_ERRORS = { 1: 'noPreviousScript', 2: 'notSupported', 3: 'unableToProcess' } as const;

/** Why a card could not read a script (ETSI TS 102 226 table 5.12). */
export type BadFormat = (typeof BAD_FORMATS)[keyof typeof BAD_FORMATS];

/** Why a card did not do the immediate action: it could not suspend the script for it (ETSI TS 102 226 table 5.14). */
export type ImmediateActionError = (typeof IMMEDIATE_ACTION_ERRORS)[keyof typeof IMMEDIATE_ACTION_ERRORS];

/** Why a card did not run a script that is one of a chain (ETSI TS 102 226 table 5.16). */
export type ChainingError = (typeof CHAINING_ERRORS)[keyof typeof CHAINING_ERRORS];

/** What one command of a script was answered: data, then SW1 SW2, two octets. */
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
  /** Present when the immediate action failed; what the commands did stays done. */
  readonly immediateAction: ImmediateActionError | 'reserved' | undefined;
  /** Present when the script could not be run as a part of its chain. */
  readonly scriptChaining: ChainingError | 'reserved' | undefined;
}

/** What of a response can be written: no value that is reserved. */
export interface EncodableResponse extends Pick<ExpandedResponse, 'lengths' | 'executed' | 'responses'> {
  readonly badFormat?: BadFormat;
  readonly immediateAction?: ImmediateActionError;
  readonly scriptChaining?: ChainingError;
}

/** How a script is framed, and what the card is to do beside the commands. */
export interface ExpandedScript {
  readonly lengths?: Lengths;
  /** Done behind the commands: data objects of one proactive command (ETSI TS 102 223 §8), or one octet that refers to an action. */
  readonly immediateAction?: Uint8Array;
  /** Done when a command fails: coded like an immediate action; empty for none. */
  readonly errorAction?: Uint8Array;
  /** Which part of a chain of scripts this one is (ETSI TS 102 226 §5.2.1.4). */
  readonly scriptChaining?: Uint8Array;
}

/**
 * AA length, or AE 80 … 00 00, around 83 length script chaining, 82 length error action, a 22 length C-APDU for each command, and 81
 * length immediate action. An error action counts for the commands behind it, so it stands before all of them.
 */
export function encodeExpandedCommand(
  commands: readonly Uint8Array[],
  { lengths = 'definite', immediateAction, errorAction, scriptChaining }: ExpandedScript = {},
): Uint8Array {
  return template(TAG.command, lengths, [
    ...optional(TAG.scriptChaining, scriptChaining),
    ...optional(TAG.errorAction, errorAction),
    ...commands.map((command) => encodeTlv(TAG.commandApdu, command)),
    ...optional(TAG.immediateAction, immediateAction),
  ]);
}

/** AA length, or AE 80 … 00 00, around objects 22, 81, 82 and 83 in any order; throws only DecodeError. */
export function decodeExpandedCommand(octets: Uint8Array): {
  readonly lengths: Lengths;
  readonly commands: readonly Uint8Array[];
  readonly immediateActions: readonly Uint8Array[];
  readonly errorActions: readonly Uint8Array[];
  readonly scriptChaining: Uint8Array | undefined;
} {
  const { lengths, objects, reader } = openTemplate(octets, TAG.command, COMMAND_CLAUSE);
  const known = new Set<number>([TAG.commandApdu, TAG.immediateAction, TAG.errorAction, TAG.scriptChaining]);
  if (objects.some(({ tag }) => !known.has(tag))) throw reader.error('tag', 'a script has no object with it');
  const valuesOf = (wanted: number) => objects.filter(({ tag }) => tag === wanted).map(({ value }) => value);
  const [scriptChaining, ...more] = valuesOf(TAG.scriptChaining);
  if (more.length > 0) throw reader.error('script chaining', 'it is there more than once');
  return {
    lengths,
    commands: valuesOf(TAG.commandApdu),
    immediateActions: valuesOf(TAG.immediateAction),
    errorActions: valuesOf(TAG.errorAction),
    scriptChaining,
  };
}

/**
 * AB length, or AF 80 … 00 00, around 80 length number-of-commands, a 23 length R-APDU for each, and where something beside them went
 * wrong 90 bad format, 81 immediate action response, 83 script chaining response. The standard has no number in a
 * template of indefinite length.
 */
export function encodeExpandedResponse({ lengths, executed, responses, ...errors }: EncodableResponse): Uint8Array {
  const count =
    executed === undefined ? undefined : new OctetWriter().appendUint(executed, executed > 0xff ? 2 : 1).toOctets();
  const answers = responses.map(({ data, statusWord }) =>
    encodeTlv(TAG.responseApdu, new OctetWriter().appendOctets(data).appendOctets(statusWord).toOctets()),
  );
  return template(TAG.response, lengths, [
    ...optional(TAG.executedCommands, count),
    ...answers,
    ...optional(TAG.badFormat, codeOf(BAD_FORMATS, errors.badFormat)),
    ...optional(TAG.immediateActionResponse, codeOf(IMMEDIATE_ACTION_ERRORS, errors.immediateAction)),
    ...optional(TAG.scriptChainingResponse, codeOf(CHAINING_ERRORS, errors.scriptChaining)),
  ]);
}

/** AB length, or AF 80 … 00 00, around objects 80, 23, 90, 81 and 83 in any order; throws only DecodeError. */
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
    immediateAction: errorOf(IMMEDIATE_ACTION_ERRORS, one(TAG.immediateActionResponse)),
    scriptChaining: errorOf(CHAINING_ERRORS, one(TAG.scriptChainingResponse)),
  };
}

/** Whether octets begin like a response in expanded format; a compact one begins with its number of commands. */
export const looksExpanded = (octets: Uint8Array): boolean =>
  octets[0] === TAG.response.definite || octets[0] === TAG.response.indefinite;

/** Whether octets begin like a script in expanded format. */
export const looksLikeExpandedCommand = (octets: Uint8Array): boolean =>
  octets[0] === TAG.command.definite || octets[0] === TAG.command.indefinite;

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

/** A reserved value is no DecodeError: the answers beside it tell what was written to the card, and have to be read. */
function errorOf<Name extends string>(
  names: Readonly<Record<number, Name>>,
  value: Uint8Array | undefined,
): Name | 'reserved' | undefined {
  if (value === undefined) return undefined;
  const [code = 0] = value;
  return (value.length === 1 ? names[code] : undefined) ?? 'reserved';
}

function codeOf(names: Readonly<Record<number, string>>, name: string | undefined): Uint8Array | undefined {
  const found = Object.entries(names).find(([, one]) => one === name);
  return found && Uint8Array.of(Number(found[0]));
}

const optional = (tag: number, value: Uint8Array | undefined): readonly Uint8Array[] =>
  value === undefined ? [] : [encodeTlv(tag, value)];
