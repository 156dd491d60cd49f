import { FAILURES } from '../../workflows/shared/failure-codes.ts';
import { plain, readText, tableOf } from './documents.ts';

const text = readText('docs/failures.md');

/** Each code with the section that it stands in, and its paragraph. */
function documented(): { code: string; disposition: string; evidence: string; paragraph: string }[] {
  return text.split(/^## /m).flatMap((section) => {
    const [heading = '', ...codes] = section.split(/^### /m);
    const [, disposition = '', evidence = ''] = /\(`(\w+)`, `(\w+)`\)/.exec(heading.split('\n')[0] ?? '') ?? [];
    return codes.map((part) => {
      const [code = '', ...paragraph] = part.split('\n');
      return { code, disposition, evidence, paragraph: paragraph.join(' ').trim() };
    });
  });
}

test('docs/failures.md explains every failure code, each once, and no other', () => {
  expect(
    documented()
      .map(({ code }) => code)
      .sort(),
  ).toEqual(Object.keys(FAILURES).sort());
});

test('docs/failures.md says of each code who acts next and what it tells about the card, as the table does', () => {
  const said = Object.fromEntries(
    documented().map(({ code, disposition, evidence }) => [code, { disposition, evidence }]),
  );
  const table = Object.entries(FAILURES).map(([code, { disposition, evidence }]) => [code, { disposition, evidence }]);
  expect(said).toEqual(Object.fromEntries(table));
});

test('docs/failures.md has a paragraph for each code, not only its name', () => {
  const short = documented().filter(({ paragraph }) => paragraph.length < 80);
  expect(short.map(({ code }) => code)).toEqual([]);
});

test.each(['atOnce', 'ticket'] as const)(
  'docs/failures.md lists the codes with the alert %s, as the table has them',
  (alert) => {
    const row = tableOf({ path: 'docs/failures.md', text }, 'alert', 'who is to be told').find(
      ([cell = '']) => plain(cell) === alert,
    );
    const listed = [...(row?.[2] ?? '').matchAll(/\[(\w+)\]/g)].map(([, code]) => code);
    const codes = Object.entries(FAILURES).flatMap(([code, facts]) => (facts.alert === alert ? [code] : []));
    expect(listed.sort()).toEqual(codes.sort());
  },
);
