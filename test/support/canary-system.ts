import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { readKeyFile } from '../../adapters/vault/key-file.ts';
import { readPayloadKeys } from '../../adapters/vault/payload-keys.ts';
import { readGatewayFile } from '../../gateway/config.ts';
import { readMasterKey, readOp, subscriberKeys as poolKeys } from '../../gateway/keys.ts';
import { subscriberKeys as factoryKeys } from '../../simulators/support/subscriber-keys.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import type { Secret } from '../../telecom/secret.ts';
import type { Config } from '../../temporal.config.ts';
import { demoOperators, demoSessionKey } from '../../workers/demo-network.ts';
import type { ChangeView } from '../../application/views.ts';
import type { Canary } from './canary-scan.ts';
import { startTestSystem, type TestSystem } from './test-system.ts';

const SECRET_COLUMNS = ['adm1', 'kic', 'kid'] as const;
type Row = Record<string, string>;

/** A whole system of its own, every secret of which is random and used nowhere else. */
export class CanarySystem {
  readonly #folder: string;
  readonly #rows: readonly Row[];
  readonly #password: string;

  private constructor(
    readonly system: TestSystem,
    { folder, rows, password }: { folder: string; rows: readonly Row[]; password: string },
  ) {
    this.#folder = folder;
    this.#rows = rows;
    this.#password = password;
  }

  static async start(): Promise<CanarySystem> {
    const folder = mkdtempSync(join(tmpdir(), 'rehome-canary-'));
    const rows = cardsWithRandomSecrets();
    const columns = Object.keys(rows[0] ?? {});
    const cardsFile = join(folder, 'cards.csv');
    writeFileSync(cardsFile, [columns, ...rows.map((row) => columns.map((column) => row[column]))].join('\n'));
    // At most 8 characters (SMPP 3.4 §5.2.2).
    const password = randomBytes(6).toString('base64url');
    const passwordFile = join(folder, 'smsc-password');
    writeFileSync(passwordFile, password);
    const system = await startTestSystem({
      STICKY_SECONDS: '1',
      SIMULATOR_SEED: randomBytes(16).toString('hex'),
      SIMULATOR_CARDS_FILE: cardsFile,
      SMSC_PASSWORD_FILE: passwordFile,
      LOG_LEVEL: 'debug',
    });
    return new CanarySystem(system, { folder, rows, password });
  }

  async stop(): Promise<void> {
    await this.system.stop();
    rmSync(this.#folder, { recursive: true });
  }

  /** Every secret of the system, with those of the cards and subscribers of these changes. */
  canaries(config: Config, changes: readonly ChangeView[]): Canary[] {
    return [
      ...this.#ofInstallation(config),
      ...this.#ofCards(),
      ...changes.flatMap((change) => ofChange(config, change)),
    ];
  }

  #ofInstallation(config: Config): Canary[] {
    const { keyEncryptionKey, indexKey, payloadKeys, postgresPassword } = config.keys;
    const inFile = (name: string, home: string): Canary => ({ name, home, octets: octetsOf(readKeyFile(home)) });
    return [
      { name: 'SMSC password', octets: Buffer.from(this.#password) },
      inFile('key-encryption key', keyEncryptionKey),
      inFile('index key', indexKey),
      { name: 'PostgreSQL password', home: postgresPassword, octets: hexFile(postgresPassword) },
      ...readPayloadKeys(payloadKeys).map(({ id, key }) => ({
        ...{ name: `payload key ${id}`, home: payloadKeys, octets: octetsOf(key) },
      })),
      ...demoOperators(config.settings).flatMap(({ id, seed }) => [
        inFile(`session key of ${id}`, demoSessionKey(config, id).file),
        inFile(`master key of ${id}`, gatewayFile(config, id).masterKey),
        { name: `OP of ${id}`, home: gatewayFile(config, id).op, octets: hexFile(gatewayFile(config, id).op) },
        { name: `seed of ${id}`, octets: Buffer.from(seed) },
      ]),
    ];
  }

  /** Of every card that is registered, whether it is moved or not. */
  #ofCards(): Canary[] {
    return this.#rows.flatMap((row) =>
      SECRET_COLUMNS.map((column) => ({
        ...{ name: `${column} of ICCID ${row['iccid'] ?? ''}`, octets: Buffer.from(row[column] ?? '', 'hex') },
      })),
    );
  }
}

/** K and OPc of the subscription that the card leaves, and of that which it joins. */
function ofChange(config: Config, { source, sourceImsi, target, targetImsi }: ChangeView): Canary[] {
  const keys = ({ k, opc }: { k: Secret<Uint8Array>; opc: Secret<Uint8Array> }, imsi: string): Canary[] => [
    { name: `K of IMSI ${imsi}`, octets: octetsOf(k) },
    { name: `OPc of IMSI ${imsi}`, octets: octetsOf(opc) },
  ];
  return [
    { operator: source, imsi: sourceImsi },
    { operator: target, imsi: targetImsi },
  ].flatMap(({ operator, imsi }) => {
    const { id, seed } = demoOperators(config.settings).find((one) => one.id === operator) ?? {};
    if (imsi === null || id === undefined || seed === undefined) return [];
    const { masterKey, op } = gatewayFile(config, id);
    const pool = { master: readMasterKey(masterKey), op: readOp(op) };
    return [
      ...keys(factoryKeys(seed, parseImsi(imsi)), imsi),
      ...keys(poolKeys(pool, { imsi: parseImsi(imsi), generation: 1 }), imsi),
    ];
  });
}

/** The example cards, of every profile, with secrets that no other card has. */
function cardsWithRandomSecrets(): Row[] {
  const all = parse<Row>(readFileSync('examples/cards.csv'), { columns: true });
  const few = all.filter((row, index) => row['profile'] !== 'cpa-aes' || index % 60 === 0);
  return few.map((row) => ({
    ...row,
    ...Object.fromEntries(
      SECRET_COLUMNS.map((column) => [column, randomBytes((row[column] ?? '').length / 2).toString('hex')]),
    ),
  }));
}

const gatewayFile = ({ gateways }: Config, id: string) => readGatewayFile(join(gateways.folder, `${id}.json`));
const octetsOf = (secret: Secret<Uint8Array>): Buffer => Buffer.from(secret.reveal());
const hexFile = (path: string): Buffer => Buffer.from(readFileSync(path, 'utf8').trim(), 'hex');
