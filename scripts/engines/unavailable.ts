/** A needed service or tool is away (sysexits.h EX_UNAVAILABLE). */
const EX_UNAVAILABLE = 69;

/** An engine cannot be started for a reason that a person can remove; the message says what happened and what to do. */
export class Unavailable extends Error {
  override readonly name: string = 'Unavailable';
  readonly exitCode = EX_UNAVAILABLE;
}
