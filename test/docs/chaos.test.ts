import { FINDINGS } from '../../services/reconciliation/findings.ts';
import { readText, tableOf } from './documents.ts';

const path = 'docs/chaos.md';
const text = readText(path);

test('docs/chaos.md explains every kind of violation, in the words of the reconciliation', () => {
  const rows = tableOf({ path, text }, 'violation', 'means').map(([kind = '', means]) => [
    kind.replaceAll('`', ''),
    means,
  ]);
  expect(rows).toEqual(Object.entries(FINDINGS));
});

test('docs/chaos.md names every option of `npm run chaos`, with its default', () => {
  const options = [
    ...readText('test/chaos/chaos.ts').matchAll(
      /^ {4}'?([a-z-]+)'?: \{ type: '\w+'(?:, default: (?:'(\w+)'|false))? \}/gm,
    ),
  ];
  const rows = tableOf({ path, text }, 'option', 'default', 'means').map(([option, standard]) => [option, standard]);
  expect(rows).toEqual(options.map(([, name = '', standard = '']) => [`\`--${name}\``, standard]));
});
