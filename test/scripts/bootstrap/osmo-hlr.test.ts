import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sandbox } from '../processes.ts';
import { inSetUp, literal } from './modules.ts';

const { folder } = sandbox();
const ROOT = join(__dirname, '../../..');

/** A folder with programs of these names, which do what these shell lines say. */
function tools(name: string, scripts: Readonly<Record<string, string>>): string {
  const bin = join(folder, name);
  mkdirSync(bin, { recursive: true });
  for (const [tool, script] of Object.entries(scripts)) {
    writeFileSync(join(bin, tool), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, tool), 0o755);
  }
  // Not the system's folders themselves: there may be an osmo-hlr in them.
  for (const tool of ['cat', 'touch', 'mkdir', 'chmod']) {
    const [found = ''] = [`/bin/${tool}`, `/usr/bin/${tool}`].filter((file) => existsSync(file));
    if (!existsSync(join(bin, tool))) symlinkSync(found, join(bin, tool));
  }
  return bin;
}

/** What a module of set-up answers, with the folder of the engines and an environment. */
function ask(call: string, { engines, env }: { engines: string; env: Readonly<Record<string, string>> }): unknown {
  const code = `const [engines, env] = [${literal(join(folder, engines))}, ${literal(env)}];
    const said = [];
    const progress = { say: (line) => said.push(line), step: (name, done, work) => work() };
    ${call}`;
  return inSetUp('osmo-hlr.mjs', code, { PATH: env['PATH'] ?? '' });
}

const provide =
  'await it.provideOsmoHlr({ engines, env }, progress); return { said, found: it.recordedOsmoHlr(engines, env) };';

/** As apt plans it: one package is upgraded, and the C library with it. */
const SIMULATION = `Reading package lists...
Inst libsqlite3-0 [3.40.1-2] (3.40.1-2+deb12u2 Debian:12.15/oldstable [amd64])
Inst libc6 [2.36-9] (2.36-10 Debian:12.15/oldstable [amd64])
Inst libosmocore19 (1.7.0-3 Debian:12.15/oldstable [amd64])
Inst osmo-hlr (1.5.0+dfsg1-3+b1 Debian:12.15/oldstable [amd64])
Conf osmo-hlr (1.5.0+dfsg1-3+b1 Debian:12.15/oldstable [amd64])`;

/** Stands in for apt-get: writes each call down, plans what it is given, and downloads empty files. */
const apt = (plan: string) => `echo "$@" >> ${join(folder, 'apt-calls')}
case "$*" in
  *" update"*) exit 0 ;;
  *" -s "*) cat <<'PLAN'
${plan}
PLAN
  ;;
  *" download "*) touch osmo-hlr_1.5.0_amd64.deb ;;
esac`;

/** Stands in for dpkg-deb -x: the program says its version, which set-up asks for. */
const UNPACK = `mkdir -p "$3/usr/bin" "$3/usr/lib/x86_64-linux-gnu"
printf '#!/bin/sh\\n[ -n "$LD_LIBRARY_PATH" ]\\n' > "$3/usr/bin/osmo-hlr"; chmod +x "$3/usr/bin/osmo-hlr"
touch "$3/usr/lib/x86_64-linux-gnu/libosmocore.so.19"`;

test('the osmo-hlr on the PATH is taken, and nothing is fetched', () => {
  const PATH = tools('installed', { 'osmo-hlr': 'exit 0', 'apt-get': 'exit 1', 'dpkg-deb': 'exit 1' });
  expect(ask(provide, { engines: 'a', env: { PATH } })).toEqual({
    ...{ said: [], found: { command: join(folder, 'installed/osmo-hlr'), libraries: [] } },
  });
});

test("else Debian's packages are unpacked beside the system, with the libraries that it lacks", () => {
  const PATH = tools('debian', { 'apt-get': apt(SIMULATION), 'dpkg-deb': UNPACK });
  const { said, found } = ask(provide, { engines: 'b', env: { PATH } }) as {
    said: string[];
    found: { command: string; libraries: string[] };
  };
  expect(said).toEqual([]);
  expect(found.command).toMatch(/\/b\/osmo-hlr-[^/]+\/root\/usr\/bin\/osmo-hlr$/);
  expect(found.libraries).toEqual([expect.stringMatching(/\/root\/usr\/lib\/x86_64-linux-gnu$/)]);
  const [update = '', plan = '', download = ''] = readFileSync(join(folder, 'apt-calls'), 'utf8').split('\n');
  for (const call of [update, plan, download])
    expect(call).toMatch(/-o Dir::State=\S+\.part\/apt\/state .*-o Dir::Cache=/);
  expect(download).toMatch(/ libsqlite3-0=3\.40\.1-2\+deb12u2 libosmocore19=1\.7\.0-3 osmo-hlr=1\.5\.0\+dfsg1-3\+b1$/);
  expect(existsSync(join(found.command, '../../../../apt'))).toBe(false);
});

test('the C library of a package never takes the place of that of the system', () => {
  expect(ask(`return it.plannedPackages(${literal(SIMULATION)})`, { engines: 'b', env: {} })).toEqual([
    ...['libsqlite3-0=3.40.1-2+deb12u2', 'libosmocore19=1.7.0-3', 'osmo-hlr=1.5.0+dfsg1-3+b1'],
  ]);
});

test('what was fetched is not fetched again', () => {
  const PATH = tools('debian', {});
  expect(ask('return it.lacksOsmoHlr(engines, env)', { engines: 'b', env: { PATH } })).toBe(false);
});

describe('where it cannot be had', () => {
  const noApt = { PATH: join(folder, 'empty') };
  const withoutPackage = () =>
    tools('without', { 'apt-get': `echo 'E: Unable to locate package osmo-hlr'; exit 100`, 'dpkg-deb': 'exit 1' });

  test('a system without apt has nothing to do, and its tests are left out', () => {
    expect(ask('return it.lacksOsmoHlr(engines, env)', { engines: 'c', env: noApt })).toBe(false);
    expect(ask('return it.osmoHlrPrerequisites(env)', { engines: 'c', env: noApt })).toEqual([]);
  });

  test('that is a failure before anything is fetched with CI=true', () => {
    const env = { ...noApt, CI: 'true' };
    expect(ask('return it.lacksOsmoHlr(engines, env)', { engines: 'c', env })).toBe(true);
    expect(ask('return it.osmoHlrPrerequisites(env)', { engines: 'c', env })).toEqual([
      expect.stringMatching(/^osmo-hlr is missing, and so apt-get and dpkg-deb to fetch it .* apt install osmo-hlr/),
    ]);
  });

  test('a system whose apt does not have it says so in one line, and its tests are left out', () => {
    expect(ask(provide, { engines: 'd', env: { PATH: withoutPackage() } })).toEqual({
      said: [expect.stringMatching(/^osmo-hlr could not be fetched, so its tests are left out: .*Unable to locate/)],
    });
  });

  test('that is a failure too with CI=true', () => {
    expect(ask(provide, { engines: 'd', env: { PATH: withoutPackage(), CI: 'true' } })).toMatchObject({
      ...{ exitCode: 69, message: expect.stringMatching(/Unable to locate package osmo-hlr/) as string },
    });
  });
});

test('CI runs with CI=true, and the tests that need it are there', () => {
  expect(readFileSync(join(ROOT, '.ci/run'), 'utf8')).toMatch(/^export CI=true$/m);
  const files = ask('return it.OSMO_HLR_TESTS', { engines: 'a', env: {} }) as string[];
  expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
});
