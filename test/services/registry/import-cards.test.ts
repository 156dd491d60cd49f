import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cardProfiles } from '../../../services/packets/card-profiles.ts';
import { importCards, type ImportResult } from '../../../services/registry/import-cards.ts';
import { CardIndex } from '../../../adapters/vault/card-index.ts';
import { Vault } from '../../../adapters/vault/vault.ts';
import { Secret } from '../../../telecom/secret.ts';
import { scriptedDatabase } from '../../support/scripted-database.ts';

const HEADER = 'iccid,operator,imsi,msisdn,profile,adm1,kvn,kic,kid';
const KEY = 'de303176e4bd52696a6f848ea6337bcc';
const GOOD = `8999901000000000013,operator-1,001010000000001,9990110000001,cpa-aes,de309c55d22113ed,2,${KEY},${KEY}`;

let folder: string;
let file: string;
let rejectFile: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rehome-import-'));
  file = join(folder, 'cards.csv');
  rejectFile = join(folder, 'cards.rejects.csv');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A registry that knows operator-1 and must not be asked to store anything. */
const database = scriptedDatabase((statement) => {
  if (statement.includes('from operators')) return [{ id: 'operator-1', plmn: '00101' }];
  throw new Error(`this test stores nothing: ${statement}`);
});
const key = Secret.of<Uint8Array>(new Uint8Array(32));

const importing = (from = file, rejects = rejectFile, registry = database): Promise<ImportResult> =>
  importCards({
    database: registry,
    vault: new Vault(registry, key),
    index: new CardIndex(key),
    profiles: cardProfiles(),
    file: from,
    rejectFile: rejects,
  });

async function rejectsOf(...lines: readonly string[]): Promise<string[]> {
  writeFileSync(file, `${[HEADER, ...lines].join('\n')}\n`);
  const { rejected } = await importing();
  expect(rejected).toBe(lines.length);
  return readFileSync(rejectFile, 'utf8').trimEnd().split('\n').slice(1);
}

