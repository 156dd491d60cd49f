import {
  DefaultFailureConverter,
  type PayloadConverter,
  type ProtoFailure,
  type SerializationContext,
} from '@temporalio/common';

/** Enough for the frames that are ours; the logs of the process have the rest. */
const LONGEST_STACK = 700;

/**
 * Makes a payload of message and stack of every failure, which then is sealed like the others; type and kind stay readable. A failure
 * stays below 4 KB, beyond which the Temporal server cuts what it keeps of a waiting step, and would cut the sealed text off.
 */
class SealableFailureConverter extends DefaultFailureConverter {
  /** A new object each time: the caller writes into it, and an error that has crossed before keeps its own. */
  override errorToFailureInner(
    error: unknown,
    payloadConverter: PayloadConverter,
    context?: SerializationContext,
  ): ProtoFailure {
    const failure = super.errorToFailureInner(error, payloadConverter, context);
    return { ...failure, stackTrace: failure.stackTrace?.slice(0, LONGEST_STACK) ?? '' };
  }
}

export const failureConverter = new SealableFailureConverter({ encodeCommonAttributes: true });
