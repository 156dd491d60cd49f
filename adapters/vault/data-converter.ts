import { join } from 'node:path';
import type { DataConverter } from '@temporalio/common';
import type { SealingCodec } from './payload-codec.ts';

/** How the workflow bundle and every worker and client find the failure converter; without an extension, so that it fits sources and build. */
export const FAILURE_CONVERTER = join(__dirname, '..', '..', 'workflows', 'shared', 'failure-converter');

/** What every worker and every client has to be given: one without it reads nothing and writes in the clear. */
export const dataConverterOf = (codec: SealingCodec): DataConverter => ({
  payloadCodecs: [codec],
  failureConverterPath: FAILURE_CONVERTER,
});
