import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';

const number = z.coerce.number({
  error: ({ code }: { readonly code: string }) => (code === 'invalid_type' ? 'is not a number' : undefined),
});
const port = (fallback: number) => number.int().min(1).max(65_535).default(fallback);
const seconds = (fallback: number) => number.positive().default(fallback);
const count = (fallback: number, least = 1) => number.int().min(least).default(fallback);
const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
const file = z.string().min(1).optional();

/** Every setting that Rehome reads from the environment, with its default and meaning; the table of docs/configuration.md is checked against it. */
export const Settings = z
  .object({
    DATA_FOLDER: z
      .string()
      .min(1)
      .default('.data')
      .describe('where engines, keys, certificates and logs of this machine live'),
    TASK_QUEUE: z
      .string()
      .min(1)
      .default('subscription-change')
      .describe('task queue of the orchestrator and prefix of all other queues'),
    TEMPORAL_PORT: port(17233).describe('port of the embedded Temporal server'),
    TEMPORAL_UI_PORT: port(18233).describe('port of the embedded Temporal Web UI'),
    TEMPORAL_CLI: z.string().min(1).optional().describe('a Temporal CLI to use instead of the pinned one'),
    TEMPORAL_UI_URL: z
      .url()
      .optional()
      .describe('Temporal Web UI to link to; default: the embedded one, and none for a server of your own'),
    CODEC_SERVER_PORT: port(18460).describe(
      'port of the role codec-server, which opens payloads for the Temporal Web UI',
    ),
    TEMPORAL_SYNCHRONOUS: z
      .enum(['NORMAL', 'FULL'])
      .default('NORMAL')
      .describe('FULL makes the embedded Temporal server survive a power cut, at about twice the cost'),
    KAFKA_BROKERS: z
      .string()
      .min(1)
      .optional()
      .describe('host:port list of a Kafka cluster; default: the embedded node'),
    KAFKA_PORT: port(19092).describe('port of the embedded Kafka node'),
    KAFKA_CONTROLLER_PORT: port(19093).describe('controller port of the embedded Kafka node'),
    KAFKA_TLS: flag.describe('true speaks TLS to Kafka'),
    KAFKA_TLS_CA_FILE: file.describe('PEM file of the authority that signed the brokers'),
    KAFKA_TLS_CERT_FILE: file.describe('PEM client certificate for mutual TLS to Kafka'),
    KAFKA_TLS_KEY_FILE: file.describe('PEM key of that certificate'),
    KAFKA_SASL_MECHANISM: z
      .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
      .optional()
      .describe('SASL mechanism for Kafka'),
    KAFKA_SASL_USERNAME: z.string().min(1).optional().describe('SASL user, or the id of an API key'),
    KAFKA_SASL_PASSWORD_FILE: file.describe('file with the SASL password, or the secret of an API key'),
    KAFKA_REPLICATION_FACTOR: count(1).describe('replicas of the topics that `rehome setup` creates'),
    KAFKA_PARTITIONS: count(6).describe('partitions of the topics that `rehome setup` creates'),
    DATABASE_URL: z
      .url({ protocol: /^postgres(ql)?$/ })
      .optional()
      .describe('postgres:// address of a PostgreSQL server; default: the embedded one'),
    DATABASE_PASSWORD_FILE: file.describe('file with the password, when DATABASE_URL carries none'),
    DATABASE_TLS_CA_FILE: file.describe('PEM file of the authority that signed the database server; turns TLS on'),
    DATABASE_TLS_CERT_FILE: file.describe('PEM client certificate for mutual TLS to PostgreSQL'),
    DATABASE_TLS_KEY_FILE: file.describe('PEM key of that certificate'),
    DATABASE_POOL_SIZE: count(8, 2).describe(
      'connections per process, at least 2; the role gateway has one more for each of its gateways',
    ),
    POSTGRES_PORT: port(15432).describe('port of the embedded PostgreSQL server'),
    KEY_ENCRYPTION_KEY_FILE: file.describe('file with the key-encryption key (64 hex digits); default: made at set-up'),
    INDEX_KEY_FILE: file.describe('file with the key of the keyed hashes (64 hex digits); default: made at set-up'),
    PAYLOAD_KEYS_FILE: file.describe(
      'file with the keys of payloads in Temporal, one `ID KEY` a line, the first seals; default: made at set-up',
    ),
    PAYLOAD_ENCRYPTION: z
      .enum(['required', 'tolerant', 'off'])
      .default('required')
      .describe('tolerant also reads payloads in the clear, of changes from before they were sealed; off seals none'),
    OPERATOR_TLS_CA_FILE: file.describe('PEM authorities trusted for operators’ provisioning gateways'),
    OPERATOR_TLS_CERT_FILE: file.describe('PEM client certificate shown to operators’ gateways'),
    OPERATOR_TLS_KEY_FILE: file.describe('PEM key of that certificate'),
    CARD_PROFILES_FILE: file.describe('JSON file of card profiles, beside those that are built in'),
    SMSC_SYSTEM_ID: z.string().min(1).max(15).default('rehome').describe('name under which Rehome binds to SMSCs'),
    SMSC_PASSWORD_FILE: file.describe('file with the password of that name, at most 8 characters; default: none'),
    SMSC_TLS_CA_FILE: file.describe('PEM authorities trusted for SMSCs with an smpps:// address; default: Node’s own'),
    SMSC_LONGEST_PAUSE_SECONDS: seconds(60).describe('how long a bind rests at most while its SMSC throttles'),
    STEP_ATTEMPT_SECONDS: seconds(15).describe('how long one attempt at an operator’s gateway or an SMSC may take'),
    CONSENT_PATIENCE_SECONDS: seconds(86_400).describe(
      'how long the old operator may take to consent before the change is rolled back',
    ),
    STEP_PATIENCE_SECONDS: seconds(3_600).describe(
      'how long a step before the pivot is retried before the change is rolled back',
    ),
    ATTACH_POLL_SECONDS: seconds(900).describe('how often the target’s HLR is asked when no event arrives'),
    ATTACH_DEADLINE_SECONDS: seconds(86_400).describe(
      'how long a card may stay silent after the pivot before the change is in doubt',
    ),
    RELEASE_PATIENCE_SECONDS: seconds(86_400).describe('how long the release by the old operator is retried'),
    RECONCILE_EVERY_HOURS: count(24, 0).describe(
      'how often the cards with an open change or news are compared with what is true; 0: never',
    ),
    WORKFLOW_TASK_POLLERS: count(4).describe('concurrent polls for workflow tasks per orchestrator process'),
    ACTIVITY_POLLERS: count(2).describe('concurrent polls for activities per task queue and process'),
    OPERATOR_CALLS_PER_SECOND: count(100).describe(
      'activities per second on each operator’s task queue, all processes together',
    ),
    CACHED_WORKFLOWS: count(1_000).describe('workflows that an orchestrator process keeps in memory'),
    STICKY_SECONDS: seconds(5).describe(
      'how long a workflow task waits for the process that has the workflow in memory',
    ),
    REHOME_GUARDED: z
      .literal('1')
      .optional()
      .describe('set by `npm start` for the processes it starts: they end when their standard input does'),
    LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('level of the processes’ logs'),
    GATEWAY_FILES: z
      .string()
      .min(1)
      .optional()
      .describe(
        'JSON files of the gateways that the role gateway serves, with commas between; default: gateways/*.json of the data folder',
      ),
    GATEWAY_DATABASE_URL: z
      .url({ protocol: /^postgres(ql)?$/ })
      .optional()
      .describe('postgres:// address of the database of the role gateway; default: that of Rehome'),
    GATEWAY_DATABASE_PASSWORD_FILE: file.describe('file with the password, when GATEWAY_DATABASE_URL carries none'),
    SIMULATOR_OPERATOR_1_PORT: port(18441).describe('port of the gateway of operator-1 in the demonstration'),
    SIMULATOR_OPERATOR_1_HLR_PORT: port(18443).describe(
      'management and control port of the simulated HLR of operator-1',
    ),
    SIMULATOR_OPERATOR_1_GSUP_PORT: port(18445).describe('port for serving nodes at the simulated HLR of operator-1'),
    SIMULATOR_OPERATOR_2_PORT: port(18442).describe('port of the gateway of operator-2 in the demonstration'),
    SIMULATOR_OPERATOR_2_HLR_PORT: port(18444).describe(
      'management and control port of the simulated HLR of operator-2',
    ),
    SIMULATOR_OPERATOR_2_GSUP_PORT: port(18446).describe('port for serving nodes at the simulated HLR of operator-2'),
    SIMULATOR_SMSC_PORT: port(18450).describe('port of the simulated SMSC'),
    SIMULATOR_SMSC_CONTROL_PORT: port(18451).describe('control port of the simulated SMSC'),
    SIMULATOR_SEED: z
      .string()
      .min(1)
      .default('rehome-demo')
      .describe('seed of the simulated operators’ and cards’ keys and faults'),
    SIMULATOR_POOL_SIZE: count(5_000).describe('IMSIs in each pool of the demonstration'),
    SIMULATOR_CARDS_FILE: z
      .string()
      .min(1)
      .default('examples/cards.csv')
      .describe('the cards that the simulated devices carry'),
    SIMULATOR_FAULTS_FILE: file.describe('JSON fault plan of the simulators'),
  })
  .superRefine((settings, context) => {
    const together = (names: readonly (keyof typeof settings)[]) => {
      const missing = names.filter((name) => settings[name] === undefined);
      if (missing.length > 0 && missing.length < names.length) {
        for (const name of missing)
          context.addIssue({
            code: 'custom',
            path: [name],
            message: `needed together with ${names.filter((other) => other !== name).join(', ')}`,
          });
      }
    };
    together(['KAFKA_TLS_CERT_FILE', 'KAFKA_TLS_KEY_FILE']);
    together(['KAFKA_SASL_MECHANISM', 'KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD_FILE']);
    together(['DATABASE_TLS_CERT_FILE', 'DATABASE_TLS_KEY_FILE']);
    together(['OPERATOR_TLS_CERT_FILE', 'OPERATOR_TLS_KEY_FILE']);
  });

