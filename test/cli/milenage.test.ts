import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rehome } from '../support/fake-application.ts';

interface Published {
  readonly sets: readonly {
    readonly set: number;
    readonly k: string;
    readonly op: string;
    readonly rand: string;
    readonly sqn: string;
    readonly amf: string;
    readonly expect: Readonly<Record<'opc' | 'mac_a' | 'mac_s' | 'res' | 'ck' | 'ik' | 'ak' | 'ak_star', string>>;
    readonly derived: { readonly autn: string };
  }[];
}

const { sets } = JSON.parse(readFileSync(join(__dirname, '../vectors/milenage-35208.json'), 'utf8')) as Published;

for (const { set, k, op, rand, sqn, amf, expect: right, derived } of sets) {
  const { opc, mac_a: macA, mac_s: macS, res, ck, ik, ak, ak_star: akStar } = right;

  test(`test set ${String(set)} of TS 35.208 comes out of OP and out of OPc`, async () => {
    for (const operator of [`--op ${op}`, `--opc ${opc}`]) {
      const { exitCode, stdout } = await rehome(
        `milenage --k ${k} ${operator} --rand ${rand} --sqn ${sqn} --amf ${amf}`,
      );
      expect(exitCode).toBe(0);
      expect(JSON.parse(stdout)).toEqual({ opc, macA, macS, res, ck, ik, ak, akStar, autn: derived.autn });
    }
  });
}

const CHALLENGE = `--rand ${'00'.repeat(16)} --sqn ${'00'.repeat(6)} --amf 8000`;
const KEY = '0f'.repeat(16);

test('keys from a file stay out of the command line', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'rehome-milenage-'));
  const file = join(folder, 'keys.json');
  writeFileSync(file, JSON.stringify({ k: KEY, opc: KEY }));
  const fromFile = await rehome(`milenage --keys ${file} ${CHALLENGE}`);
  expect(fromFile).toEqual(await rehome(`milenage --k ${KEY} --opc ${KEY} ${CHALLENGE}`));
  expect(fromFile.exitCode).toBe(0);
  rmSync(folder, { recursive: true });
});

test.each([
  ['K', `--k 00 --opc ${KEY} ${CHALLENGE}`],
  ['OPc', `--k ${KEY} --opc ${KEY}00 ${CHALLENGE}`],
  ['OP', `--k ${KEY} --op 11 ${CHALLENGE}`],
  ['RAND', `--k ${KEY} --op ${KEY} ${CHALLENGE.replace('--rand 00', '--rand ')}`],
  ['AMF', `--k ${KEY} --op ${KEY} ${CHALLENGE.replace('8000', '80')}`],
])('a wrong length of %s ends with 65 and names it without its value', async (field, options) => {
  const { exitCode, stderr } = await rehome(`milenage ${options}`);
  expect(exitCode).toBe(65);
  expect(stderr).toMatch(new RegExp(`^${field} cannot be decoded: it has \\d+ octets.*TS 35\\.206`));
  expect(stderr).not.toContain(KEY);
});

test.each([`--k ${KEY}`, `--opc ${KEY}`, `--k ${KEY} --op ${KEY} --opc ${KEY}`])(
  'K and one of OP and OPc are asked for: %#',
  async (options) => {
    expect((await rehome(`milenage ${options} ${CHALLENGE}`)).exitCode).toBe(2);
  },
);
