import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Network } from '../../services/registry/operators.ts';
import { EXIT } from '../../cli/exit-codes.ts';
import { ROLES } from '../../workers/role-table.ts';
import { CHANGE_STATES } from '../../workflows/shared/states.ts';
import {
  anchorsOf,
  asRelative,
  blocksOf,
  codeOf,
  documents,
  namedPaths,
  plain,
  readText,
  ROOT,
  tableOf,
} from './documents.ts';
import { allCommands, helpOf } from './rehome-help.ts';

const page = (path: string) => ({ path, text: readText(path) });
const readme = page('README.md');
const commands = page('docs/commands.md');
const packageFile = JSON.parse(readText('package.json')) as { readonly scripts: Readonly<Record<string, string>> };

/** Commands of npm itself. */
const OF_NPM = ['ci', 'install'];
const REHOME = /^(?:\$ )?(?:npm run -s rehome -- |node dist\/workers\/rehome\.js |rehome )([a-z].*)$/;
const NPM = /\bnpm (?:run (?:-s )?([a-z][\w:-]*)|([a-z]+))/g;

const rehomeCommands = (text: string): string[] => codeOf(text).flatMap((line) => REHOME.exec(line)?.[1] ?? []);
const npmScripts = (text: string): string[] =>
  codeOf(text).flatMap((line) => [...line.matchAll(NPM)].map(([, script, command]) => script ?? command ?? ''));

describe.each(documents().map((document) => [document.path, document] as const))('%s', (_path, { folder, text }) => {
  test('names only npm scripts that exist', () => {
    const known = [...Object.keys(packageFile.scripts), ...OF_NPM];
    expect(npmScripts(text).filter((name) => !known.includes(name))).toEqual([]);
  });

  test('names only commands and options of rehome that exist', async () => {
    for (const command of new Set(rehomeCommands(text))) {
      const words = command.replace(/\s(#|[<[]?--).*$/, '').split(' ');
      const { command: found, subcommands, text: help } = await helpOf(words);
      expect({ command, found }).toEqual({ command, found: words.slice(0, Math.max(1, found.length)) });
      if (subcommands.length > 0) expect({ command, words }).toEqual({ command, words: found });
      for (const [option] of command.matchAll(/--[a-z][a-z-]*/g)) expect(help).toContain(option);
    }
  });

  test('names only roles that exist', () => {
    const served = rehomeCommands(text).flatMap((command) =>
      (/^serve (.*?)(?: \[?--.*)?$/.exec(command)?.[1] ?? '').split(' '),
    );
    const roles = served.filter((word) => /^[a-z]/.test(word));
    expect(roles.filter((role) => !Object.hasOwn(ROLES, role))).toEqual([]);
  });

  test('links only to files and headings that exist', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)/g)];
    for (const [link, path = '', anchor] of links) {
      const target = path === '' ? undefined : resolve(folder, path);
      expect({ link, exists: target === undefined || existsSync(target) }).toEqual({ link, exists: true });
      if (anchor === undefined) continue;
      expect(anchorsOf(target === undefined ? text : readText(asRelative(target)))).toContain(anchor);
    }
  });

  test('names only files of ours that exist', () => {
    expect(namedPaths(text).filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describe('README.md and the pages that it leads to', () => {
  test('list every command of rehome, and nothing else', async () => {
    const listed = tableOf(commands, 'command', 'does').map(([command]) =>
      /^rehome ((?:[a-z][a-z-]* ?)+)/.exec(plain(command))?.[1]?.trim(),
    );
    expect(listed.sort()).toEqual((await allCommands()).sort());
  });

  test('list every exit code, and so does docs/failures.md', () => {
    const codes = Object.values(EXIT).map(String);
    expect(tableOf(commands, 'exit code', 'meaning').map(([code]) => code)).toEqual(codes);
    const failures = page('docs/failures.md');
    expect(tableOf(failures, 'exit code', 'name').map(([code, name]) => [plain(name), Number(code)])).toEqual(
      Object.entries(EXIT),
    );
  });

  test('list every folder of the project in the layout, and only what exists', () => {
    const listed = tableOf(page('docs/architecture.md'), 'folder', 'holds').map(([folder]) =>
      plain(folder).replace(/\/$/, ''),
    );
    const folders = readdirSync(ROOT, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map(({ name }) => name);
    const made = ['node_modules', 'dist', 'coverage'];
    expect(listed.sort()).toEqual(folders.filter((name) => !made.includes(name)).sort());
  });

  test('show a file of operators that `rehome operators import` takes', () => {
    const [file = ''] = blocksOf(readText('docs/own-clusters.md'), 'json');
    expect(Network.parse(JSON.parse(file.replaceAll(/^ {3}/gm, ''))).operators).toHaveLength(2);
  });

  test('are short: the README has at most 150 lines', () => {
    expect(readme.text.trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  });

  test('show a transcript whose states are states, and whose card is the first of the examples', () => {
    const [, transcript = ''] = /## What you see\n+```\n([\s\S]*?)```/.exec(readme.text) ?? [];
    const states = [...transcript.matchAll(/^ {2}(\w+) +\d+\.\d s {2}/gm)].map(([, state]) => state);
    expect(states).toEqual(CHANGE_STATES.filter((state) => states.includes(state)));
    expect(states.at(-1)).toBe('completed');
    const [, iccid = ''] = /^"(\d+)"/m.exec(readText('examples/cards.csv')) ?? [];
    expect(transcript).toContain(`ICCID ${iccid} goes from operator-1 to operator-2`);
  });
});
