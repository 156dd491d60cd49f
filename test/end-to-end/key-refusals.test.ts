import { sql } from 'kysely';
import { CountedAlarm } from '../../services/alarms/counted-alarm.ts';
import { noteKeyRefusal } from '../../services/deliveries/key-refusals.ts';
import { writeOf } from '../../services/packets/packet-store.ts';
import { parseIccid, type Iccid } from '../../telecom/identifiers/iccid.ts';
import { Secret } from '../../telecom/secret.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';

describe('a card whose keys are not those of its row', () => {
  const system = new RunningSystem({ ATTACH_POLL_SECONDS: '60', ATTACH_DEADLINE_SECONDS: '600' });
  const { database, vault } = system.resources;
  let iccid: Iccid;
  let changeId: string;
  afterAll(() => system.close());

  beforeAll(async () => {
    const { rows } = await sql<{ iccid: string }>`
      select iccid from cards where operator = 'operator-1' and profile = 'cpa-aes'
        and not exists (select from changes where changes.iccid = cards.iccid)
      order by position limit 1`.execute(database);
    iccid = parseIccid(rows[0]?.iccid ?? '');
    const other = Secret.of<Uint8Array>(Buffer.alloc(16, 9));
    const sealed = await vault.seal(other, { table: 'cards', column: 'sealed_kid', row: iccid });
    await sql`update cards set sealed_kid = ${sealed} where iccid = ${iccid}`.execute(database);
    changeId = await system.start(iccid, 'operator-2');
  });

  const keyRefusal = async () => (await system.desk.findChange(changeId))?.keyRefusal;
  const answered = (status: string | null) =>
    sql`update packets set por_status = ${status} where change_id = ${changeId}::uuid`.execute(database);

  test('says so in an answer that nobody can verify: its change shows that, and decides nothing by it', async () => {
    await eventually(async () => {
      expect(await keyRefusal()).toMatchObject({ status: 'integrityFailed', verified: false });
    });
    await system.reaches(changeId, 'awaitingCard');
    expect(await system.desk.findChange(changeId)).toMatchObject({ state: 'awaitingCard', code: null });
    expect(await system.device(iccid)).toMatchObject({ attached: true, network: '00101' });
  });

  test('is called for once for each packet, and not when it has answered that otherwise with its own checksum', async () => {
    const called: string[] = [];
    const call = (_count: number, last: string) => called.push(last);
    const alarm = new CountedAlarm({ restMilliseconds: 0, call, later: (action) => setImmediate(action) });
    const refuses = (status: 'integrityFailed' | 'securityError' = 'integrityFailed') =>
      noteKeyRefusal({ database, alarm }, { ...writeOf(changeId), iccid }, status);
    const forget = () =>
      sql`update packets set key_refusal = null, key_refused_at = null where change_id = ${changeId}::uuid`.execute(
        database,
      );
    await refuses();
    expect(called).toEqual([]);
    await forget();
    await refuses();
    await refuses('securityError');
    expect(called).toEqual([iccid]);

    for (const status of ['porOk', 'cntrLow', 'cipheringError']) {
      await forget();
      await answered(status);
      await refuses();
      await refuses('securityError');
    }
    expect([called.length, await keyRefusal()]).toEqual([1, null]);
    await answered('securityError');
    await refuses('securityError');
    expect(called).toHaveLength(2);
    await forget();
    await answered('integrityFailed');
    await refuses();
    expect(called).toHaveLength(3);
  });

  test('is not called for, and not shown, of a card that its change has moved: that has read the packet', async () => {
    const called: string[] = [];
    const alarm = new CountedAlarm({ restMilliseconds: 0, call: (_count, last) => called.push(last) });
    const movedBy = (change: string | null) =>
      sql`update cards set moved_by = ${change}::uuid where iccid = ${iccid}`.execute(database);
    await movedBy(changeId);
    expect(await keyRefusal()).toBeNull();
    await sql`update packets set key_refusal = null where change_id = ${changeId}::uuid`.execute(database);
    await answered(null);
    await noteKeyRefusal({ database, alarm }, { ...writeOf(changeId), iccid }, 'securityError');
    await movedBy(null);
    expect([called, await keyRefusal()]).toEqual([[], null]);
    await answered('integrityFailed');
    await noteKeyRefusal({ database, alarm }, { ...writeOf(changeId), iccid }, 'integrityFailed');
    expect(called).toEqual([iccid]);
  });

  test('is shown as verified when the answer had the card’s own checksum, and not at all once it has read the packet', async () => {
    expect(await keyRefusal()).toMatchObject({ status: 'integrityFailed', verified: true });
    await answered('porOk');
    expect(await keyRefusal()).toBeNull();
    await answered(null);
    expect(await keyRefusal()).toMatchObject({ verified: false });
    const change = await system.desk.findChange(changeId);
    if (change === undefined) throw new Error(`change ${changeId} is not known`);
    await system.rollBackByTwo(change, 'the keys of the row are not those of the card');
  });
});
