import { pino, type DestinationStream } from 'pino';
import { redact, redactText } from './redact.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One line about what happened; never a key, a code, or the bytes of a packet. */
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

const standardError = (): DestinationStream => pino.destination({ fd: 2, sync: true });

/** Logs JSON lines to standard error, one process per name; whatever is a secret by its type, its name or its form is replaced. */
export function processLog(name: string, level: LogLevel, destination = standardError()): Log {
  const logger = pino({ name, level, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return (at, message, fields) => {
    if (logger.isLevelEnabled(at)) logger[at](redact(fields ?? {}) as object, redactText(message));
  };
}
