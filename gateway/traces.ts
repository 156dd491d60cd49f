import type { HlrSubscriber } from './hlr.ts';
import type { Operator } from './operator.ts';

/** What cards left at the HLR under an IMSI; absent is what neither the HLR nor the gateway can know. */
export type Trace = Pick<HlrSubscriber, 'authentication' | 'refusedAt' | 'refusal'>;

/**
 * The HLR's own word; of an HLR that tells no more than the last SQN, what the gateway noticed by comparing it each time it looked.
 * Its times are then those of the look, and whether an authentication failed, or why a card was not registered, is not known.
 */
export async function traceOf(
  { subscribers }: Pick<Operator, 'subscribers'>,
  { imsi, authentication, refusedAt, refusal, lastSqn }: HlrSubscriber,
): Promise<Trace> {
  if (lastSqn === undefined)
    return {
      ...(authentication !== undefined && { authentication }),
      ...(refusedAt !== undefined && { refusedAt }),
      ...(refusal !== undefined && { refusal }),
    };
  const noticed = await subscribers.noticeSqn(imsi, lastSqn);
  if (noticed === undefined) return {};
  const { seenAt } = noticed;
  return {
    authentication: seenAt === null ? null : { at: seenAt.toISOString(), outcome: 'seen' },
    refusedAt: noticed.refusedAt?.toISOString() ?? null,
  };
}
