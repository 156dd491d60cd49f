import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { openDatabase, type Database } from '../adapters/database/database.ts';
import { CLOUD_EVENT_CONTENT_TYPE } from '../services/events/cloud-event.ts';
import { TOPICS } from '../services/events/topics.ts';
import { GatewayFileError, readGatewayFiles, type GatewayFile } from '../gateway/config.ts';
import type { Hlr } from '../gateway/hlr.ts';
import { startGateway } from '../gateway/index.ts';
import type { PublishHlrEvent } from '../gateway/location-updates.ts';
import { osmoHlr } from '../gateway/osmo-hlr/hlr.ts';
import { simulatedHlr } from '../gateway/simulator/hlr.ts';
import { ConfigurationError, type Config } from '../temporal.config.ts';
import type { Resources } from './resources.ts';
import { together, untilStopped, type RoleContext, type StartRole } from './roles.ts';

/** The gateways of operators, each in front of its HLR; they share nothing with Rehome but, on one machine, a database server. */
export const startGateways: StartRole = async (context) => {
  const { config, log } = context.resources;
  const files = wantedFiles(config, context.operators);
  const database = openGatewayDatabase(config, files.length);
  const running = await together(
    files.map(async (file) => {
      const gateway = await startGateway({
        config: file,
        database,
        hlr: openHlr(file),
        publish: publishTo(context.resources),
        log,
        mostAtWork: shareOf(config, files.length),
      });
      return untilStopped(() => gateway.stop());
    }),
  ).catch(async (cause: unknown) => {
    await database.destroy();
    throw cause;
  });
  return {
    ended: running.ended,
    stop: async () => {
      await running.stop();
      await database.destroy();
    },
  };
};

/** Connections that are left for what takes no lock, whatever the HLRs do. */
const SPARE_CONNECTIONS = 2;

/** How many connections the calls of one gateway may hold while its HLR is asked: one that hangs takes none of another's. */
const shareOf = ({ settings }: Config, gateways: number): number =>
  Math.max(1, Math.floor((settings.DATABASE_POOL_SIZE - SPARE_CONNECTIONS) / gateways));

const openHlr = ({ hlr }: GatewayFile): Hlr => (hlr.kind === 'simulator' ? simulatedHlr(hlr.url) : osmoHlr(hlr));

const publishTo =
  (resources: Resources): PublishHlrEvent =>
  async (event) => {
    const headers = { 'content-type': CLOUD_EVENT_CONTENT_TYPE };
    await resources.bus.publish(TOPICS.hlrEvents, [{ key: event.subject, value: JSON.stringify(event), headers }]);
  };

/** The sweep of each gateway keeps a connection for its lock while it works over another one. */
function openGatewayDatabase({ settings, database: rehome, gateways }: Config, sweeps: number): Database {
  const { url, passwordFile } = gateways.database;
  return openDatabase({
    ...{ url, poolSize: settings.DATABASE_POOL_SIZE + sweeps, applicationName: 'rehome-gateway' },
    ...(passwordFile !== undefined && { passwordFile }),
    ...(rehome.tls && { tls: rehome.tls }),
  });
}

/** Throws ConfigurationError, with every fault of every file. */
function wantedFiles({ gateways }: Config, operators: RoleContext['operators']): GatewayFile[] {
  const paths = gateways.files ?? jsonFilesIn(gateways.folder);
  if (paths.length === 0)
    throw new ConfigurationError(`no gateway has a file: set GATEWAY_FILES, or put JSON files into ${gateways.folder}`);
  const files = readUsable(paths);
  const unknown = (operators ?? []).filter((id) => !files.some(({ operator }) => operator === id));
  if (unknown.length > 0) throw new ConfigurationError(`no gateway has a file for ${unknown.join(', ')}`);
  return files.filter(({ operator }) => operators?.includes(operator) ?? true);
}

function readUsable(paths: readonly string[]): GatewayFile[] {
  try {
    return readGatewayFiles(paths);
  } catch (cause) {
    throw cause instanceof GatewayFileError ? new ConfigurationError(cause.message) : cause;
  }
}

function jsonFilesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => join(folder, name));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw cause;
  }
}
