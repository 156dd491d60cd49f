import { createReadStream, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { sql } from 'kysely';
import { readKeyFile } from '../../activities/vault/key-file.ts';
import { readGatewayFile } from '../../gateway/config.ts';
import { readMasterKey, readOp, subscriberKeys as poolKeys } from '../../gateway/keys.ts';
import { subscriberKeys as factoryKeys } from '../../simulators/support/subscriber-keys.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { demoOperators, demoSessionKey } from '../../workers/demo-network.ts';
import { RunningSystem } from '../support/running-system.ts';

/** Longest secret in any encoding, so that one that lies across two chunks is found. */
const OVERLAP = 64;

/** Every way in which octets might be written down. */
function encodings(octets: Buffer): Buffer[] {
  const hex = octets.toString('hex');
  const base64 = octets.toString('base64').replace(/=+$/, '');
  return [
    octets,
    Buffer.from(hex),
    Buffer.from(hex.toUpperCase()),
    Buffer.from(base64),
    Buffer.from(octets.toString('base64url')),
  ];
}

/** Whether any needle stands in the file. */
async function holdsOne(file: string, needles: readonly Buffer[]): Promise<boolean> {
  let rest = Buffer.alloc(0);
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    const octets = Buffer.concat([rest, chunk]);
    if (needles.some((needle) => octets.includes(needle))) return true;
    rest = octets.subarray(-OVERLAP);
  }
  return false;
}

describe('what is written to disk', () => {
  const system = new RunningSystem({ STEP_PATIENCE_SECONDS: '2' });
  afterAll(() => system.close());

  test('holds no admin code, OTA key, K or OPc of a changed card, in no encoding: database, Kafka, Temporal, logs, simulators', async () => {
    const iccid = await system.freshCard('operator-1');
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    const failing = await system.freshCard('operator-1');
    await system.faults('smsc', { wrongAdminCode: [failing] });
    await system.end(await system.start(failing, 'operator-2'));
    await system.faults('smsc', {});
    await sql`checkpoint`.execute(system.resources.database);

    const needles = [
      ...cardSecrets(iccid),
      ...cardSecrets(failing),
      ...sourceSecrets(change.sourceImsi),
      ...reservedSecrets(change.targetImsi),
      ...operatorSecrets(),
    ].flatMap(encodings);
    const folder = system.config.dataFolder;
    const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    const found: string[] = [];
    for (const file of files)
      if (!file.startsWith(system.config.gateways.folder) && (await holdsOne(file, needles))) found.push(file);
    expect(files.length).toBeGreaterThan(100);
    expect(found).toEqual([]);
  });

  test('is searched well: the same search finds a secret that is put there', async () => {
    const [secret] = cardSecrets(await system.freshCard('operator-1'));
    if (secret === undefined) throw new Error('the card has no secret');
    expect(await holdsOne('examples/cards.csv', encodings(secret))).toBe(true);
  });

  function cardSecrets(iccid: string): Buffer[] {
    const rows = parse<Record<string, string>>(readFileSync('examples/cards.csv'), { columns: true });
    const card = rows.find((row) => row['iccid'] === iccid);
    return ['adm1', 'kic', 'kid'].map((column) => Buffer.from(card?.[column] ?? '', 'hex'));
  }

  function sourceSecrets(imsi: string | null): Buffer[] {
    const { k, opc } = factoryKeys(demoOperators(system.config.settings)[0].seed, parseImsi(imsi ?? ''));
    return [k, opc].map((key) => Buffer.from(key.reveal()));
  }

  function reservedSecrets(imsi: string | null): Buffer[] {
    const { k, opc } = poolKeys(operatorKeys(), { imsi: parseImsi(imsi ?? ''), generation: 1 });
    return [k, opc].map((key) => Buffer.from(key.reveal()));
  }

  /** What the gateway's files hold, and no other file may: the files themselves are left out of the search. */
  function operatorKeys() {
    const { masterKey, op } = readGatewayFile(join(system.config.gateways.folder, 'operator-2.json'));
    return { master: readMasterKey(masterKey), op: readOp(op) };
  }

  function operatorSecrets(): Buffer[] {
    const { master, op } = operatorKeys();
    return [master, op, readKeyFile(demoSessionKey(system.config, 'operator-2').file)].map((key) =>
      Buffer.from(key.reveal()),
    );
  }
});
