import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rehome } from '../support/fake-application.ts';

interface Published {
  readonly keysets: Readonly<Record<string, { kic: string; kid: string; kic_octet: string; kid_octet: string }>>;
  readonly vectors: readonly (
    | {
        kind: 'command';
        name: string;
        keyset: string;
        spi: string;
        tar: string;
        cntr: number;
        secured_data: string;
        expected_command_packet: string;
      }
    | {
        kind: 'response';
        name: string;
        keyset: string;
        spi: string;
        response_ud: string;
        expected: { number_of_commands: number; last_sw: string; last_data: string };
        decoded: { tar: string; cntr: number; status: number; data: string };
      }
  )[];
}

const FOLDER = join(__dirname, '../vectors');
const published = JSON.parse(readFileSync(join(FOLDER, 'ota-examples.json'), 'utf8')) as Published;
const folder = mkdtempSync(join(tmpdir(), 'rehome-ota-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const outcome = async (commandLine: string): Promise<Record<string, unknown>> => {
  const { exitCode, stdout, stderr } = await rehome(commandLine);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return JSON.parse(stdout) as Record<string, unknown>;
};

const keysOf = (name: string) => {
  const set = published.keysets[name];
  if (set === undefined) throw new Error(`the file has no key set ${name}`);
  return { ...set, options: `--kic-key ${set.kic} --kid-key ${set.kid}` };
};

/** Where each command of the published scripts ends. */
const COMMANDS_OF: Readonly<Record<string, readonly string[]>> = {
  '00a40004023f00': ['00a40004023f00'],
  a0a40000027f20a0c0000016: ['a0a40000027f20', 'a0c0000016'],
};

for (const vector of published.vectors) {
  const keys = keysOf(vector.keyset);
  const security = `--spi ${vector.spi} --kic ${keys.kic_octet} --kid ${keys.kid_octet} ${keys.options}`;
  if (vector.kind === 'command') {
    const { tar, cntr, spi, secured_data: data, expected_command_packet: packet } = vector;

    test(`ota encode builds the published packet ${vector.name}`, async () => {
      expect(await outcome(`ota encode ${security} --tar ${tar} --cntr ${String(cntr)} --data ${data}`)).toEqual({
        packet,
        segments: [`027000${packet}`],
      });
    });

    test(`ota decode-command opens the published packet ${vector.name}, and the message that carries it`, async () => {
      const opened = {
        ...{ spi, kic: keys.kic_octet, kid: keys.kid_octet, tar, cntr, ccOk: true, ciphered: true, data },
        format: 'compact',
        commands: COMMANDS_OF[data],
      };
      expect(opened.commands).toBeDefined();
      expect(await outcome(`ota decode-command ${keys.options} --packet ${packet}`)).toEqual(opened);
      expect(await outcome(`ota decode-command ${keys.options} --user-data 027000${packet}`)).toEqual(opened);
    });
  } else {
    const { tar, cntr, status, data } = vector.decoded;
    const { number_of_commands: number, last_sw: sw, last_data: last } = vector.expected;

    test(`ota decode-response reads the published answer ${vector.name}`, async () => {
      expect(await outcome(`ota decode-response ${security} --user-data ${vector.response_ud}`)).toEqual({
        ...{ status, statusName: 'porOk', tar, cntr, ccOk: true, authenticated: true, ciphered: true, data },
        ...{ format: 'compact', executed: number, commands: [{ number, sw, data: last }] },
      });
    });
  }
}

const AES = '--spi 1619 --kic 22 --kid 22 --tar b00011 --cntr 1';
const KEYS = { kic: '200102030405060708090a0b0c0d0e0f', kid: '201102030405060708090a0b0c0d0e0f' };
const GIVEN = `--kic-key ${KEYS.kic} --kid-key ${KEYS.kid}`;

test('a long packet is cut into messages with the given reference, and opened from them in any order', async () => {
  const data = 'aa'.repeat(200);
  const { segments } = (await outcome(`ota encode ${AES} ${GIVEN} --concat 7 --data ${data}`)) as {
    segments: string[];
  };
  expect(segments.map((segment) => segment.slice(0, 12))).toEqual(['070003070201', '050003070202']);
  const opened = await outcome(`ota decode-command ${GIVEN} --user-data ${segments.toReversed().join(' ')}`);
  expect(opened).toMatchObject({ cntr: 1, ccOk: true });
  expect(opened['data']).toBe(data);
});

test('keys from a file do the same as keys in the command line', async () => {
  const file = join(folder, 'keys.json');
  writeFileSync(file, JSON.stringify(KEYS));
  expect(await outcome(`ota encode ${AES} --keys ${file} --data 00`)).toEqual(
    await outcome(`ota encode ${AES} ${GIVEN} --data 00`),
  );
});

test('a checksum of four octets is used when the card has it', async () => {
  const { packet } = (await outcome(`ota encode ${AES} ${GIVEN} --mac-length 4 --data 00`)) as { packet: string };
  expect(await outcome(`ota decode-command ${GIVEN} --mac-length 4 --packet ${packet}`)).toMatchObject({ ccOk: true });
  expect((await rehome(`ota decode-command ${GIVEN} --packet ${packet}`)).exitCode).toBe(65);
});

test('data that is no script is shown with what is wrong with it', async () => {
  const clear = '027100000c0ab000110000000001000001';
  expect(await outcome(`ota decode-response --spi 0001 --kic 00 --kid 00 --user-data ${clear}`)).toMatchObject({
    statusName: 'porOk',
    data: '01',
    format: null,
    commands: [],
    problem: expect.any(String) as string,
  });
});

test('a packet with a wrong key is opened, and said not to be right', async () => {
  const { packet } = (await outcome(`ota encode ${AES} ${GIVEN} --data 00a40004023f00`)) as { packet: string };
  const other = `--kic-key ${KEYS.kic} --kid-key ${KEYS.kic}`;
  expect(await outcome(`ota decode-command ${other} --packet ${packet}`)).toMatchObject({ ccOk: false });
});

test('a script and an answer in expanded format are shown command by command', async () => {
  const script = 'aa10220700a40004023f00220500b0000009';
  const { packet } = (await outcome(`ota encode ${AES} ${GIVEN} --data ${script}`)) as { packet: string };
  expect(await outcome(`ota decode-command ${GIVEN} --packet ${packet}`)).toMatchObject({
    format: 'expanded',
    commands: ['00a40004023f00', '00b0000009'],
  });
  const clear = '027100001a0ab0001100000000010000ab0d800102230261322304abcd9000';
  expect(await outcome(`ota decode-response --spi 0001 --kic 00 --kid 00 --user-data ${clear}`)).toMatchObject({
    ...{ statusName: 'porOk', ccOk: false, authenticated: false, ciphered: false, format: 'expanded', executed: 2 },
    commands: [
      { number: 1, sw: '6132', data: '' },
      { number: 2, sw: '9000', data: 'abcd' },
    ],
  });
});

test('what a script asks for beside its commands, and what a card says of it, is shown', async () => {
  const script = 'aa12830102820101220700a40004023f00810181';
  const { packet } = (await outcome(`ota encode ${AES} ${GIVEN} --data ${script}`)) as { packet: string };
  expect(await outcome(`ota decode-command ${GIVEN} --packet ${packet}`)).toMatchObject({
    ...{ format: 'expanded', commands: ['00a40004023f00'] },
    ...{ scriptChaining: '02', errorActions: ['01'], immediateActions: ['81'] },
  });
  const clear = '027100001a0ab0001100000000010000ab0d80010223029000810101830102';
  expect(await outcome(`ota decode-response --spi 0001 --kic 00 --kid 00 --user-data ${clear}`)).toMatchObject({
    immediateAction: 'suspensionError',
    scriptChaining: 'notSupported',
  });
});

test.each([
  ['a packet that is cut', `ota decode-command ${GIVEN} --packet 0028150619`, /CPL.*TS 102 225 §5\.1/],
  ['DES, by name', `ota encode --spi 1619 --kic 11 --kid 11 --tar b00011 --cntr 1 ${GIVEN} --data 00`, /DES/],
  ['a key of a wrong length', `ota encode ${AES} --kic-key 00 --kid-key ${KEYS.kid} --data 00`, /KIc/],
  ['no key', `ota encode ${AES} --data 00`, /KID/],
  ['hex that is none', `ota encode ${AES} ${GIVEN} --data 0g`, /--data/],
  ['a reserved SPI', `ota encode --spi ff19 --kic 22 --kid 22 --tar b00011 --cntr 1 ${GIVEN} --data 00`, /SPI/],
  ['an answer that is cut', `ota decode-response --spi 1619 --kic 22 --kid 22 ${GIVEN} --user-data 02710000`, /RPL/],
])('%s ends with 65, and with the field and its clause', async (_what, commandLine, told) => {
  const { exitCode, stdout, stderr } = await rehome(commandLine);
  expect({ exitCode, stdout }).toEqual({ exitCode: 65, stdout: '' });
  expect(stderr).toMatch(told);
  for (const key of Object.values(KEYS)) expect(stderr).not.toContain(key);
});

test.each([
  `ota encode ${AES.replace('--cntr 1', '--cntr 1099511627776')} ${GIVEN} --data 00`,
  `ota encode ${AES.replace('--cntr 1', '--cntr -1')} ${GIVEN} --data 00`,
  `ota encode ${AES} ${GIVEN} --concat 256 --data 00`,
  `ota encode ${AES} ${GIVEN} --mac-length 5 --data 00`,
  `ota encode ${AES} ${GIVEN} --data ${'00'.repeat(40_000)}`,
  `ota decode-command ${GIVEN}`,
])('what is out of range is refused as usage: %#', async (commandLine) => {
  const { exitCode, stdout } = await rehome(commandLine);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
});

test.each(['{"kic": "200102030405060708', '[1]', '{"kic": 5}'])(
  'a key file that holds %s is refused without a word of it',
  async (content) => {
    const file = join(folder, 'bad.json');
    writeFileSync(file, content);
    const { exitCode, stderr } = await rehome(`ota encode ${AES} --keys ${file} --data 00`);
    expect(exitCode).toBe(65);
    expect(stderr).toContain(file);
    expect(stderr).not.toContain('2001');
  },
);
