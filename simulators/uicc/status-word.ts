/** SW1 SW2 by what they say (ETSI TS 102 221 §10.2), four hex digits. */
export const STATUS_WORD = {
  ok: '9000',
  toolkitBusy: '9300',
  wrongLength: '6700',
  securityNotSatisfied: '6982',
  adminCodeBlocked: '6983',
  conditionsNotSatisfied: '6985',
  noFileSelected: '6986',
  wrongData: '6a80',
  fileNotFound: '6a82',
  wrongParameters: '6a86',
  referenceNotFound: '6a88',
  outsideFile: '6b00',
  unknownCommand: '6d00',
  unknownClass: '6e00',
  technicalProblem: '6f00',
} as const;

/** So many tries are left (ETSI TS 102 221 §11.1.9). */
export const triesLeftWord = (triesLeft: number): string => `63c${triesLeft.toString(16)}`;

/** Whether a script goes on behind a command with this answer: normal ends and warnings do not stop it (ETSI TS 102 226 §5.1.2). */
export const letsScriptGoOn = (statusWord: string): boolean => /^(9|61|62|63)/.test(statusWord);
