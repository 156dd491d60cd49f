import { DecodeError } from '../../telecom/decode-error.ts';
import { readLength, readTlvs, readTlvsToEnd, type Tlv } from '../../telecom/octets/ber-tlv.ts';
import { fromHex } from '../../telecom/octets/hex.ts';
import { OctetReader } from '../../telecom/octets/reader.ts';
import { commandsOf } from '../../telecom/ota/compact-command.ts';
import { encodeCompactResponse } from '../../telecom/ota/compact-response.ts';
import { encodeExpandedResponse, type EncodableResponse } from '../../telecom/ota/expanded-format.ts';
import type { Lengths } from '../../telecom/ota/expanded-template.ts';
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

/** Tags of a script in expanded format (ETSI TS 101 220 §7.2.2, tables 7.18 and 7.19). */
const TAG = {
  script: { definite: 0xaa, indefinite: 0xae },
  ...{ commandApdu: 0x22, immediateAction: 0x81, errorAction: 0x82, scriptChaining: 0x83 },
} as const;
const COMMAND_DETAILS = 0x01;
const COMPREHENSION = 0x80;
const REFRESH = 0x01;

/** Runs a script of C-APDU objects; every command's answer comes back (ETSI TS 102 226 §5.2). */
export function runExpandedScript(octets: Uint8Array, session: FileSession): ScriptOutcome {
  const script = openScript(octets);
  if (script === undefined) return { answer: answerOf('definite', [], { badFormat: 'wrongLength' }), refresh: false };
  const answers: CommandAnswer[] = [];
  let refresh = false;
  let error: ScriptError = {};
  for (const { tag, value } of script.objects) {
    if (tag === TAG.immediateAction) refresh ||= asksForRefresh(value);
    else if (tag === TAG.commandApdu) {
      const answer = executed(value, session);
      answers.push(answer);
      if (!letsScriptGoOn(answer.statusWord)) break;
    } else if (tag !== TAG.errorAction) {
      error = tag === TAG.scriptChaining ? { scriptChaining: 'notSupported' } : { badFormat: 'unknownTag' };
      break;
    }
  }
  return { answer: answerOf(script.lengths, answers, error), refresh };
}

type ScriptError = Pick<EncodableResponse, 'badFormat' | 'scriptChaining'>;

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

/** The number of commands, the answer of each, and what went wrong beside them; one of indefinite length has no number. */
function answerOf(lengths: Lengths, answers: readonly CommandAnswer[], error: ScriptError): Uint8Array {
  return encodeExpandedResponse({
    ...{ lengths, executed: lengths === 'definite' ? answers.length : undefined, ...error },
    responses: answers.map(({ data, statusWord }) => ({ data, statusWord: fromHex(statusWord, 'status word') })),
  });
}
