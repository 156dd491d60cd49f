import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { JsonError, parseJson } from '../telecom/json.ts';
import { CONSENT_DECISIONS } from './back-office.ts';
import { plmnSchema } from './identifier-schemas.ts';
import { readMasterKey, readOp, readSessionKey } from './keys.ts';
import { messageOf } from './log.ts';
import { DEFAULT_PORTS } from './osmo-hlr/hlr.ts';

const LONGEST_IMSI = 15;
const SHORTEST_IMSI = 6;
const LONGEST_MSISDN = 15;
/** Rehome renews a lease at most a day apart; one that is hardly longer would lapse when a renewal is late. */
const SHORTEST_LEASE_DAYS = 3;

const path = z.string().min(1);
const port = z.int().min(1).max(65_535);
const days = (fallback: number) => z.number().positive().default(fallback);
const seconds = (fallback: number) => z.number().positive().default(fallback);

const Pool = z.strictObject({
  /** Digits that every IMSI of the pool begins with; the PLMN has to stand at their beginning. */
  imsiPrefix: z.string().regex(/^\d+$/),
  imsiDigits: z.int().min(SHORTEST_IMSI).max(LONGEST_IMSI).default(LONGEST_IMSI),
  msisdnPrefix: z.string().regex(/^[1-9]\d*$/),
  msisdnDigits: z.int().min(5).max(LONGEST_MSISDN),
  size: z.int().positive(),
  /** With so few left to give, or fewer, the gateway warns; a tenth of the size unless it is said. */
  lowWater: z.int().nonnegative().optional(),
});

const Simulator = z.strictObject({ kind: z.literal('simulator'), url: z.url({ protocol: /^http$/ }) });
const OsmoHlr = z.strictObject({
  kind: z.literal('osmo-hlr'),
  host: z.string().min(1),
  ctrlPort: port.default(DEFAULT_PORTS.ctrl),
  vtyPort: port.default(DEFAULT_PORTS.vty),
  /** How often it is asked for location updates, of which it tells nobody. */
  pollSeconds: seconds(5),
});
const BackOffice = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('standing-orders'),
    consent: z.enum(CONSENT_DECISIONS),
    reason: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('http'), url: z.url({ protocol: /^https?$/ }) }),
]);

/** Everything about the gateway of one operator; paths are relative to the file. */
export const GatewayFile = z
  .strictObject({
    operator: z.string().regex(/^[a-z0-9][a-z0-9-]{0,47}$/, 'an id is lower-case letters, digits and dashes'),
    plmn: plmnSchema,
    listen: z.strictObject({ host: z.string().min(1).default('127.0.0.1'), port }),
    /** PEM files: who signs client certificates, and the gateway's own; and the common name of the only client that is let in. */
    tls: z.strictObject({ ca: path, cert: path, key: path, client: z.string().min(1) }),
    masterKey: path,
    op: path,
    /** The first one wraps; the others are there for the time in which both sides change to it. */
    sessionKeys: z.array(z.strictObject({ kid: z.string().min(1).max(64), file: path })).min(1),
    pool: Pool,
    leaseDays: z.number().min(SHORTEST_LEASE_DAYS).default(30),
    quarantineDays: days(30),
    sweepSeconds: seconds(60),
    hlr: z.discriminatedUnion('kind', [Simulator, OsmoHlr]),
    backOffice: BackOffice.default({ kind: 'standing-orders', consent: 'pending' }),
  })
  .superRefine(({ plmn, pool, sessionKeys }, context) => {
    const fault = (where: (string | number)[], message: string) => {
      context.addIssue({ code: 'custom', path: where, message });
    };
    if (!pool.imsiPrefix.startsWith(plmn)) fault(['pool', 'imsiPrefix'], `does not begin with the PLMN ${plmn}`);
    const digits = String(pool.size).length;
    if (pool.imsiPrefix.length + digits > pool.imsiDigits)
      fault(['pool', 'size'], `needs ${String(digits)} digits after imsiPrefix, which do not fit imsiDigits`);
    if (pool.msisdnPrefix.length + digits > pool.msisdnDigits)
      fault(['pool', 'size'], `needs ${String(digits)} digits after msisdnPrefix, which do not fit msisdnDigits`);
    if ((pool.lowWater ?? 0) >= pool.size) fault(['pool', 'lowWater'], 'has to be below size');
    const kids = sessionKeys.map(({ kid }) => kid);
    if (new Set(kids).size < kids.length) fault(['sessionKeys'], 'name a kid twice');
  });

export type GatewayFile = z.infer<typeof GatewayFile>;

/** The file of a gateway can't be used; the message names every fault, one per line. */
export class GatewayFileError extends Error {
  override readonly name = 'GatewayFileError';
}

/** Reads files of gateways; reports every fault of all of them at once. */
export function readGatewayFiles(files: readonly string[]): GatewayFile[] {
  const faults: string[] = [];
  const configs = files.flatMap((file) => {
    try {
      return [readGatewayFile(file)];
    } catch (cause) {
      faults.push(messageOf(cause));
      return [];
    }
  });
  const twice = configs.map(({ operator }) => operator).filter((one, index, all) => all.indexOf(one) < index);
  for (const operator of twice) faults.push(`${operator} has more than one file`);
  if (faults.length > 0) throw new GatewayFileError(faults.join('\n'));
  return configs;
}

/** Reads the file of one gateway; throws GatewayFileError. */
export function readGatewayFile(file: string): GatewayFile {
  let content: unknown;
  try {
    content = parseJson(readFileSync(file, 'utf8'));
  } catch (cause) {
    const problem = cause instanceof JsonError ? cause.message : `can't be read: ${messageOf(cause)}`;
    throw new GatewayFileError(`${file} ${problem}`);
  }
  const parsed = GatewayFile.safeParse(content);
  if (!parsed.success) throw new GatewayFileError(`${file} is not usable:\n${z.prettifyError(parsed.error)}`);
  const config = withPaths(parsed.data, (path) => resolve(dirname(file), path));
  const unusable = filesOf(config).flatMap(({ name, read }) => whyUnusable(name, read));
  if (unusable.length > 0) throw new GatewayFileError(`${file} is not usable:\n${unusable.join('\n')}`);
  return config;
}

function withPaths(config: GatewayFile, absolute: (path: string) => string): GatewayFile {
  const { tls, masterKey, op, sessionKeys } = config;
  return {
    ...config,
    tls: { ...tls, ca: absolute(tls.ca), cert: absolute(tls.cert), key: absolute(tls.key) },
    masterKey: absolute(masterKey),
    op: absolute(op),
    sessionKeys: sessionKeys.map(({ kid, file }) => ({ kid, file: absolute(file) })),
  };
}

interface NamedFile {
  readonly name: string;
  readonly read: () => unknown;
}

function filesOf({ tls, masterKey, op, sessionKeys }: GatewayFile): NamedFile[] {
  return [
    ...(['ca', 'cert', 'key'] as const).map((name) => ({ name: `tls.${name}`, read: () => readFileSync(tls[name]) })),
    { name: 'masterKey', read: () => readMasterKey(masterKey) },
    { name: 'op', read: () => readOp(op) },
    ...sessionKeys.map(({ kid, file }) => ({ name: `session key ${kid}`, read: () => readSessionKey(file) })),
  ];
}

function whyUnusable(name: string, read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (cause) {
    return [`✖ ${name}: ${messageOf(cause)}`];
  }
}
