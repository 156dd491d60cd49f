import type { CliContext, Desk } from '../application/ports.ts';

/** A command: gets the desk, prints, and resolves to the exit code. */
export type Action<Arguments extends readonly unknown[]> = (
  tools: { readonly desk: Desk; readonly context: CliContext },
  ...given: Arguments
) => Promise<number>;
