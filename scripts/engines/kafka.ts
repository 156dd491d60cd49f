import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { ENGINE_ENVIRONMENT, type Engine } from './engine.ts';
import { pinnedKafkaLib, projectRoot, recordedJava } from './installation.ts';
import { Unavailable } from './unavailable.ts';

const HOST = '127.0.0.1';
const NODE_ID = 1;
const ANSWER_WITHIN_MS = 2_000;
const CLUSTER_ID_OCTETS = 16;

const HEAP = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'] as const;

export interface KafkaOptions {
  readonly dataFolder: string;
  readonly port: number;
  readonly controllerPort: number;
  /** 16 octets in base64url, for new storage. Default: random. */
  readonly clusterId?: string;
}

/** Apache Kafka as one node that is broker and controller (KRaft). */
export function kafkaEngine({
  dataFolder,
  port,
  controllerPort,
  clusterId = randomBytes(CLUSTER_ID_OCTETS).toString('base64url'),
}: KafkaOptions): Engine {
  const folder = join(dataFolder, 'kafka');
  const properties = join(folder, 'server.properties');
  const java = (...args: readonly string[]) => ['-cp', join(pinnedKafkaLib(), '*'), ...jvmOptions(folder), ...args];
  const command = {
    command: recordedJava(),
    args: java('kafka.Kafka', properties),
    cwd: folder,
    env: { ...ENGINE_ENVIRONMENT, HOME: folder },
  };
  return {
    name: 'kafka',
    command,
    stopSignal: 'SIGTERM',
    prepare: async () => {
      rmSync(join(folder, 'tmp'), { recursive: true, force: true });
      mkdirSync(join(folder, 'tmp'), { recursive: true });
      writeFileSync(properties, serverProperties({ port, controllerPort, logFolder: 'data' }));
      if (existsSync(join(folder, 'data'))) return;
      // Formatted under another name: a format that was interrupted is begun again.
      const formatProperties = join(folder, 'format.properties');
      rmSync(join(folder, 'data.part'), { recursive: true, force: true });
      writeFileSync(formatProperties, serverProperties({ port, controllerPort, logFolder: 'data.part' }));
      // In one word, since one id of 64 begins with a dash, which would read as an option.
      const args = java('kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', formatProperties);
      await runToEnd({ ...command, args });
      renameSync(join(folder, 'data.part'), join(folder, 'data'));
    },
    checkReady: () => describeCluster(`${HOST}:${port}`),
  };
}

function jvmOptions(folder: string): readonly string[] {
  const logging = join(projectRoot(), 'scripts', 'engines', 'kafka', 'log4j2.properties');
  return [
    ...HEAP,
    '-XX:-UsePerfData',
    `-Djava.io.tmpdir=${join(folder, 'tmp')}`,
    `-Dlog4j2.configurationFile=${logging}`,
  ];
}

/** Folders are relative to the working directory: Kafka would take a comma in an absolute path for a list. */
function serverProperties(node: { port: number; controllerPort: number; logFolder: string }): string {
  const properties: Readonly<Record<string, string | number>> = {
    'process.roles': 'broker,controller',
    'node.id': NODE_ID,
    'controller.quorum.voters': `${NODE_ID}@${HOST}:${node.controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${HOST}:${node.port},CONTROLLER://${HOST}:${node.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${HOST}:${node.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': node.logFolder,
    'auto.create.topics.enable': 'false',
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'share.coordinator.state.topic.num.partitions': 4,
    'group.initial.rebalance.delay.ms': 0,
    // A killed node may only register again when its last session is over; the default is 9 s.
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 500,
    'num.network.threads': 2,
    'num.io.threads': 4,
    // Taken beforehand for each of two indexes of a partition: the default of 10 MiB makes a gigabyte of zeros.
    'log.index.size.max.bytes': 1_048_576,
    // The default would take half of the heap.
    'log.cleaner.dedupe.buffer.size': 16_777_216,
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/** Asks the node, as any client would, which brokers there are. */
async function describeCluster(broker: string): Promise<void> {
  const kafka = new Kafka({
    clientId: 'rehome-set-up',
    brokers: [broker],
    logLevel: logLevel.NOTHING,
    connectionTimeout: ANSWER_WITHIN_MS,
    requestTimeout: ANSWER_WITHIN_MS,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    if (brokers.length === 0) throw new Error('no broker is registered yet');
  } finally {
    await admin.disconnect();
  }
}

function runToEnd(command: Engine['command']): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(command.command, command.args, { cwd: command.cwd, env: command.env }, (cause, stdout, stderr) => {
      if (cause === null) resolve();
      else
        reject(
          new Unavailable(`Kafka's storage could not be formatted (${cause.message})\n${stdout}${stderr}`.trimEnd()),
        );
    });
  });
}
