import { pino } from 'pino';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** One line about what happened; never a key, a code, or the bytes of a packet. */
export type Log = (level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>) => void;

/** Logs JSON lines to standard error, one process per name. */
export function processLog(name: string, level: LogLevel): Log {
  const logger = pino(
    { name, level, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ fd: 2, sync: true }),
  );
  return (at, message, fields) => {
    logger[at](fields ?? {}, message);
  };
}
