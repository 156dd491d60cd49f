import { runCli } from '../../cli/program.ts';
import type { CliContext } from '../../application/ports.ts';
import { ROLES } from '../../workers/role-table.ts';

const USAGE = /^Usage: rehome((?: [a-z][a-z-]*)*)/;

export interface Help {
  /** The words of the deepest command that was found, without `rehome`. */
  readonly command: readonly string[];
  /** Commands below it. */
  readonly subcommands: readonly string[];
  readonly text: string;
}

/** What `rehome … --help` says; nothing of the world is touched. */
export async function helpOf(words: readonly string[]): Promise<Help> {
  const written: string[] = [];
  const untouched = () => Promise.reject(new Error('help touches nothing'));
  const context: CliContext = {
    stdout: { write: (text) => written.push(text) },
    stderr: { write: (text) => written.push(text) },
    user: 'user:reader',
    version: '0.0.0',
    interrupted: () => new AbortController().signal,
    invocation: 'rehome',
    roles: Object.keys(ROLES),
    openDesk: untouched,
    serve: untouched,
  };
  await runCli([...words, '--help'], context);
  const text = written.join('');
  const [, command = ''] = USAGE.exec(text) ?? [];
  const [, list = ''] = /^Commands:\n([\s\S]*)/m.exec(text) ?? [];
  const subcommands = [...list.matchAll(/^ {2}([a-z][a-z-]*)/gm)]
    .map(([, name = '']) => name)
    .filter((name) => name !== 'help');
  return { command: command.split(' ').filter((word) => word !== ''), subcommands, text };
}

/** Every command that does something, as its words. */
export async function allCommands(below: readonly string[] = []): Promise<string[]> {
  const { subcommands } = await helpOf(below);
  if (subcommands.length === 0) return [below.join(' ')];
  return (await Promise.all(subcommands.map((name) => allCommands([...below, name])))).flat();
}
