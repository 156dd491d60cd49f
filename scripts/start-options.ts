import { parseArgs } from 'node:util';

export interface StartOptions {
  /** End after the change of one card. */
  readonly once: boolean;
  readonly help: boolean;
}

export const START_HELP = `Usage: npm start [-- --once]

Brings the whole system up on this machine and moves one card between two simulated operators.

Options:
  --once  end after the change, with exit code 0 only if it is completed
  --help  show this
`;

/** The words of the command line are not understood; the message names the first that is not. */
export class StartUsageError extends Error {
  override readonly name = 'StartUsageError';
}

/** Reads the words behind `npm start --`; throws StartUsageError. */
export function readStartOptions(words: readonly string[]): StartOptions {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: { once: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    });
    return { once: values.once === true, help: values.help === true };
  } catch (cause) {
    const [word] = words.filter((one) => !['--once', '--help', '-h'].includes(one));
    throw new StartUsageError(`${word ?? 'this'} is not understood; nothing was started\n${START_HELP}`, { cause });
  }
}
