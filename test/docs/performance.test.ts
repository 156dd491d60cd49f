import { readText } from './documents.ts';

const page = readText('docs/performance.md');
const bench = readText('test/bench/bench.ts');

test('docs/performance.md has the marks between which the bench writes its figures, each once and in this order', () => {
  const marks = ['BEGIN', 'END'].map((name) => new RegExp(`const ${name} = '(.+)'`).exec(bench)?.[1] ?? '');
  const lines = page.split('\n');
  expect(lines.filter((line) => marks.includes(line))).toEqual(marks);
});

test('docs/performance.md names every option of the bench, with its default if that is a number', () => {
  const options = [...bench.matchAll(/^ {4}'?([a-z-]+)'?: \{ type: '\w+', default: (?:'(\d+)'|false) \}/gm)];
  expect(options.length).toBeGreaterThan(3);
  for (const [, name = '', fallback] of options)
    expect(page).toContain(fallback === undefined ? `--${name}` : `\`--${name} ${fallback}\``);
});
