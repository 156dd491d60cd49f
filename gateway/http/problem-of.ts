import { BackOfficeError } from '../back-office.ts';
import { HlrError } from '../hlr.ts';
import { messageOf, type Log } from '../log.ts';
import { Problem } from './problem.ts';

const RETRY_AFTER_SECONDS = 1;

/** What Rehome is told of whatever went wrong: what may pass is 5xx, so that it asks again; what will not is 4xx. */
export function problemOf(cause: unknown, log: Log): Problem {
  if (cause instanceof Problem) return cause;
  if (cause instanceof HlrError) return hlrProblem(cause, log);
  if (cause instanceof BackOfficeError) {
    log('warn', 'the back office can not be asked', { reason: cause.message });
    const detail = `the operator's back office can't be asked: ${cause.message}`;
    return new Problem({ status: 503, code: 'BACK_OFFICE_DOWN', detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
  }
  log('error', 'a call failed', { reason: messageOf(cause) });
  return new Problem({ status: 500, code: 'INTERNAL', detail: 'the gateway failed; its log says why' });
}

function hlrProblem({ kind, message: detail }: HlrError, log: Log): Problem {
  switch (kind) {
    case 'unreachable':
      log('warn', 'the HLR can not be reached', { reason: detail });
      return new Problem({ status: 503, code: 'HLR_DOWN', detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
    case 'unknown':
      return new Problem({ status: 404, code: 'SUBSCRIBER_UNKNOWN', detail });
    case 'collision':
      return new Problem({ status: 409, code: 'IMSI_TAKEN', detail });
    case 'refused':
      log('error', 'the HLR refused', { reason: detail });
      return new Problem({ status: 409, code: 'HLR_REFUSED', detail });
  }
}
