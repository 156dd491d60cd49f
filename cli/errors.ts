import { isAway, messageOf, ServiceAwayError } from '../application/errors.ts';
import { ConfigurationError } from '../temporal.config.ts';
import { DecodeError } from '../telecom/decode-error.ts';
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

/** A key or certificate of this installation that is not there, may not be read, or holds something else. */
const NO_KEY = /(ENOENT|EACCES|EISDIR).*(keys|pki)|does not hold a key/;

/** What to tell a person about an error, and how the process exits. */
export function explainError(
  cause: unknown,
  rehome = 'rehome',
): { readonly explained: Explained; readonly exitCode: number } {
  if (cause instanceof CommandError) return cause;
  const message = messageOf(cause);
  if (cause instanceof ConfigurationError)
    return { explained: TEXT.badConfiguration(message), exitCode: EXIT.configuration };
  if (cause instanceof Error && cause.name === 'CardFileError')
    return { explained: TEXT.badCardFile(message, storedBefore(cause)), exitCode: EXIT.data };
  if (cause instanceof Error && cause.name === 'RejectFileError')
    return { explained: TEXT.badRejectFile(message, storedBefore(cause)), exitCode: EXIT.data };
  if (cause instanceof DecodeError) return { explained: TEXT.undecodable(message), exitCode: EXIT.data };
  if (cause instanceof Error && cause.name === 'NetworkFileError')
    return { explained: TEXT.badNetworkFile(message), exitCode: EXIT.data };
  if (cause instanceof Error && cause.name === 'NotRegisteredError')
    return { explained: TEXT.notRegistered(message, rehome), exitCode: EXIT.usage };
  if (cause instanceof ServiceAwayError) return { explained: TEXT.serviceAway(message), exitCode: EXIT.unavailable };
  if (isAway(cause))
    return {
      explained: TEXT.serviceAway(`a service that Rehome needs does not answer: ${message}`),
      exitCode: EXIT.unavailable,
    };
  if (NO_KEY.test(message)) return { explained: TEXT.keysMissing(message), exitCode: EXIT.configuration };
  return { explained: TEXT.ourFault(message), exitCode: EXIT.software };
}

/** What is wrong with a value, without the field that the reader has named already. */
export function problemOf(cause: unknown): string {
  const message = messageOf(cause);
  return cause instanceof DecodeError ? message.replace(`${cause.field} cannot be decoded: `, '') : message;
}

/** How many cards were stored before a file could not be read on. */
const storedBefore = (cause: Error): number =>
  'stored' in cause && typeof cause.stored === 'number' ? cause.stored : 0;
