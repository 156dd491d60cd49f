import { toHex } from '../../telecom/octets/hex.ts';
import { decodeCompactResponse } from '../../telecom/ota/compact-response.ts';
import { decodeExpandedResponse } from '../../telecom/ota/expanded-format.ts';
import { endedNormally, refusalOf } from '../../workflows/status-word.ts';
import type { CardProfile } from './card-profiles.ts';

/** Number of commands (1), status word (2): ETSI TS 102 226 §5.1.2. */
const SHORTEST_COMPACT = 3;

interface Sent {
  readonly profile: CardProfile;
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
  if (refusal === 'USER_DECLINED' && !asksUser(sent.profile)) return undefined;
  return statusWord;
}

/** Why the card did not have its device read it anew behind the commands, which stay done; absent: it has, or does so by itself. */
export function refreshError(data: Uint8Array, { profile }: Pick<Sent, 'profile'>): string | undefined {
  return isExpanded(profile) ? decodeExpandedResponse(data).immediateAction : undefined;
}

const asksUser = (profile: CardProfile): boolean => profile.format === 'cpa' && profile.askUser;

const isExpanded = (profile: CardProfile): boolean => profile.format === 'rfm' && profile.commands === 'expanded';

function lastCommand(
  data: Uint8Array,
  { profile }: Sent,
): { readonly executed: number; readonly statusWord: string } | undefined {
  if (isExpanded(profile)) {
    const { executed, responses, badFormat } = decodeExpandedResponse(data);
    const last = responses.at(-1);
    if (last === undefined || badFormat !== undefined) return undefined;
    return { executed: executed ?? responses.length, statusWord: toHex(last.statusWord) };
  }
  if (data.length < SHORTEST_COMPACT) return undefined;
  const { commands, statusWord } = decodeCompactResponse(data);
  return { executed: commands, statusWord };
}
