import { readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { projectRoot } from '../../scripts/engines/installation.ts';

const ROOT = projectRoot();
const NOT_OURS = /(^|\/)(node_modules|dist|\.[^/]+)(\/|$)/;

/** One import of one file. */
export interface Import {
  readonly file: string;
  readonly specifier: string;
  /** The top folder, or the file beside it, that is imported; of a package its own name. */
  readonly folder: string;
  readonly typeOnly: boolean;
}

const STATEMENT = /^\s*(?:import|export)\s+(type\s)?(?:[^'"`;]*?\sfrom\s+)?['"]([^'"]+)['"]/gm;
const CALL = /\b(?:import|require)\(\s*['"]([^'"]+)['"]\s*\)/g;

/** The imports of a source text: statements in their order, then calls. */
export function importsOf(file: string, text: string): Import[] {
  const statements = [...text.matchAll(STATEMENT)].map(([, type, specifier = '']) => ({
    specifier,
    typeOnly: type !== undefined,
  }));
  const calls = [...text.matchAll(CALL)].map(([, specifier = '']) => ({ specifier, typeOnly: false }));
  return [...statements, ...calls].map(({ specifier, typeOnly }) => ({
    file,
    specifier,
    folder: targetOf(file, specifier)?.split('/')[0] ?? specifier,
    typeOnly,
  }));
}

/** The file that a relative import names, as seen from the project's root. */
export function targetOf(file: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier) : undefined;
}

export const sourceText = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** The source files below a folder of the project, as paths from its root. */
export function sourceFiles(folder: string, ending = '.ts'): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true })
    .map((entry) => ({ entry, path: posix.normalize(posix.join(folder, entry.name)) }))
    .filter(({ path }) => !NOT_OURS.test(path))
    .flatMap(({ entry, path }) =>
      entry.isDirectory() ? sourceFiles(path, ending) : path.endsWith(ending) ? [path] : [],
    );
}
