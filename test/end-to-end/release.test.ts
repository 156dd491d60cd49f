import { sql } from 'kysely';
import type { Disposal, ProvisioningClient } from '../../adapters/provisioning/provisioning-client.ts';
import { operatorActivities } from '../../activities/change/operator/index.ts';
import { parseIccid } from '../../telecom/identifiers/iccid.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { failure } from '../../workflows/shared/failures.ts';
import { RecordedChange } from '../support/recorded-change.ts';
import { RunningSystem } from '../support/running-system.ts';

const IMSI = parseImsi('001019999999998');
const ICCID = parseIccid('8999901000000999990');

describe('the release of the old subscription', () => {
  const system = new RunningSystem();
  const { database, vault } = system.resources;
  let change: RecordedChange;
  beforeEach(async () => {
    change = await RecordedChange.begin(database, ICCID);
    await sql`
      insert into reservations (change_id, operator, iccid, state)
      values (${change.step.changeId}::uuid, 'operator-2', ${ICCID}, 'active')`.execute(database);
  });
  afterEach(() => change.end());
  afterAll(() => system.close());

  const release = (bar: () => Promise<Disposal>, remove: () => Promise<Disposal>) => {
    const gateway = { bar, remove } as unknown as ProvisioningClient;
    return operatorActivities({ operator: 'operator-1', gateway, database, vault }).releaseSubscriber({
      ...change.step,
      imsi: IMSI,
    });
  };
  const done = () => Promise.resolve('done' as const);
  const unknown = () => Promise.resolve('unknown' as const);
  const away = () => Promise.reject(failure('HLR_UNREACHABLE', 'no answer'));
  const state = async () => (await system.desk.findChange(change.step.changeId))?.state;

  test('is complete once the subscriber was barred and deleted', async () => {
    await release(done, done);
    expect(await state()).toBe('completed');
  });

  test('is not believed when the HLR never knew the subscriber: it was emptied, or is the wrong one', async () => {
    for (const attempt of [1, 2])
      await expect(release(unknown, done)).rejects.toMatchObject({
        type: 'SUBSCRIBER_MISSING',
        nonRetryable: true,
        message: expect.stringContaining(attempt === 1 ? IMSI : ICCID) as string,
      });
    expect(await state()).toBe('requested');
  });

  test('is not believed either when only a bar was tried before, since that deletes nobody', async () => {
    await expect(release(away, done)).rejects.toMatchObject({ type: 'HLR_UNREACHABLE' });
    await expect(release(unknown, done)).rejects.toMatchObject({ type: 'SUBSCRIBER_MISSING' });
  });

  test('is complete when nobody is there after a deletion whose answer was lost', async () => {
    await expect(release(done, away)).rejects.toMatchObject({ type: 'HLR_UNREACHABLE' });
    await release(unknown, unknown);
    expect(await state()).toBe('completed');
  });

  test('is complete when the subscriber that was barred is gone before it is deleted', async () => {
    await release(done, unknown);
    expect(await state()).toBe('completed');
  });

  test('stays pending when the HLR of the old operator has lost the subscriber, and says so', async () => {
    const patient = new RunningSystem({ ATTACH_POLL_SECONDS: '4' });
    try {
      const iccid = await patient.freshCard('operator-1');
      await patient.faults('operator-2', { holdEvents: true });
      const changeId = await patient.start(iccid, 'operator-2');
      await patient.attachedAt(iccid, '00102');
      await patient.loseSubscriber('operator-1', (await patient.desk.findCard(iccid))?.imsi ?? '');
      const { change: moved } = await patient.end(changeId);
      expect(moved).toMatchObject({ state: 'completedReleasePending', code: 'SUBSCRIBER_MISSING' });
      expect(await patient.desk.findCard(iccid)).toMatchObject({ operator: 'operator-2', imsi: moved.targetImsi });
    } finally {
      await patient.faults('operator-2', {});
      await patient.close();
    }
  });
});
