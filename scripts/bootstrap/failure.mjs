/** A needed service or tool is away (sysexits.h EX_UNAVAILABLE). */
export const UNAVAILABLE = 69;

/** What set-up could not do, in lines a person can act on. */
export class Failure extends Error {
  constructor(lines, exitCode = UNAVAILABLE) {
    super([lines].flat().join('\n'));
    this.exitCode = exitCode;
  }
}
