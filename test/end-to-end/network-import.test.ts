import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { RunningSystem } from '../support/running-system.ts';

const SMSC = { id: 'smsc-test', url: 'smpp://smsc.example:2775' };
const OPERATOR = {
  ...{ id: 'network-test', name: 'A network', plmn: '00199', smsc: SMSC.id },
  provisioningUrl: 'https://gateway.example',
};
const AGREEMENT = { source: OPERATOR.id, target: 'operator-1', consent: 'none' };

describe('an import of operators', () => {
  const system = new RunningSystem();
  const folder = mkdtempSync(join(tmpdir(), 'rehome-network-'));
  const file = join(folder, 'network.json');

  const importing = (network: object) => {
    writeFileSync(file, JSON.stringify({ smscs: [], operators: [], agreements: [], ...network }));
    return system.desk.importOperators(file);
  };
  const all = (what: 'added' | 'updated' | 'unchanged', id: string) => ({
    ...{ added: [], updated: [], unchanged: [] },
    [what]: [id],
  });

  afterAll(async () => {
    const { database } = system.resources;
    await sql`delete from agreements where source = ${OPERATOR.id}`.execute(database);
    await sql`delete from operators where id = ${OPERATOR.id}`.execute(database);
    await sql`delete from smscs where id = ${SMSC.id}`.execute(database);
    await system.close();
    rmSync(folder, { recursive: true });
  });

  test('tells what is new, what it changed, and what was so before', async () => {
    const network = { smscs: [SMSC], operators: [OPERATOR], agreements: [AGREEMENT] };
    const outcome = (what: 'added' | 'updated' | 'unchanged') => ({
      smscs: all(what, SMSC.id),
      operators: all(what, OPERATOR.id),
      agreements: all(what, `${OPERATOR.id} to operator-1`),
    });
    expect(await importing(network)).toEqual(outcome('added'));
    expect(await importing(network)).toEqual(outcome('unchanged'));
    expect(
      await importing({
        smscs: [{ ...SMSC, url: 'smpp://smsc.example:2776' }],
        operators: [{ ...OPERATOR, name: 'Another name' }],
        agreements: [{ ...AGREEMENT, consent: 'ask' }],
      }),
    ).toEqual(outcome('updated'));
    const telling = { smscs: [{ ...SMSC, setDpf: true }] };
    expect((await importing(telling)).smscs).toEqual(all('updated', SMSC.id));
    expect((await importing(telling)).smscs).toEqual(all('unchanged', SMSC.id));
  });

  test('makes an agreement what its entry says, and keeps nothing that it no longer says', async () => {
    const terms = { minimumStayDays: 30, cardProfiles: ['cpa-aes'], overlapHours: 1.5, releaseDays: 14 };
    const agreement = (given: object) => importing({ agreements: [{ ...AGREEMENT, ...given }] });
    const registered = async () =>
      (
        await sql`
          select consent, device_requests, minimum_stay_days, card_profiles, overlap_hours, release_days
          from agreements where source = ${OPERATOR.id}`.execute(system.resources.database)
      ).rows;
    await agreement({ ...terms, consent: 'askForDeviceRequests', deviceRequests: 'allowed' });
    expect(await registered()).toEqual([
      {
        ...{ consent: 'askForDeviceRequests', device_requests: 'allowed' },
        ...{ minimum_stay_days: 30, card_profiles: ['cpa-aes'], overlap_hours: 1.5, release_days: 14 },
      },
    ]);
    await agreement({ ...terms, cardProfiles: ['cpa-aes', 'rfm-aes'] });
    expect(await registered()).toMatchObject([{ card_profiles: ['cpa-aes', 'rfm-aes'] }]);
    await agreement({});
    expect(await registered()).toEqual([
      {
        ...{ consent: 'none', device_requests: 'refused' },
        ...{ minimum_stay_days: null, card_profiles: null, overlap_hours: null, release_days: null },
      },
    ]);
  });

  test('registers nothing of a file that names an SMSC which is not registered', async () => {
    const wrong = { operators: [{ ...OPERATOR, id: 'network-lost', smsc: 'smsc-lost' }] };
    await expect(importing(wrong)).rejects.toMatchObject({ name: 'NetworkFileError' });
  });
});
