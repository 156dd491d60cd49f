/** Where a simulator tells what a person may want to know, one fact a line; never a key or a code. */
export type Log = (line: string) => void;

/** The message of whatever was thrown. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
