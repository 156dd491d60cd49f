import ts from 'typescript';
import { FAILURES } from '../../workflows/shared/failure-codes.ts';
import { codeOf, readText } from './documents.ts';

const page = readText('docs/field-failures.md');

/** What is known to go wrong in the field. One that is added to the page is added here, and none is taken away. */
const KNOWN = [
  'The card counts ahead of the registry',
  'Wrong key set',
  'A part of a long packet is lost',
  'A delivery receipt is lost',
  'The PoR is lost after success',
  'Power fails while the card is written',
  'The admin code is wrong',
  'The admin code is blocked',
  'The device sleeps for weeks',
  'The attach never comes after a good PoR',
  'A late attach after the rollback',
  'Both IMSIs attach',
  'The IMSI pool is exhausted',
  'A request comes twice',
  'The HLR of the target is down before the pivot',
  'The HLR of the target is down after the pivot',
  'The HLR has the subscriber already',
  'The SMSC throttles',
  'The bind breaks with segments under way',
  'The SMSC delivers what nobody can read',
  'The old operator does not let go',
  'The old operator releases too early',
  'Subscriber data is not pushed',
  'The device ignores REFRESH',
  'Key material leaks',
];

/** A test as the page names it: `path`, and its name word for word. */
interface NamedTest {
  readonly path: string;
  readonly name: string;
}

const failures = page
  .split(/^## /m)
  .slice(1)
  .map((section) => ({
    failure: section.split('\n')[0] ?? '',
    section,
    tests: [...section.matchAll(/^- `([^`]+)`: (.+(?:\n {2}.+)*)$/gm)].map(([, path = '', name = '']): NamedTest => ({
      path,
      name: name.replaceAll(/\n */g, ' '),
    })),
  }));

/** The names of the tests in a file, as they are written there; a test that is skipped is none. */
function testsIn(path: string): string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && isTest(node.expression)) {
      const [name] = node.arguments;
      if (name !== undefined && ts.isStringLiteralLike(name)) names.push(name.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, readText(path), ts.ScriptTarget.Latest));
  return names;
}

/** `test(…)`, or `test.each(…)(…)`. */
function isTest(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return callee.text === 'test';
  if (!ts.isCallExpression(callee) || !ts.isPropertyAccessExpression(callee.expression)) return false;
  const { expression, name } = callee.expression;
  return name.text === 'each' && isTest(expression);
}

test('docs/field-failures.md has every failure that is known of the field, each once', () => {
  expect(failures.map(({ failure }) => failure)).toEqual(KNOWN);
});

test.each(failures)('docs/field-failures.md says how it shows and what Rehome does: $failure', ({ section }) => {
  expect(section).toMatch(/^\*\*Shows\*\*: \S/m);
  expect(section).toMatch(/^\*\*Rehome\*\*: \S/m);
});

test.each(failures)('docs/field-failures.md names tests that are there, word for word: $failure', ({ tests }) => {
  expect(tests.length).toBeGreaterThan(0);
  for (const { path, name } of tests) {
    // What is no test file itself is a contract, which test files run.
    expect(path).toMatch(/^test\/.*(?:\.test|-contract)\.ts$/);
    expect(testsIn(path)).toContain(name);
  }
});

test('docs/field-failures.md names only failure codes that exist', () => {
  const spans = codeOf(page);
  const isSetting = (word: string) => /_(?:SECONDS|FILE|URL)$/.test(word);
  const codes = spans.filter((word) => /^[A-Z]+(?:_[A-Z]+)+$/.test(word) && !isSetting(word));
  expect(codes.filter((code) => !Object.hasOwn(FAILURES, code))).toEqual([]);
  expect(codes.length).toBeGreaterThan(15);
});
