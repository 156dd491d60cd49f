/** C0, DEL and C1 controls, line separators, marks that turn the direction of writing, and halves of characters. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Surrogate}/gu;

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Text of a peer or a file as it may be shown: what would steer the terminal is written out. */
export const printable = (text: string): string => text.replaceAll(UNPRINTABLE, escaped);

/** The same for text whose line breaks are ours. */
export const printableLines = (text: string): string => text.split('\n').map(printable).join('\n');

/** A view whose texts are printable. */
export const printableView = <View extends object>(view: View): View =>
  Object.fromEntries(
    Object.entries(view).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === 'string' ? printable(value) : value,
    ]),
  ) as View;
