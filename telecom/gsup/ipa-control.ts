import { DecodeError } from '../decode-error.ts';
import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import { OSMO_EXTENSION } from './ipa-frames.ts';

const CLAUSE = 'OsmoHLR manual, CTRL';
const WORDS = {
  get: 'GET',
  set: 'SET',
  getReply: 'GET_REPLY',
  setReply: 'SET_REPLY',
  trap: 'TRAP',
  error: 'ERROR',
} as const;
/** Word, id, and what follows; of a reply that may be a text of several lines. */
const MESSAGE = /^(\S+) (\d{1,10}|err)(?: (.*))?$/s;
const VARIABLE_AND_VALUE = /^(\S+)(?: (.*))?$/s;

/** A message of the control interface. Ids are chosen by whoever asks; 0 is that of a trap (OsmoHLR manual, CTRL). */
export type ControlMessage =
  | { readonly kind: 'get'; readonly id: string; readonly variable: string }
  | {
      readonly kind: 'set' | 'getReply' | 'setReply' | 'trap';
      readonly id: string;
      readonly variable: string;
      /** May hold keys. */
      readonly value: string;
    }
  /** The id is `err` for a command that could not be read at all. */
  | { readonly kind: 'error'; readonly id: string; readonly reason: string };

/** 00, then the text `GET id variable`, `SET id variable value`, or a reply of the same form; a line break is a RangeError. */
export function encodeControl(message: ControlMessage): Uint8Array {
  return new OctetWriter()
    .appendOctet(OSMO_EXTENSION.control)
    .appendOctets(new Uint8Array(Buffer.from(textOf(message), 'latin1')))
    .toOctets();
}

/** Reads the payload of a frame of `IPA_PROTOCOL.osmo`; throws only DecodeError, which does not repeat the text. */
export function decodeControl(octets: Uint8Array): ControlMessage {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  const extension = reader.readOctet('extension');
  if (extension !== OSMO_EXTENSION.control) throw reader.error('extension', 'it is another protocol');
  const [, word = '', id = '', rest = ''] = MESSAGE.exec(Buffer.from(reader.readRest()).toString('latin1')) ?? [];
  if (word === WORDS.error) return { kind: 'error', id, reason: rest };
  const kind = kindOf(word);
  const [, variable, value = ''] = VARIABLE_AND_VALUE.exec(rest) ?? [];
  if (variable === undefined) throw refused('variable', 'it is missing');
  return kind === 'get' ? { kind, id, variable } : { kind, id, variable, value };
}

function kindOf(word: string): 'get' | 'set' | 'getReply' | 'setReply' | 'trap' {
  for (const kind of ['get', 'set', 'getReply', 'setReply', 'trap'] as const) if (WORDS[kind] === word) return kind;
  throw refused('command', 'it is not known');
}

function textOf(message: ControlMessage): string {
  const text =
    message.kind === 'error'
      ? `${WORDS.error} ${message.id} ${message.reason}`
      : [WORDS[message.kind], message.id, message.variable, ...(message.kind === 'get' ? [] : [message.value])].join(
          ' ',
        );
  const asks = message.kind === 'get' || message.kind === 'set';
  if (asks && /[\r\n]/.test(text)) throw new RangeError('a command is one line');
  return text;
}

const refused = (field: string, problem: string): DecodeError => new DecodeError({ field, clause: CLAUSE, problem });
