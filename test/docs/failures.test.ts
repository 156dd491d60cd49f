import { FAILURES } from '../../workflows/failure-codes.ts';
import { readText } from './documents.ts';

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
  expect(said).toEqual(FAILURES);
});

test('docs/failures.md has a paragraph for each code, not only its name', () => {
  const short = documented().filter(({ paragraph }) => paragraph.length < 80);
  expect(short.map(({ code }) => code)).toEqual([]);
});
