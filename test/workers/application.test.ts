import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NetworkFileError, openDesk } from '../../workers/application.ts';
import type { Resources } from '../../workers/resources.ts';

describe('a file of operators', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rehome-desk-'));
  const file = join(folder, 'network.json');
  // Nothing is connected before the file is understood.
  const desk = openDesk({} as unknown as Resources);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  test('that is a key is refused without any digit of it', async () => {
    writeFileSync(file, 'e3a9c0de'.repeat(8));
    await expect(desk.importOperators(file)).rejects.toThrow(new NetworkFileError(`${file} is no JSON`));
  });

  test('is told every fault in plain words: what is missing, what is no number, and what is no member', async () => {
    const smsc = { id: 'smsc-1', url: 'smpp://smsc.test' };
    const operator = { id: 'north', name: 5, plmn: '00101', provisionningUrl: 'https://north.test', smsc: 'smsc-1' };
    writeFileSync(file, JSON.stringify({ smscs: [smsc], operators: [operator], agreement: [] }));
    const refused: unknown = await desk.importOperators(file).catch((cause: unknown) => cause);
    expect(String(refused).split('\n').slice(1)).toEqual([
      '✖ operators[0].name is not of the type string',
      '✖ operators[0].provisioningUrl is missing',
      '✖ operators[0] has provisionningUrl, which is no known member',
      '✖ agreements is missing',
      '✖ the file has agreement, which is no known member',
    ]);
  });

  test('that is not there is refused with the reason', async () => {
    await expect(desk.importOperators(join(folder, 'none.json'))).rejects.toThrow(/none\.json can't be read: .*ENOENT/);
  });
});
