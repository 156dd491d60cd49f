/** How far the clock of an HLR may be from ours, or from that of another HLR. */
export const CLOCKS_DIFFER_MILLISECONDS = 300_000;
