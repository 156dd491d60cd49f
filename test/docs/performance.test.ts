import { readText } from './documents.ts';

const page = readText('docs/performance.md');
const bench = readText('test/bench/bench.ts');

test('docs/performance.md has the marks between which each part of the bench writes its figures, each once and in this order', () => {
  const parts = [...(/^const PARTS = \[(.+)\] as const;$/m.exec(bench)?.[1] ?? '').matchAll(/'(\w+)'/g)];
  expect(parts.length).toBeGreaterThan(1);
  const template = (name: string) => new RegExp(`^const ${name} = .*=> \`(.+)\`;$`, 'm').exec(bench)?.[1] ?? '';
  const marks = parts.flatMap(([, part = '']) =>
    ['begin', 'end'].map((name) => template(name).replace('${part}', part)),
  );
  const lines = page.split('\n');
  expect(lines.filter((line) => marks.includes(line))).toEqual(marks);
});

test('docs/performance.md names every option of the bench, with its default if that is a number', () => {
  const options = [...bench.matchAll(/^ {4}'?([a-z-]+)'?: \{ type: '\w+', default: (?:'(\d+)'|false) \}/gm)];
  expect(options.length).toBeGreaterThan(3);
  for (const [, name = '', fallback] of options)
    expect(page).toContain(fallback === undefined ? `--${name}` : `\`--${name} ${fallback}\``);
});
