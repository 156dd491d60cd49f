/** The first of two persons is remembered for so long. */
export const SECOND_PERSON_WITHIN_MS = 24 * 3_600_000;

/**
 * Who an actor is, however the name is spelt: case, white space, characters that nobody sees, forms of the same letter and a prefix that
 * was typed along make no second person.
 */
export const personOf = (actor: string): string =>
  actor
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/gu, '')
    .replace(/^(?:user:)+/, '');

/** Whether an actor is somebody, and fits a record. */
export const isSomebody = (actor: string): boolean => /^\S.{0,99}$/.test(actor) && personOf(actor) !== '';
