import { DecodeError } from '../../telecom/decode-error.ts';
import { encodeCompactResponse } from '../../telecom/ota/compact-response.ts';
import { decodeCpaCommand, type CpaCommand } from '../../telecom/ota/cpa-command.ts';
import { AdminCode } from './admin-code.ts';
import type { ScriptPlace } from './file-session.ts';
import { STATUS_WORD } from './status-word.ts';

/** What the application's command came to; or that its user is to be asked, and how it goes on with the answer. */
export type ChangeOutcome =
  | { readonly kind: 'done'; readonly answer: Uint8Array; readonly refresh: boolean }
  | { readonly kind: 'askUser'; readonly answered: (accepted: boolean) => ChangeDone };
export type ChangeDone = Extract<ChangeOutcome, { kind: 'done' }>;

/** The application's one command: compares the admin code, then asks the user where it must, then replaces the whole subscription. */
export function changeSubscription(data: Uint8Array, place: ScriptPlace): ChangeOutcome {
  const command = readCommand(data);
  if (command === undefined) return done(STATUS_WORD.wrongData);
  const { statusWord, facts } = new AdminCode(place.memory, place.conditions).compare(command.adminCode.reveal());
  place.facts.add(...facts);
  if (statusWord !== STATUS_WORD.ok) return done(statusWord);
  if (command.askUser !== true) return replace(command, place);
  return {
    kind: 'askUser',
    answered: (accepted) => (accepted ? replace(command, place) : done(STATUS_WORD.conditionsNotSatisfied)),
  };
}

/** One transaction: a power cut leaves the old subscription or the new one, never a part of each. */
function replace({ imsi, k, opc }: CpaCommand, { memory, facts }: ScriptPlace): ChangeDone {
  const { iccid } = memory.factory;
  facts.write({ kind: 'cardUpdated', iccid, imsi, sealedKeys: memory.vault.seal(imsi, { k, opc }) });
  return { ...done(STATUS_WORD.ok), refresh: true };
}

function done(statusWord: string): ChangeDone {
  return { kind: 'done', refresh: false, answer: encodeCompactResponse({ commands: 1, statusWord }) };
}

function readCommand(data: Uint8Array): CpaCommand | undefined {
  try {
    return decodeCpaCommand(data);
  } catch (cause) {
    if (cause instanceof DecodeError) return undefined;
    throw cause;
  }
}