export type Settings = Readonly<z.infer<typeof Settings>>;

/** PEM files of one TLS connection; an absent member is not used. */
export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** What the processes use: addresses resolved, defaults applied, files named absolutely. */
export interface Config {
  readonly settings: Settings;
  readonly dataFolder: string;
  readonly temporal: ClientConnectConfig & {
    readonly address: string;
    readonly namespace: string;
    readonly external: boolean;
    /** Undefined when Temporal runs elsewhere and nobody said where its UI is. */
    readonly uiUrl: string | undefined;
  };
  readonly kafka: {
    readonly brokers: readonly string[];
    readonly external: boolean;
    readonly tls: TlsFiles | undefined;
  };
  readonly database: { readonly url: string; readonly external: boolean; readonly tls: TlsFiles | undefined };
  readonly keys: {
    readonly keyEncryptionKey: string;
    readonly indexKey: string;
    readonly payloadKeys: string;
    readonly postgresPassword: string;
  };
  readonly operatorTls: Required<TlsFiles>;
  readonly gateways: {
    /** Undefined: every JSON file of the folder. */
    readonly files: readonly string[] | undefined;
    readonly folder: string;
    readonly database: { readonly url: string; readonly passwordFile: string | undefined };
  };
}

/** The configuration can't be used; the message names every fault, one per line. Processes exit with 78 (EX_CONFIG). */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

