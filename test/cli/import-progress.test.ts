import { importProgress } from '../../cli/import-progress.ts';

/** What a terminal of this width gets. */
function shown(columns: number): string[] {
  const written: string[] = [];
  const progress = importProgress({ isTTY: true, columns, write: (text) => written.push(text) });
  for (const share of [0, 0.5, 1]) progress.update(share, Math.round(share * 1_000_000));
  progress.stop();
  return written;
}

test.each([10, 40, 80, 200])('the bar is never wider than a terminal of %i columns', (columns) => {
  for (const text of shown(columns)) expect(text.replace('\r\u001b[K', '').length).toBeLessThan(columns);
});

test('the bar grows, and the line ends when the import does', () => {
  const [, half = '', , end] = shown(80);
  expect(half).toMatch(/importing cards ■+·+ {2}50 % {2}500000 rows$/);
  expect(end).toBe('\n');
});
