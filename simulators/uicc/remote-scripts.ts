import { DecodeError } from '../../telecom/decode-error.ts';
import { encodeTlv, readLength, readTlvs, readTlvsToEnd, type Tlv } from '../../telecom/octets/ber-tlv.ts';
import { fromHex } from '../../telecom/octets/hex.ts';
import { OctetReader } from '../../telecom/octets/reader.ts';
import { OctetWriter } from '../../telecom/octets/writer.ts';
import { commandsOf } from '../../telecom/ota/compact-command.ts';
import { encodeCompactResponse } from '../../telecom/ota/compact-response.ts';
import { decodeCommandApdu } from '../../telecom/uicc/command-apdu.ts';
import type { CommandAnswer, FileSession } from './file-session.ts';
import { letsScriptGoOn, STATUS_WORD } from './status-word.ts';

/** What a script came to. */
export interface ScriptOutcome {
  /** Additional response data: it goes into the proof of receipt. */
  readonly answer: Uint8Array;
  /** Whether the device has to read its card anew. */
  readonly refresh: boolean;
}

/** Runs a script that is C-APDUs back to back; its answer tells of the last command (ETSI TS 102 226 §5.1). */
export function runCompactScript(octets: Uint8Array, session: FileSession): ScriptOutcome {
  let commands = 0;
  let last: CommandAnswer = { statusWord: STATUS_WORD.wrongLength, data: new Uint8Array(0) };
  try {
    for (const command of commandsOf(octets)) {
      commands += 1;
      last = session.execute(command);
      if (!letsScriptGoOn(last.statusWord)) break;
    }
  } catch (cause) {
    if (!(cause instanceof DecodeError)) throw cause;
    commands += 1;
    last = { statusWord: STATUS_WORD.wrongLength, data: new Uint8Array(0) };
  }
  return { answer: encodeCompactResponse({ commands, ...last }), refresh: session.hasChangedImsi };
}

/** Tags of a script in expanded format and of its answer (ETSI TS 101 220 §7.2.2, tables 7.18 to 7.20). */
const TAG = {
  script: { definite: 0xaa, indefinite: 0xae },
  answer: { definite: 0xab, indefinite: 0xaf },
  ...{ commandApdu: 0x22, responseApdu: 0x23, executed: 0x80, immediateAction: 0x81, errorAction: 0x82 },
  badFormat: 0x90,
} as const;
const BAD_FORMAT = { unknownTag: 1, wrongLength: 2 } as const;
const COMMAND_DETAILS = 0x01;
const COMPREHENSION = 0x80;
const REFRESH = 0x01;

/** Runs a script of C-APDU objects; every command's answer comes back (ETSI TS 102 226 §5.2). */
export function runExpandedScript(octets: Uint8Array, session: FileSession): ScriptOutcome {
  const script = openScript(octets);
  if (script === undefined) return { answer: answerOf('definite', [], BAD_FORMAT.wrongLength), refresh: false };
  const answers: CommandAnswer[] = [];
  let refresh = false;
  let badFormat: number | undefined;
  for (const { tag, value } of script.objects) {
    if (tag === TAG.immediateAction) refresh ||= asksForRefresh(value);
    else if (tag === TAG.commandApdu) {
      const answer = executed(value, session);
      answers.push(answer);
      if (!letsScriptGoOn(answer.statusWord)) break;
    } else if (tag !== TAG.errorAction) {
      badFormat = BAD_FORMAT.unknownTag;
      break;
    }
  }
  return { answer: answerOf(script.lengths, answers, badFormat), refresh };
}

type Lengths = 'definite' | 'indefinite';

function openScript(octets: Uint8Array): { readonly lengths: Lengths; readonly objects: readonly Tlv[] } | undefined {
  const reader = new OctetReader(octets, { clause: 'ETSI TS 102 226 §5.2.1' });
  try {
    const tag = reader.readOctet('script');
    const length = readLength(reader, 'script');
    if (tag === TAG.script.indefinite && length === 'indefinite')
      return { lengths: 'indefinite', objects: readTlvsToEnd(reader, 'object') };
    if (tag !== TAG.script.definite || length === 'indefinite') return undefined;
    const content = new OctetReader(reader.readOctets(length, 'script'), { clause: 'ETSI TS 102 226 §5.2.1' });
    return { lengths: 'definite', objects: readTlvs(content, 'object') };
  } catch (cause) {
    if (cause instanceof DecodeError) return undefined;
    throw cause;
  }
}

function executed(apdu: Uint8Array, session: FileSession): CommandAnswer {
  try {
    return session.execute(decodeCommandApdu(apdu));
  } catch (cause) {
    if (cause instanceof DecodeError) return { statusWord: STATUS_WORD.wrongLength, data: new Uint8Array(0) };
    throw cause;
  }
}

/** An immediate action may be the objects of a proactive command; of those, this card knows REFRESH (ETSI TS 102 226 §5.2.1.2). */
function asksForRefresh(value: Uint8Array): boolean {
  try {
    const objects = readTlvs(new OctetReader(value, { clause: 'ETSI TS 102 226 §5.2.1.2' }), 'immediate action');
    const details = objects.find(({ tag }) => (tag & ~COMPREHENSION) === COMMAND_DETAILS)?.value;
    return details?.[1] === REFRESH;
  } catch (cause) {
    // One octet only refers to a record, or speaks of a session: nothing that this card could act upon.
    if (cause instanceof DecodeError) return false;
    throw cause;
  }
}

/** AB length, or AF 80 … 00 00: 80 number of commands, 23 data and status word of each, 90 bad format. */
function answerOf(lengths: Lengths, answers: readonly CommandAnswer[], badFormat: number | undefined): Uint8Array {
  const content = new OctetWriter();
  if (lengths === 'definite') content.appendOctets(encodeTlv(TAG.executed, Uint8Array.of(answers.length)));
  for (const { data, statusWord } of answers) {
    const response = new OctetWriter().appendOctets(data).appendOctets(fromHex(statusWord, 'status word')).toOctets();
    content.appendOctets(encodeTlv(TAG.responseApdu, response));
  }
  if (badFormat !== undefined) content.appendOctets(encodeTlv(TAG.badFormat, Uint8Array.of(badFormat)));
  const octets = content.toOctets();
  if (lengths === 'definite') return encodeTlv(TAG.answer.definite, octets);
  return new OctetWriter()
    .appendOctet(TAG.answer.indefinite)
    .appendOctet(0x80)
    .appendOctets(octets)
    .appendUint(0, 2)
    .toOctets();
}
