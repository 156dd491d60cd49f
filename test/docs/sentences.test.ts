import { documents } from './documents.ts';

const MOST_WORDS = 25;

/** Pages that still have longer sentences; one that has none any more leaves this list. */
const NOT_YET = [
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'docs/architecture.md',
  'docs/chaos.md',
  'docs/failures.md',
  'docs/field-failures.md',
  'docs/operations.md',
  'docs/performance.md',
  'simulators/README.md',
];

/** The sentences of the prose: no code blocks, tables, comments or headings; each item of a list stands for itself. */
function sentencesOf(text: string): string[] {
  const prose = text
    .replaceAll(/^ *```[\s\S]*?^ *```$/gm, '\n\n')
    .replaceAll(/<!--[\s\S]*?-->/g, '')
    .replaceAll(/^ *\|.*$/gm, '')
    .replaceAll(/^#.*$/gm, '\n')
    .replaceAll(/^( *)(?:[-*]|\d+\.) /gm, '\n\n');
  return prose
    .split(/\n\s*\n/)
    .flatMap((block) => block.replaceAll(/\s+/g, ' ').split(/(?<=[.:?!;]) /))
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

const wordsOf = (sentence: string): number => sentence.replaceAll(/`[^`]*`/g, 'code').split(' ').length;

const tooLong = (text: string): string[] => sentencesOf(text).filter((sentence) => wordsOf(sentence) > MOST_WORDS);

describe(`sentences of at most ${String(MOST_WORDS)} words`, () => {
  const pages = documents().filter(({ path }) => !path.startsWith('docs/adr/'));

  test.each(pages.filter(({ path }) => !NOT_YET.includes(path)).map((page) => [page.path, page] as const))(
    'are all that %s has',
    (_path, { text }) => {
      expect(tooLong(text)).toEqual([]);
    },
  );

  test.each(NOT_YET)('are not yet all that %s has', (path) => {
    expect(tooLong(pages.find((page) => page.path === path)?.text ?? '')).not.toEqual([]);
  });

  test('are told from longer ones', () => {
    const long = `${'word '.repeat(MOST_WORDS)}end.`;
    expect(tooLong(`# A heading\n\nShort. ${long}\n\n- ${long}\n`)).toEqual([long, long]);
    expect(tooLong('| a table | of ' + 'many '.repeat(30) + '|\n')).toEqual([]);
  });
});
