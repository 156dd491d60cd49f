import { ApplicationFailure } from '@temporalio/common';
import { classify } from '../../activities/classify.ts';
import { failure } from '../../workflows/shared/failures.ts';

const withCode = (code: string, message = 'as the driver says'): Error => Object.assign(new Error(message), { code });

test('a failure of the table stays what it is', () => {
  const refused = failure('HLR_REFUSED', 'operator-2 refused');
  expect(classify(refused)).toBe(refused);
});

const AWAY: readonly [what: string, cause: unknown][] = [
  ['refuses the connection', withCode('ECONNREFUSED')],
  ['drops the connection', withCode('ECONNRESET')],
  ['is not found', withCode('ENOTFOUND')],
  ['cannot be reached', withCode('EHOSTUNREACH')],
  ['gives no answer in time', withCode('ETIMEDOUT')],
  ['breaks the pipe', withCode('EPIPE')],
  ['reports a lost connection (08006)', withCode('08006')],
  ['has no connection left (53300)', withCode('53300')],
  ['has no disk left (53100)', withCode('53100')],
  ['is being shut down (57P01)', withCode('57P01')],
  ['is starting up (57P03)', withCode('57P03')],
  ['cannot read its disk (58030)', withCode('58030')],
  ['has no free connection in the pool', new Error('timeout exceeded when trying to connect')],
  ['ended the connection during a query', new Error('Connection terminated unexpectedly')],
  ['refuses on every address of its name', Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' })],
];

test.each(AWAY)('a database that %s is away, and asked again', (_what, cause) => {
  const failed = classify(cause);
  expect(failed.type).toBe('DATABASE_UNREACHABLE');
  expect(failed.nonRetryable).toBe(false);
});

const OURS: readonly [what: string, cause: unknown][] = [
  ['a broken constraint (23505)', withCode('23505')],
  ['a column that does not exist (42703)', withCode('42703')],
  ['a type error', new TypeError('x is not a function')],
  ['a thrown text', 'thrown text'],
  ['nothing at all', undefined],
];

test.each(OURS)('%s is our own fault, and is tried again, since the cause may be repaired', (_what, cause) => {
  const failed = classify(cause);
  expect(failed).toBeInstanceOf(ApplicationFailure);
  expect(failed.type).toBe('INVARIANT_BROKEN');
  expect(failed.nonRetryable).toBe(false);
});
