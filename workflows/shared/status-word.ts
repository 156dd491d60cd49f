/** 9000, or 91xx: the same, and the card has a command for its device, xx octets long (ETSI TS 102 221 §10.2.1.1). */
const NORMAL_ENDING = /^(9000|91[0-9a-f]{2})$/;

/** Whether a command on the card did what it was to do; a card that has its device read it anew afterwards says so with 91xx. */
export const endedNormally = (statusWord: string): boolean => NORMAL_ENDING.test(statusWord);

/** What a card says of its admin code: wrong, with the tries that it has left, or blocked (ETSI TS 102 221 §10.2.1.5, §11.1.9). */
export const ABOUT_ADMIN_CODE = /^(63c[0-9a-f]|6983)$/;

/** Why a card did nothing of a command, by the code of the failure table. */
export type Refusal = 'ADMIN_CODE_WRONG' | 'ADMIN_CODE_BLOCKED' | 'USER_DECLINED';

/**
 * The words that refuse a command before it has done anything: the only list of them. Each means this of a command that comes first;
 * behind another one, whose work stays done, it proves nothing.
 */
export function refusalOf(statusWord: string): Refusal | undefined {
  if (ABOUT_ADMIN_CODE.test(statusWord)) return statusWord === '6983' ? 'ADMIN_CODE_BLOCKED' : 'ADMIN_CODE_WRONG';
  return statusWord === '6985' ? 'USER_DECLINED' : undefined;
}
