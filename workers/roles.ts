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
  /** Which operators or SMSCs to serve; empty: all that are registered. */
  readonly only: readonly string[];
  /** Wrapped around every activity, outermost first. */
  readonly activityInterceptors?: readonly ActivityInboundCallsInterceptor[];
}

export type StartRole = (context: RoleContext) => Promise<Running>;

/** One role made of several parts: ends with the first that ends, stops all. */
export async function together(parts: readonly Promise<Running>[]): Promise<Running> {
  const running = await Promise.all(parts);
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
