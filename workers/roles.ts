import type { ActivityInboundCallsInterceptor } from '@temporalio/worker';
import type { Resources } from './resources.ts';

/** A role that runs: `ended` settles when it has ended, with the cause if nobody stopped it. */
export interface Running {
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

export interface RoleContext {
  readonly resources: Resources;
  /** Aborts when the process stops. */
  readonly signal: AbortSignal;
  /** Which to serve; undefined: all that are registered. */
  readonly operators: readonly string[] | undefined;
  readonly smscs: readonly string[] | undefined;
  /** Wrapped around every activity, outermost first. */
  readonly activityInterceptors?: readonly ActivityInboundCallsInterceptor[];
}

export type StartRole = (context: RoleContext) => Promise<Running>;

/** A process is asked to serve what is not registered; the message names what is. */
export class NotRegisteredError extends Error {
  override readonly name = 'NotRegisteredError';
}

/** Those of the registered operators or SMSCs that a process serves. */
export function toServe<Registered extends { readonly id: string }>(
  kind: 'operator' | 'SMSC',
  registered: readonly Registered[],
  wanted: readonly string[] | undefined,
): readonly Registered[] {
  if (registered.length === 0)
    throw new NotRegisteredError(`no ${kind} is registered, so there is none that this process could serve`);
  const unknown = (wanted ?? []).filter((id) => !registered.some((one) => one.id === id));
  if (unknown.length > 0)
    throw new NotRegisteredError(
      `no ${kind} is registered as ${unknown.join(', ')}; there are ${registered.map(({ id }) => id).join(', ')}`,
    );
  return registered.filter(({ id }) => wanted?.includes(id) ?? true);
}

/** One role made of several parts: ends with the first that ends, stops all. When one can't start, those that could are stopped. */
export async function together(parts: readonly Promise<Running>[]): Promise<Running> {
  const outcomes = await Promise.allSettled(parts);
  const running = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  const failed = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) {
    // How a part ends matters to nobody any more: the role is told to have failed with what kept the other part from starting.
    void Promise.allSettled(running.map(({ ended }) => ended));
    await Promise.allSettled(running.map((part) => part.stop()));
    throw failed.reason;
  }
  return {
    ended: Promise.race(running.map(({ ended }) => ended)),
    stop: async () => {
      await Promise.all(running.map((part) => part.stop()));
    },
  };
}

/** A role that works until it is stopped. */
export function untilStopped(stop: () => Promise<void>): Running {
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  return {
    ended,
    stop: async () => {
      await stop();
      end();
    },
  };
}
