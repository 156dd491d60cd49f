import { DefaultFailureConverter } from '@temporalio/common';

/** Makes a payload of message and stack of every failure, which then is sealed like the others; type and kind stay readable. */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
