import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

export const ROOT = join(__dirname, '..', '..');

/** A Markdown document of the project; the path is relative to its root. */
export interface Document {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
}

export const readText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The texts at the root, and everything below docs/. */
export function documents(): Document[] {
  const inDocs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((name) =>
    join('docs', name),
  );
  return ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'simulators/README.md', ...inDocs]
    .filter((path) => path.endsWith('.md'))
    .sort()
    .map((path) => ({ path, folder: dirname(join(ROOT, path)), text: readText(path) }));
}

const FENCED = /^ *```[a-z]*\n([\s\S]*?)^ *```$/gm;

/** Lines of the code blocks, and the code spans of the prose. */
export function codeOf(text: string): string[] {
  const blocks = [...text.matchAll(FENCED)].flatMap(([, block = '']) => block.replaceAll(/\\\n */g, '').split('\n'));
  const spans = [...text.replaceAll(FENCED, '').matchAll(/`([^`\n]+(?:\n[^`\n]+)?)`/g)].map(([, span = '']) =>
    span.replaceAll(/\n */g, ' '),
  );
  return [...blocks, ...spans].map((line) => line.replaceAll('\\|', '|').trim()).filter((line) => line !== '');
}

/** The code blocks in one language. */
export function blocksOf(text: string, language: string): string[] {
  return [...text.matchAll(FENCED)].flatMap(([block, content = '']) =>
    block.trimStart().startsWith(`\`\`\`${language}\n`) ? [content] : [],
  );
}

/** The rows of the table whose header begins with these cells. */
export function tableOf({ path, text }: Pick<Document, 'path' | 'text'>, ...header: readonly string[]): string[][] {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => header.every((cell, index) => cellsOf(line)[index] === cell));
  if (start < 0) throw new Error(`${path} has no table with the columns ${header.join(', ')}`);
  const end = lines.findIndex((line, index) => index > start && !line.startsWith('|'));
  return lines.slice(start + 2, end < 0 ? undefined : end).map(cellsOf);
}

function cellsOf(line: string): string[] {
  if (!line.startsWith('|')) return [];
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.replaceAll('\\|', '|').trim());
}

/** A cell without its code marks. */
export const plain = (cell: string | undefined): string => (cell ?? '').replaceAll('`', '');

/** Paths of our own files as documents name them in code spans. */
export function namedPaths(text: string): string[] {
  return codeOf(text).filter((span) =>
    /^(activities|cli|docs|examples|scripts|simulators|telecom|test|workers|workflows)\/[\w./-]*$/.test(span),
  );
}

export const asRelative = (path: string): string => relative(ROOT, path);

/** The anchor that a heading gets on GitHub. */
export function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );
}
