import { ApplicationFailure } from '@temporalio/common';
import { failure } from '../workflows/shared/failures.ts';

/** Classes of SQLSTATE that mean that the server, not the statement, is the problem (PostgreSQL appendix A): connection, resources, shutdown. */
const SERVER_AWAY = /^(08|53|57P|58)/;
const SOCKET_AWAY = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH']);
const POOL_AWAY =
  /timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error/i;

/**
 * Makes a failure of the table out of whatever an activity threw. What is not known is our own fault: it is retried, since the cause
 * may be repaired, and its message passes on, since no message of ours holds a secret.
 */
export function classify(cause: unknown): ApplicationFailure {
  if (cause instanceof ApplicationFailure) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (SERVER_AWAY.test(code) || SOCKET_AWAY.has(code) || POOL_AWAY.test(message)) {
    return failure('DATABASE_UNREACHABLE', `the database can't be asked: ${message === '' ? code : message}`);
  }
  return failure('INVARIANT_BROKEN', message);
}
