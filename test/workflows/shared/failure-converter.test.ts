import { defaultPayloadConverter } from '@temporalio/common';
import { dataConverterOf } from '../../../adapters/vault/data-converter.ts';
import { SealingCodec } from '../../../adapters/vault/payload-codec.ts';
import { loadDataConverter, encodeErrorToFailure } from '@temporalio/common/lib/internal-non-workflow';
import { temporal } from '@temporalio/proto';
import { failureConverter } from '../../../workflows/shared/failure-converter.ts';
import { failure } from '../../../workflows/shared/failures.ts';
import { freshPayloadKey } from '../../support/payload-key.ts';

/** `limit.mutableStateActivityFailureSize.error` of the Temporal server. */
const KEPT_OCTETS = 4_096;

const there = (error: unknown) => failureConverter.errorToFailure(error, defaultPayloadConverter);
const back = (proto: ReturnType<typeof there>) => failureConverter.failureToError(proto, defaultPayloadConverter);

test('of a failure only type and kind can be read; message and stack are a payload, that of its cause too', () => {
  const cause = new Error('IMSI 001010000000001');
  const proto = there(Object.assign(failure('HLR_REFUSED', 'ICCID 8999901000000000013 is not wanted'), { cause }));
  const { encodedAttributes, ...readable } = { ...proto, cause: { ...proto.cause, encodedAttributes: undefined } };
  expect(encodedAttributes).toBeDefined();
  expect(JSON.stringify(readable)).toContain('HLR_REFUSED');
  expect(JSON.stringify(readable)).not.toMatch(/8999901000000000013|001010000000001|failure-converter/);
});

test('a failure comes back with its message, however often it crosses', () => {
  const once = back(there(failure('HLR_REFUSED', 'no such subscriber')));
  there(once);
  const twice = back(there(once));
  expect([once.message, twice.message]).toEqual(['no such subscriber', 'no such subscriber']);
  expect(twice).toMatchObject({ type: 'HLR_REFUSED', nonRetryable: true });
});

test('the longest failure, sealed, stays below what the Temporal server keeps of it', async () => {
  const codec = new SealingCodec({ keys: [freshPayloadKey('2026-11')], namespace: 'default', encryption: 'required' });
  const error = failure('HLR_REFUSED', '字'.repeat(2_000));
  error.stack = `Error: far away\n${'    at deep (/opt/somewhere/dist/activities/operator/index.js:1:1)\n'.repeat(200)}`;
  const proto = await encodeErrorToFailure(loadDataConverter(dataConverterOf(codec)), error, {
    ...{ type: 'activity', namespace: 'default', isLocal: false },
    workflowId: 'subscription-change/5d41402abc4b2a76b9719d911017c592',
  });
  expect(proto.message).toBe('Encoded failure');
  expect(temporal.api.failure.v1.Failure.encode(proto).finish().length).toBeLessThan(KEPT_OCTETS);
});
