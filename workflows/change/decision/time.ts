export const LONGEST_PAUSE_SECONDS = 24 * 3_600;
/** How far the clock of an HLR may be from ours, or from that of another HLR. */
export const CLOCKS_DIFFER_MILLISECONDS = 300_000;

/** Milliseconds since the epoch, so many seconds from now. */
export const later = (now: number, seconds: number): number => now + seconds * 1_000;

/** Half of the time is long enough for an answer, and leaves as much for that to a second copy. */
export const halfway = (from: number, to: number): number => from + Math.floor((to - from) / 2);
