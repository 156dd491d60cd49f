/** 9000, or 91xx: the same, and the card has a command for its device, xx octets long (ETSI TS 102 221 §10.2.1.1). */
const NORMAL_ENDING = /^(9000|91[0-9a-f]{2})$/;

/** Whether a command on the card did what it was to do; a card that has its device read it anew afterwards says so with 91xx. */
export const endedNormally = (statusWord: string): boolean => NORMAL_ENDING.test(statusWord);
