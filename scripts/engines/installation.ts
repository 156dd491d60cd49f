import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Unavailable } from './unavailable.ts';

interface Pins {
  readonly temporalCli: { readonly version: string };
  readonly kafka: { readonly version: string };
}

const FETCH = 'fetch it with: node scripts/bootstrap.mjs';

/** The checkout's folder, seen from the sources as well as from dist/. */
export function projectRoot(): string {
  let folder = __dirname;
  while (!existsSync(join(folder, 'package.json'))) {
    if (dirname(folder) === folder) throw new Error(`no package.json above ${__dirname}`);
    folder = dirname(folder);
  }
  return folder;
}

/** The Temporal CLI that set-up fetched, with its version. */
export function pinnedTemporalCli(): { path: string; version: string } {
  const { version } = pins().temporalCli;
  const path = join(projectRoot(), '.engines', `temporal-${version}`, 'temporal');
  if (!existsSync(path)) throw new Unavailable(`the Temporal CLI is not in ${path}: ${FETCH}`);
  return { path, version };
}

/** The folder of Kafka's jars. */
export function pinnedKafkaLib(): string {
  const lib = join(projectRoot(), '.engines', `kafka-${pins().kafka.version}`, 'lib');
  if (!existsSync(lib)) throw new Unavailable(`Kafka is not in ${lib}: ${FETCH}`);
  return lib;
}

/** The Java that set-up found or fetched. */
export function recordedJava(): string {
  const record = join(projectRoot(), '.engines', 'java.json');
  if (existsSync(record)) {
    const { java } = JSON.parse(readFileSync(record, 'utf8')) as { java: string };
    if (existsSync(java)) return java;
  }
  throw new Unavailable('no Java is known that could run Kafka: look for it again with: node scripts/bootstrap.mjs');
}

function pins(): Pins {
  return JSON.parse(readFileSync(join(projectRoot(), 'scripts', 'engines', 'engines.json'), 'utf8')) as Pins;
}
