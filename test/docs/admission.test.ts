import { Agreement } from '../../services/registry/agreements.ts';
import { ADMISSION_RULES } from '../../services/admission/decide-admission.ts';
import { plain, readText, tableOf } from './documents.ts';

const operations = { path: 'docs/operations.md', text: readText('docs/operations.md') };
const terms = tableOf(operations, 'term', 'default', 'means');

test('docs/operations.md lists every term of an agreement', () => {
  expect(terms.map(([term]) => plain(term))).toEqual(Object.keys(Agreement.shape));
});

test('docs/operations.md says of consent and of requests by cards what an agreement may say', () => {
  for (const term of ['consent', 'deviceRequests'] as const) {
    const [, , means = ''] = terms.find(([name]) => plain(name) === term) ?? [];
    const shape = Agreement.shape[term];
    const options = 'options' in shape ? shape.options : shape.def.innerType.options;
    expect([...means.matchAll(/`(\w+)`/g)].map(([, option]) => option)).toEqual(options);
  }
});

test('docs/operations.md lists every rule of an admission with its code, in the order in which they are looked at', () => {
  const rows = tableOf(operations, 'rule', 'code', 'is against a change if');
  expect(rows.map(([rule, code]) => [plain(rule), plain(code)])).toEqual(
    ADMISSION_RULES.map(({ rule, code }) => [rule, code]),
  );
});

test('docs/asyncapi.yaml lets an event name every rule of an admission', () => {
  const [, pattern = ''] =
    /^ {8}rule:\n {10}type: string\n {10}pattern: '(.*)'$/m.exec(readText('docs/asyncapi.yaml')) ?? [];
  const shown = new RegExp(pattern);
  expect(pattern).not.toBe('');
  expect(ADMISSION_RULES.map(({ rule }) => rule).filter((rule) => !shown.test(rule))).toEqual([]);
});
