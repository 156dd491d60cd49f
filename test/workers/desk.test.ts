import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NetworkFileError, openDesk } from '../../workers/desk.ts';
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

  test('that is not there is refused with the reason', async () => {
    await expect(desk.importOperators(join(folder, 'none.json'))).rejects.toThrow(/none\.json can't be read: .*ENOENT/);
  });
});
