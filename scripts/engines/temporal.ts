import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { msToTs, tsToMs } from '@temporalio/common/lib/time';
import { SEARCH_ATTRIBUTES } from '../../workflows/shared/contract.ts';
import { ENGINE_ENVIRONMENT, type Engine } from './engine.ts';
import { pinnedTemporalCli } from './installation.ts';
import { Unavailable } from './unavailable.ts';

const HOST = '127.0.0.1';
const NAMESPACE = 'default';
const RETENTION_MS = 30 * 24 * 60 * 60 * 1000;
const ANSWER_WITHIN_MS = 2_000;

/** The development server's limits suit a laptop's tests, not a campaign; one partition suits one node. */
const DYNAMIC_CONFIG: Readonly<Record<string, number>> = {
  'frontend.rps': 100_000,
  'frontend.namespaceRPS': 100_000,
  'frontend.namespaceRPS.visibility': 1_000,
  'frontend.namespaceCount': 10_000,
  'matching.rps': 100_000,
  'history.rps': 100_000,
  'matching.numTaskqueueReadPartitions': 1,
  'matching.numTaskqueueWritePartitions': 1,
};

export interface TemporalOptions {
  readonly dataFolder: string;
  readonly port: number;
  readonly uiPort: number;
  readonly synchronous: 'NORMAL' | 'FULL';
  /** A Temporal CLI to use instead of the pinned one. */
  readonly cli?: string | undefined;
  /** Where the Web UI has payloads opened. */
  readonly codecUrl?: string | undefined;
}

/** The Temporal development server on a SQLite file that outlives it. */
export function temporalEngine(options: TemporalOptions): Engine {
  const { dataFolder, port, uiPort, synchronous, codecUrl } = options;
  const cli = options.cli === undefined ? pinnedTemporalCli() : { path: options.cli, version: versionOf(options.cli) };
  const folder = join(dataFolder, 'temporal');
  const args = [
    ...['server', 'start-dev', '--ip', HOST, '--port', String(port), '--ui-ip', HOST, '--ui-port', String(uiPort)],
    // The server creates its tables but does not migrate them, so another version gets another file.
    ...['--db-filename', join(folder, `temporal-${cli.version}.db`)],
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', `synchronous=${synchronous}`],
    ...['--namespace', NAMESPACE, '--log-level', 'warn', '--ui-disable-news-fetch'],
    ...(codecUrl === undefined ? [] : ['--ui-codec-endpoint', codecUrl]),
    ...Object.values(SEARCH_ATTRIBUTES).flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
    ...Object.entries(DYNAMIC_CONFIG).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]),
  ];
  return {
    name: 'temporal',
    command: { command: cli.path, args, cwd: folder, env: { ...ENGINE_ENVIRONMENT, HOME: folder } },
    stopSignal: 'SIGTERM',
    prepare: () => {
      mkdirSync(folder, { recursive: true });
      return Promise.resolve();
    },
    checkReady: () => keepHistories(`${HOST}:${port}`),
  };
}

/** Asks the server for its namespace, and has it keep finished workflows for 30 days instead of one. */
async function keepHistories(address: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: ANSWER_WITHIN_MS });
  try {
    await connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, async () => {
      const { config } = await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
      const retention = config?.workflowExecutionRetentionTtl;
      if (retention !== null && retention !== undefined && tsToMs(retention) === RETENTION_MS) return;
      const workflowExecutionRetentionTtl = msToTs(RETENTION_MS);
      await connection.workflowService.updateNamespace({
        namespace: NAMESPACE,
        config: { workflowExecutionRetentionTtl },
      });
    });
  } finally {
    await connection.close();
  }
}

function versionOf(cli: string): string {
  try {
    const said = execFileSync(cli, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return /version (\d+\.\d+\.\d+)/.exec(said)?.[1] ?? 'unknown';
  } catch (cause) {
    throw new Unavailable(
      `TEMPORAL_CLI is ${cli}, which does not run as a Temporal CLI (${String(cause)}): correct it or unset it`,
    );
  }
}