describe('a file that is no card file', () => {
  const contents: readonly [what: string, content: string | Buffer, told: RegExp][] = [
    ['has no octet', '', /is empty/],
    ['has only empty lines', '\n\n', /is empty/],
    ['has another header', 'a,b\n1,2\n', /the header of .* lacks iccid, operator/],
    ['has a stray quote', `${HEADER}\nx"${KEY}"\n`, /invalid opening quote in line 2/],
    ['has a quote that is not closed', `${HEADER}\n"${KEY}\n`, /quote not closed in line/],
    ['has text after a closing quote', `${HEADER}\n"1"${KEY}\n`, /invalid closing quote in line 2/],
    ['is one endless line', `${HEADER}\n${'9'.repeat(200_000)}\n`, /max record size in line/],
    ['is not text', Buffer.from([0x22, 0, 0xff, 0x22, 0x41, 0x0a]), /can't be read as CSV|header/],
  ];
  test.each(contents)('is refused when it %s, in words that quote nothing of it', async (_what, content, told) => {
    writeFileSync(file, content);
    const refused = importing();
    await expect(refused).rejects.toMatchObject({
      name: 'CardFileError',
      message: expect.stringMatching(told) as string,
    });
    await expect(refused).rejects.not.toThrow(KEY);
  });

  test('is refused when it is a folder', async () => {
    mkdirSync(file);
    await expect(importing()).rejects.toMatchObject({
      name: 'CardFileError',
      message: `${file} can't be read: it is a folder`,
    });
  });

  test('is refused when it is not there, and the reason is told', async () => {
    await expect(importing()).rejects.toMatchObject({
      name: 'CardFileError',
      message: expect.stringMatching(/ENOENT/) as string,
    });
  });

  test('is refused when reading it fails', async () => {
    await expect(importing('/proc/self/mem')).rejects.toMatchObject({
      name: 'CardFileError',
      message: expect.stringMatching(/EIO|ENOENT/) as string,
    });
  });
});

describe('the reject file', () => {
  test('has line and reason of a row, and its ICCID when it is one', async () => {
    expect(await rejectsOf(GOOD.replace('operator-1', 'operator-9'), `${KEY},${GOOD}`, `=1+1,${GOOD}`)).toEqual([
      '2,"8999901000000000013","operator: operator-9 is not registered"',
      expect.stringMatching(/^3,"","iccid: /),
      expect.stringMatching(/^4,"","iccid: /),
    ]);
  });

  test('says of a cell that is not there that it is missing, and of a wrong number what is wrong with it', async () => {
    const [line = ''] = await rejectsOf('8999901000000000014,operator-1');
    expect(line).toContain(
      '"iccid: its last digit is not the check digit of the others (ITU-T E.118 §4); imsi: is missing; ',
    );
    expect(line).toContain('kvn: is missing');
    const [wrong = ''] = await rejectsOf(GOOD.replace(',2,', ',two,'));
    expect(wrong).toContain('"kvn: needs a whole number, 1 to 15"');
  });

  test('has its rows in the order of the card file, whatever they are refused for', async () => {
    const [, , , , , adm1, , kic] = GOOD.split(',');
    const card = {
      ...{ iccid: '8999901000000000013', operator: 'operator-1', imsi: '001010000000001', msisdn: '9990110000001' },
      ...{ profile: 'cpa-aes', adm1, kvn: 2, kic, kid: kic },
    };
    const fingerprint = new CardIndex(key).hash(createHash('sha256').update(JSON.stringify(card)).digest('hex'));
    const registered = scriptedDatabase((statement) =>
      statement.includes('from operators')
        ? [{ id: 'operator-1', plmn: '00101' }]
        : [{ iccid: card.iccid, importedAs: fingerprint, adm1Index: 'known' }],
    );
    writeFileSync(file, `${[HEADER, GOOD, 'bad', GOOD].join('\n')}\n`);
    expect(await importing(file, rejectFile, registered)).toMatchObject({ unchanged: 1, rejected: 2 });
    const lines = readFileSync(rejectFile, 'utf8').trimEnd().split('\n').slice(1);
    expect(lines.map((line) => line.split(',')[0])).toEqual(['2', '3']);
    expect(lines[0]).toContain('a later row of this file has the same ICCID');
  });

  test('holds no cell of a row that is shifted', async () => {
    await rejectsOf(`"de309c55d22113ed",${GOOD}`, `"${KEY}","${KEY}"`);
    const text = readFileSync(rejectFile, 'utf8');
    expect(text).not.toContain('de30');
  });

  test('can be read by its owner only, also when an older one could be read by others', async () => {
    writeFileSync(rejectFile, 'old');
    chmodSync(rejectFile, 0o644);
    await rejectsOf('bad');
    expect(statSync(rejectFile).mode & 0o777).toBe(0o600);
    expect(readFileSync(rejectFile, 'utf8')).not.toContain('old');
  });

  test('is not made by a file without a row', async () => {
    writeFileSync(file, `${HEADER}\n`);
    expect(await importing()).toEqual({ read: 0, added: 0, updated: 0, unchanged: 0, codesChanged: 0, rejected: 0 });
    expect(existsSync(rejectFile)).toBe(false);
  });

  test('must not be the card file, under whatever name', async () => {
    writeFileSync(file, `${HEADER}\nbad\n`);
    const second = join(folder, 'second.csv');
    linkSync(file, second);
    for (const path of [file, join(folder, '.', 'cards.csv'), second])
      await expect(importing(file, path)).rejects.toMatchObject({
        name: 'RejectFileError',
        message: `${path} is the card file itself; the rejected rows would replace it`,
      });
    expect(readFileSync(file, 'utf8')).toBe(`${HEADER}\nbad\n`);
  });

  test('that can not be written is told before anything is imported', async () => {
    writeFileSync(file, `${HEADER}\n${GOOD}\n`);
    for (const path of [join(folder, 'nowhere', 'x.csv'), folder])
      await expect(importing(file, path)).rejects.toMatchObject({
        name: 'RejectFileError',
        message: expect.stringContaining(`the reject file ${path} can't be written: `) as string,
      });
  });
});