/** The only reader of the environment. Reports every fault at once, so that a deployment is corrected in one go. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const faults: string[] = [];
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = Settings.safeParse(given);
  if (!parsed.success) {
    faults.push(...parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  }
  const temporal = temporalSettings(given, faults);
  if (parsed.success) faults.push(...unreadableFiles(parsed.data));
  if (!parsed.success || temporal === undefined || faults.length > 0) {
    throw new ConfigurationError(`The configuration is not usable:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
  return Object.freeze(resolveConfig(parsed.data, temporal));
}

/** The Temporal part is read by Temporal's own library, so that operators use the names they know (TEMPORAL_ADDRESS, TEMPORAL_PROFILE, TEMPORAL_TLS…). */
function temporalSettings(env: Record<string, string | undefined>, faults: string[]): ClientConnectConfig | undefined {
  const known = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  try {
    // A person's own profile file must not send a demonstration to their production; a file counts only when it is named.
    const named = known['TEMPORAL_CONFIG_FILE'] !== undefined || known['TEMPORAL_PROFILE'] !== undefined;
    return loadClientConnectConfig({ overrideEnvVars: known, disableFile: !named });
  } catch (cause) {
    faults.push(`TEMPORAL_*: ${cause instanceof Error ? cause.message : String(cause)}`);
    return undefined;
  }
}

