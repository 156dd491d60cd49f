import { toHex } from '../../telecom/octets/hex.ts';
import { decodeCompactResponse } from '../../telecom/ota/compact-response.ts';
import { decodeExpandedResponse } from '../../telecom/ota/expanded-format.ts';
import type { RemoteFormat } from '../../telecom/ota/remote-file-script.ts';
import { endedNormally, refusalOf } from '../../workflows/shared/status-word.ts';

/** Number of commands (1), status word (2): ETSI TS 102 226 §5.1.2. */
const SHORTEST_COMPACT = 3;

export interface Sent {
  /** As the application answers that the packet went to. */
  readonly format: RemoteFormat;
  /** Whether that application asks the user before it does what the packet says. */
  readonly asksUser: boolean;
  /** How many commands the card was given. */
  readonly commands: number;
}

/**
 * The status word that tells how a packet went: that of the last command that the card ran (ETSI TS 102 226 §5). Nothing, when it ran
 * none, says less than all and no error, or has a word that means a refusal of a single command behind commands whose work stays done.
 */
export function statusWordOf(data: Uint8Array, sent: Sent): string | undefined {
  const ran = lastCommand(data, sent);
  if (ran === undefined || ran.executed === 0) return undefined;
  const { executed, statusWord } = ran;
  if (endedNormally(statusWord) && executed < sent.commands) return undefined;
  const refusal = refusalOf(statusWord);
  if (refusal !== undefined && executed > 1) return undefined;
  // Of a card that asks nobody it means that a condition of the command is not met (ETSI TS 102 221 §10.2.1.5).
  if (refusal === 'USER_DECLINED' && !sent.asksUser) return undefined;
  return statusWord;
}

/** What the last command brought, once all commands have run and it ended normally. */
export function dataOf(data: Uint8Array, sent: Sent): Uint8Array | undefined {
  const ran = lastCommand(data, sent);
  return ran?.executed === sent.commands && endedNormally(ran.statusWord) ? ran.data : undefined;
}

/** Why the card did not have its device read it anew behind the commands, which stay done; absent: it has, or does so by itself. */
export function refreshError(data: Uint8Array, { format }: Pick<Sent, 'format'>): string | undefined {
  return format === 'expanded' ? decodeExpandedResponse(data).immediateAction : undefined;
}

interface LastCommand {
  readonly executed: number;
  readonly statusWord: string;
  readonly data: Uint8Array;
}

function lastCommand(data: Uint8Array, { format }: Pick<Sent, 'format'>): LastCommand | undefined {
  if (format === 'expanded') {
    const { executed, responses, badFormat } = decodeExpandedResponse(data);
    const last = responses.at(-1);
    if (last === undefined || badFormat !== undefined) return undefined;
    return { executed: executed ?? responses.length, statusWord: toHex(last.statusWord), data: last.data };
  }
  if (data.length < SHORTEST_COMPACT) return undefined;
  const { commands, ...last } = decodeCompactResponse(data);
  return { executed: commands, ...last };
}
