// osmo-hlr for the tests: the one on the PATH, else Debian's packages, unpacked without being installed.
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Failure } from './failure.mjs';
import { listFiles, readJson, readText, writeWhole } from './files.mjs';
import { isExecutable, mustRun, run, which } from './run.mjs';
import { fetchInto, isPresent } from './wheel.mjs';

const PACKAGE = 'osmo-hlr';
/** Not pinned to a version: it is what the system's release has, under the signatures that apt checks. */
const PIN = { package: PACKAGE };
const RECORD = 'osmo-hlr.json';
const PLANNED = /^Inst (\S+) (?:\[\S+\] )?\((\S+) /gm;
/** Never taken out of a package: a C library of another version than its loader ends every program. */
const OF_THE_SYSTEM = /^(?:libc6|libc-bin|libgcc-s1|gcc-\d+-base)(?::|$)/;

/** Tests that need it, and are left out where it is not. */
export const OSMO_HLR_TESTS = ['test/contracts/hlr-osmo.test.ts', 'test/end-to-end/osmo-hlr.test.ts'];

/** How it comes, in one line for whoever lacks it. */
export const OSMO_HLR_HINT = 'install it (Debian: apt install osmo-hlr), or let apt-get and dpkg-deb fetch it';

/** Command and library folders that set-up recorded, if they are still what this system gives; else undefined. */
export function recordedOsmoHlr(engines, { PATH } = {}) {
  const record = readJson(join(engines, RECORD));
  const wanted = which(PACKAGE, PATH) ?? commandIn(folderOf(engines));
  return record?.command === wanted && isExecutable(wanted) ? record : undefined;
}

/** Whether there is one to be recorded or fetched. With CI=true its tests must run, so it is missing even where it can't be had. */
export function lacksOsmoHlr(engines, env) {
  if (recordedOsmoHlr(engines, env) !== undefined) return false;
  return which(PACKAGE, env.PATH) !== undefined || missingTools(env).length === 0 || mustHave(env);
}

/** Names the tools that are needed and not there, where its tests may not be left out. */
export function osmoHlrPrerequisites(env) {
  const tools = which(PACKAGE, env.PATH) === undefined && mustHave(env) ? missingTools(env) : [];
  if (tools.length === 0) return [];
  return [`osmo-hlr is missing, and so ${tools.join(' and ')} to fetch it (CI=true needs it): ${OSMO_HLR_HINT}`];
}

/** Records the one of the PATH, or fetches it; where that fails its tests are left out, except with CI=true. */
export async function provideOsmoHlr({ engines, env }, progress) {
  const installed = which(PACKAGE, env.PATH);
  if (installed !== undefined) return void record(engines, { command: installed, libraries: [] });
  const folder = folderOf(engines);
  try {
    if (!isPresent(folder, PIN)) {
      await progress.step('fetching osmo-hlr (apt)', 'osmo-hlr is here', () =>
        fetchInto(folder, PIN, (part) => fetchPackages(part, env)),
      );
    }
  } catch (cause) {
    if (!(cause instanceof Failure) || mustHave(env)) throw cause;
    progress.say(`osmo-hlr could not be fetched, so its tests are left out: ${cause.message}`);
    return;
  }
  record(engines, { command: commandIn(folder), libraries: librariesIn(folder) });
}

/** Packages that are planned for this system by a simulated installation, as name=version. */
export function plannedPackages(simulation) {
  return [...simulation.matchAll(PLANNED)]
    .filter(([, name]) => !OF_THE_SYSTEM.test(name))
    .map(([, name, version]) => `${name}=${version}`);
}

async function fetchPackages(part, env) {
  const [apt, debs] = [join(part, 'apt'), join(part, 'debs')];
  for (const folder of ['state/lists/partial', 'cache/archives/partial'])
    mkdirSync(join(apt, folder), { recursive: true });
  mkdirSync(debs);
  const options = { cwd: debs, env: { ...env, LC_ALL: 'C' } };
  const own = aptOptions(apt);
  // One package source of many may be away; whether the rest is enough shows in the next step.
  const update = await run('apt-get', [...own, '-q', 'update'], options);
  const simulation = await run('apt-get', [...own, '-s', 'install', '--no-install-recommends', PACKAGE], options);
  const packages = plannedPackages(simulation.output);
  if (simulation.code !== 0 || packages.length === 0) {
    throw new Failure(
      `apt knows no way to osmo-hlr: ${lastLine(simulation.output)} (update: ${lastLine(update.output)})`,
    );
  }
  await mustRun('fetching osmo-hlr', 'apt-get', [...own, '-q', 'download', ...packages], options);
  for (const deb of readdirSync(debs)) {
    await mustRun(`unpacking ${deb}`, 'dpkg-deb', ['-x', join(debs, deb), join(part, 'root')], options);
  }
  for (const folder of [apt, debs]) rmSync(folder, { recursive: true });
  await mustRun('trying osmo-hlr', commandIn(part), ['--version'], {
    env: { ...env, LD_LIBRARY_PATH: librariesIn(part).join(':') },
  });
}

/** Lists and cache of its own, so that neither root is needed nor anything of the system changed. */
function aptOptions(folder) {
  const settings = {
    'Dir::State': join(folder, 'state'),
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': join(folder, 'cache'),
    'APT::Sandbox::User': 'root',
    'Acquire::http::Timeout': '30',
    'Acquire::https::Timeout': '30',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
}

/** Of one release of one system: its libraries fit no other. */
function folderOf(engines) {
  const release = readText('/etc/os-release') ?? '';
  const [, id = process.platform] = /^ID="?([^"\n]*)/m.exec(release) ?? [];
  const [, version = ''] = /^VERSION_ID="?([^"\n]*)/m.exec(release) ?? [];
  return join(engines, `osmo-hlr-${id}${version}-${process.arch}`);
}

const commandIn = (folder) => join(folder, 'root', 'usr', 'bin', PACKAGE);

function librariesIn(folder) {
  const libraries = listFiles(join(folder, 'root')).filter((file) => /\/lib[^/]*\.so(?:\.|$)/.test(file));
  return [...new Set(libraries.map((file) => dirname(file)))];
}

const missingTools = (env) => ['apt-get', 'dpkg-deb'].filter((tool) => which(tool, env.PATH) === undefined);

const mustHave = (env) => env.CI === 'true';

const record = (engines, found) => writeWhole(join(engines, RECORD), `${JSON.stringify(found, null, 2)}\n`);

const lastLine = (output) => output.trim().split('\n').at(-1) ?? '';