function unreadableFiles(settings: Settings): string[] {
  return Object.entries(settings).flatMap(([name, value]) => {
    if (!name.endsWith('_FILE') || typeof value !== 'string' || name.startsWith('SIMULATOR_CARDS')) return [];
    try {
      readFileSync(value);
      return [];
    } catch (cause) {
      return [`${name}: ${cause instanceof Error ? cause.message : String(cause)}`];
    }
  });
}

function resolveConfig(settings: Settings, temporal: ClientConnectConfig): Config {
  const dataFolder = resolve(settings.DATA_FOLDER);
  const inData = (...names: string[]) => join(dataFolder, ...names);
  const address = temporal.connectionOptions.address;
  return {
    settings,
    dataFolder,
    temporal: {
      ...temporal,
      address: address ?? `127.0.0.1:${String(settings.TEMPORAL_PORT)}`,
      namespace: temporal.namespace ?? 'default',
      external: address !== undefined,
      uiUrl:
        settings.TEMPORAL_UI_URL ??
        (address === undefined ? `http://127.0.0.1:${String(settings.TEMPORAL_UI_PORT)}` : undefined),
    },
    kafka: {
      brokers: settings.KAFKA_BROKERS?.split(',').map((broker) => broker.trim()) ?? [
        `127.0.0.1:${String(settings.KAFKA_PORT)}`,
      ],
      external: settings.KAFKA_BROKERS !== undefined,
      tls: tlsFiles(settings, 'KAFKA') ?? (settings.KAFKA_TLS ? {} : undefined),
    },
    database: {
      url: databaseUrl(settings),
      external: settings.DATABASE_URL !== undefined,
      tls: tlsFiles(settings, 'DATABASE'),
    },
    keys: {
      keyEncryptionKey: settings.KEY_ENCRYPTION_KEY_FILE ?? inData('keys', 'key-encryption-key'),
      indexKey: settings.INDEX_KEY_FILE ?? inData('keys', 'index-key'),
      payloadKeys: settings.PAYLOAD_KEYS_FILE ?? inData('keys', 'payload-keys'),
      postgresPassword: settings.DATABASE_PASSWORD_FILE ?? inData('keys', 'postgres-password'),
    },
    operatorTls: {
      ca: settings.OPERATOR_TLS_CA_FILE ?? inData('pki', 'ca.crt'),
      cert: settings.OPERATOR_TLS_CERT_FILE ?? inData('pki', 'rehome.crt'),
      key: settings.OPERATOR_TLS_KEY_FILE ?? inData('pki', 'rehome.key'),
    },
    gateways: {
      files: settings.GATEWAY_FILES?.split(',').map((name) => resolve(name.trim())),
      folder: inData('gateways'),
      database: gatewayDatabase(settings, inData('keys', 'postgres-password')),
    },
  };
}

/** A gateway may stand in another company, with a database of its own. */
function gatewayDatabase(settings: Settings, embeddedPassword: string): Config['gateways']['database'] {
  if (settings.GATEWAY_DATABASE_URL !== undefined)
    return { url: settings.GATEWAY_DATABASE_URL, passwordFile: settings.GATEWAY_DATABASE_PASSWORD_FILE };
  const passwordFile =
    settings.DATABASE_PASSWORD_FILE ?? (settings.DATABASE_URL === undefined ? embeddedPassword : undefined);
  return { url: databaseUrl(settings), passwordFile };
}

function databaseUrl({ DATABASE_URL, POSTGRES_PORT }: Settings): string {
  return DATABASE_URL ?? `postgres://rehome@127.0.0.1:${String(POSTGRES_PORT)}/rehome`;
}

/** Any TLS file turns TLS on. */
function tlsFiles(settings: Settings, prefix: 'KAFKA' | 'DATABASE'): TlsFiles | undefined {
  const ca = settings[`${prefix}_TLS_CA_FILE`];
  const cert = settings[`${prefix}_TLS_CERT_FILE`];
  const key = settings[`${prefix}_TLS_KEY_FILE`];
  if (ca === undefined && cert === undefined) return undefined;
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}
