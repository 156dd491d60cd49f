import { ConfigurationError } from '../temporal.config.ts';
import { EXIT } from './exit-codes.ts';
import { TEXT, type Explained } from './text.ts';

/** A command can't do what it was asked; carries its explanation and exit code. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  constructor(
    readonly explained: Explained,
    readonly exitCode: number,
  ) {
    super(explained.happened);
  }
}

const AWAY = /ECONNREFUSED|ECONNRESET|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT|timeout exceeded|Connection terminated|UNAVAILABLE|DEADLINE_EXCEEDED|Failed to connect|KAFKA_UNREACHABLE|the database system is/i;
const DATA_FAULTS = new Set(['CardFileError', 'NetworkFileError']);

/** What to tell a person about an error, and how the process exits. */
export function explainError(cause: unknown): { readonly explained: Explained; readonly exitCode: number } {
  if (cause instanceof CommandError) return cause;
  const message = messageOf(cause);
  if (cause instanceof ConfigurationError) return { explained: TEXT.badConfiguration(message), exitCode: EXIT.configuration };
  if (cause instanceof Error && DATA_FAULTS.has(cause.name)) return { explained: TEXT.badFile(message), exitCode: EXIT.data };
  if (AWAY.test(message)) return { explained: TEXT.serviceAway(message), exitCode: EXIT.unavailable };
  if (/ENOENT.*(keys|pki)/.test(message)) return { explained: TEXT.keysMissing(message), exitCode: EXIT.configuration };
  return { explained: TEXT.ourFault(message), exitCode: EXIT.software };
}

function messageOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join('; ');
  if (!(cause instanceof Error)) return String(cause);
  const code = 'code' in cause && typeof cause.code === 'string' && !cause.message.includes(cause.code) ? `${cause.code} ` : '';
  return `${code}${cause.message}`;
}
