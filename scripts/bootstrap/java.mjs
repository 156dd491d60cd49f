import { statSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, writeWhole } from './files.mjs';
import { isExecutable, run, which } from './run.mjs';

/** The oldest Java that Kafka 4 brokers run on. */
export const OLDEST_JAVA = 17;

const RECORD = 'java.json';

/** The Java recorded by an earlier set-up, if it is still what JAVA_HOME, the PATH or the wheel give. */
export function recordedJava(engines, { env, wheelJava }) {
  const record = readJson(join(engines, RECORD));
  if (record === undefined || stampOf(record.java) !== record.stamp) return undefined;
  const wanted = candidates(env);
  // Candidates passed over as too old were found so when the record was made.
  if (JSON.stringify(wanted.map((java) => [java, stampOf(java)])) !== JSON.stringify(record.seen)) return undefined;
  return wanted.includes(record.java) || record.java === wheelJava ? record.java : undefined;
}

/** The first usable Java of JAVA_HOME and the PATH, or undefined when the wheel is needed. */
export async function findJava(env) {
  for (const java of candidates(env)) {
    if ((await versionOf(java)) >= OLDEST_JAVA) return java;
  }
  return undefined;
}

export function recordJava(engines, { java, env }) {
  const seen = candidates(env).map((candidate) => [candidate, stampOf(candidate)]);
  writeWhole(join(engines, RECORD), `${JSON.stringify({ java, stamp: stampOf(java), seen }, null, 2)}\n`);
}

function candidates(env) {
  const home = env.JAVA_HOME ?? '';
  const fromHome = home === '' ? undefined : join(home, 'bin', 'java');
  return [fromHome, which('java', env.PATH)].filter((java) => java !== undefined && isExecutable(java));
}

async function versionOf(java) {
  const { code, output } = await run(java, ['-version']);
  const [, first = '0', second = '0'] = /version "(\d+)(?:\.(\d+))?/.exec(output) ?? [];
  if (code !== 0) return 0;
  return Number(first === '1' ? second : first);
}

function stampOf(java) {
  const stat = statSync(java, { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.size} ${stat.mtimeMs}`;
}
