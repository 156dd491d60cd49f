import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { Unavailable } from './unavailable.ts';

const USER = 'postgres';
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'] as const;

/** capabilities(7), best first: to read and search any folder, or (as in most containers) also to write. */
const CAPABILITIES = [
  { name: 'dac_read_search', bit: 2 },
  { name: 'dac_override', bit: 1 },
] as const;

/** Whom PostgreSQL runs as: it refuses root, whatever the folders look like. */
export interface PostgresUser {
  readonly uid: number;
  readonly gid: number;
}

/** How to start a PostgreSQL program: under our own user, or as root under another one. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

/** The user for this data folder, undefined for our own; a system without the user `postgres` gets it. */
export function postgresUser(data: string): PostgresUser | undefined {
  const owner = statSync(data, { throwIfNoEntry: false });
  const us = process.getuid?.();
  if (us !== 0) {
    if (owner === undefined || owner.uid === us) return undefined;
    throw new Unavailable(
      `${data} belongs to user ${owner.uid}: run as that user, or set another data folder, or DATABASE_URL`,
    );
  }
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  return lookUp() ?? create();
}

/** Has a program run as that user, also below folders that this user may not enter (a project under /root, say). */
export function launchAs(
  user: PostgresUser | undefined,
  program: string,
  options: { args: readonly string[]; folder: string },
): Launch {
  const { args, folder } = options;
  if (user === undefined) return { command: program, args };
  if (mayEnter(user, { program, folder })) return { command: program, args, ...user };

  const setpriv = SETPRIV.find((path) => existsSync(path));
  const capability = availableCapability();
  if (setpriv === undefined || capability === undefined) {
    throw new Unavailable(
      `PostgreSQL cannot run as root, and its user (${user.uid}) may not enter ${folder} or run ${program}: ` +
        'move the project or its data folder, run as another user than root, or set DATABASE_URL',
    );
  }
  // The one right to pass closed folders; access(2) honours it only with no_setuid_fixup.
  const only = `-all,+${capability}`;
  const identity = [
    '--reuid',
    String(user.uid),
    '--regid',
    String(user.gid),
    '--clear-groups',
    '--securebits',
    '+no_setuid_fixup',
  ];
  const rights = ['--inh-caps', only, '--ambient-caps', only, '--bounding-set', only];
  return { command: setpriv, args: [...identity, ...rights, program, ...args] };
}

function mayEnter(user: PostgresUser, { program, folder }: { program: string; folder: string }): boolean {
  const probe = ['-c', 'test -r "$1" && test -x "$1" && cd "$2"', 'probe', program, folder];
  return spawnSync('/bin/sh', probe, { ...user, cwd: '/', stdio: 'ignore' }).status === 0;
}

function availableCapability(): string | undefined {
  if (!existsSync('/proc/self/status')) return undefined;
  const hex = /^CapBnd:\s+([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const bounding = BigInt(`0x${hex}`);
  return CAPABILITIES.find(({ bit }) => (bounding & (1n << BigInt(bit))) !== 0n)?.name;
}

function lookUp(): PostgresUser | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, USER], { encoding: 'utf8' }));
  if (uid?.status !== 0 || gid?.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

function create(): PostgresUser {
  const flags = [
    '--system',
    '--user-group',
    '--no-create-home',
    '--home-dir',
    '/nonexistent',
    '--shell',
    '/usr/sbin/nologin',
  ];
  let problem = '';
  try {
    execFileSync('useradd', [...flags, USER], { stdio: ['ignore', 'ignore', 'pipe'] });
  } catch (cause) {
    problem = cause instanceof Error ? cause.message : String(cause);
  }
  const user = lookUp();
  if (user !== undefined) return user;
  throw new Unavailable(
    `PostgreSQL cannot run as root, and a user "${USER}" could not be made for it (${problem}): ` +
      `run as another user than root, make that user (useradd --system ${USER}), or set DATABASE_URL`,
  );
}
