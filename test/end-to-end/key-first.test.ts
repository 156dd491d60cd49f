import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';
import { startTestSystem, type TestSystem } from '../support/test-system.ts';

/** The cards of this name are written key first here: a power cut between the two leaves the old IMSI with the new key. */
const KEY_FIRST = {
  'rfm-aes': {
    ...{ format: 'rfm', tar: 'b00011', spi: '1619', algorithm: 'aes', commands: 'compact' },
    files: ['usimAuthKey', 'imsi', 'ad', 'loci'],
  },
};

describe('a card that is written key first', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rehome-key-first-'));
  let started: TestSystem;
  let system: RunningSystem;

  beforeAll(async () => {
    const file = join(folder, 'profiles.json');
    writeFileSync(file, JSON.stringify(KEY_FIRST));
    started = await startTestSystem({ CARD_PROFILES_FILE: file, ATTACH_POLL_SECONDS: '1' });
    system = new RunningSystem({}, started);
  });
  afterAll(async () => {
    await system.close();
    await started.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const last = async (changeId: string) => (await system.desk.readTimeline(changeId)).at(-1);

  test('a card that was torn between key and IMSI is told from a silent one by the HLR of the source, and written again over that network once it takes the new key', async () => {
    const { database } = system.resources;
    const { iccid, imsi } = await system.freshCardWith('rfm-aes');
    await system.faults('smsc', { powerCutAfterWrites: { [iccid]: 1 } });
    const changeId = await system.start(iccid, 'operator-2');
    await eventually(async () => expect(await system.effects('smsc', { iccid })).toContain('powerCut'));
    expect(await system.device(iccid)).toMatchObject({ imsi });
    // A failure within the five minutes by which clocks may differ could be one from before the packet left.
    await sql`update packets set sent_at = sent_at - interval '10 minutes' where change_id = ${changeId}::uuid`.execute(
      database,
    );
    await eventually(async () => {
      expect(await last(changeId)).toMatchObject({ state: 'torn', code: 'CARD_TORN' });
    });
    expect((await last(changeId))?.cause).toContain('the new key with the old IMSI');
    expect(await system.effects('operator-1', { imsi })).toContain('authenticationFailed');

    await system.setKeys('operator-1', imsi, await system.reserved(changeId));
    await system.attachedAt(iccid, '00101');
    await system.reaches(changeId, 'completed');
    await system.attachedAt(iccid, '00102');
    const causes = (await system.desk.readTimeline(changeId)).map(({ cause }) => cause).join('\n');
    expect(causes).toContain('the source has seen a card authenticate with the old IMSI since');
    expect(causes).toContain('written to the torn card again, over the network of the source');
  });
});
