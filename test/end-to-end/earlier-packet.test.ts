import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { gatherAdmissionFacts } from '../../services/admission/admission-facts.ts';
import { parseIccid, type Iccid } from '../../telecom/identifiers/iccid.ts';
import { eventually } from '../support/eventually.ts';
import { RecordedChange } from '../support/recorded-change.ts';
import { RunningSystem } from '../support/running-system.ts';

const HOUR_MILLISECONDS = 3_600_000;
const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * HOUR_MILLISECONDS);

describe('a card whose change was undone while its packet was on its way', () => {
  const system = new RunningSystem({ ATTACH_POLL_SECONDS: '1', ATTACH_DEADLINE_SECONDS: '60' });
  const { database } = system.resources;
  afterEach(async () => {
    await system.faults('smsc', {});
    await system.faults('operator-2', {});
  });
  afterAll(() => system.close());

  async function readableCard(): Promise<Iccid> {
    const { rows } = await sql<{ iccid: string }>`
      select iccid from cards where operator = 'operator-1' and profile = 'cpa-aes'
        and not exists (select from changes where changes.iccid = cards.iccid)
      order by position limit 1`.execute(database);
    return parseIccid(rows[0]?.iccid ?? '');
  }
  /** Has two persons undo the change of a card that has not answered, and one say that its admin code is right. */
  async function undone(iccid: Iccid): Promise<string> {
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingCard');
    await system.rollBackByTwo({ changeId, iccid }, 'it is in my hand');
    expect(await rejectedWith(iccid)).toBe('CARD_BLOCKED');
    await system.desk.unblockCard({ iccid, by: 'user:ann', reason: 'compared with the vendor’s file' });
    return changeId;
  }
  const rejectedWith = async (iccid: Iccid) => (await system.end(await system.start(iccid, 'operator-2'))).change.code;

  test('is not changed again before, and gets its service back when it takes the old packet', async () => {
    const iccid = await readableCard();
    await system.faults('smsc', { asleep: [iccid] });
    const changeId = await undone(iccid);
    expect(await rejectedWith(iccid)).toBe('EARLIER_PACKET_OPEN');
    await system.faults('smsc', {});
    await system.reaches(changeId, 'completed');
    expect(await system.device(iccid)).toMatchObject({ attached: true, network: '00102' });
  });

  test('is changed again as soon as it has answered a packet with a higher counter', async () => {
    const iccid = await readableCard();
    await system.faults('smsc', { loseMessages: 1 });
    await undone(iccid);
    await system.faults('smsc', {});
    expect(await rejectedWith(iccid)).toBe('EARLIER_PACKET_OPEN');
    const reading = await system.desk.reconcile({ iccid, ask: { askedBy: 'user:test', patienceSeconds: 20 } });
    expect(reading).toMatchObject({ held: (await system.device(iccid)).imsi, leftOut: [] });
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    expect(change).toMatchObject({ state: 'completed', code: null });
  });

  test('that takes it all the same has the next change cancelled while that has sent nothing', async () => {
    const iccid = await readableCard();
    await system.faults('smsc', { asleep: [iccid] });
    const first = await undone(iccid);
    // An SMSC that keeps messages for longer than it was told to.
    await sql`update packet_submissions set begun_at = ${hoursAgo(25)}, accepted_at = ${hoursAgo(25)}
      where change_id = ${first}::uuid`.execute(database);
    await system.faults('operator-2', { down: true });
    const second = await system.start(iccid, 'operator-2');
    await system.reaches(second, 'reserving');
    await system.faults('smsc', {});
    await eventually(async () => {
      const causes = (await system.desk.readTimeline(second)).map(({ cause }) => cause);
      expect(causes.join()).toContain(`took the subscription of change ${first}`);
    });
    await system.faults('operator-2', {});
    expect((await system.end(second)).change.state).toBe('cancelled');
  });

  describe('is held back', () => {
    let change: RecordedChange;
    let iccid: Iccid;
    beforeEach(async () => {
      iccid = await system.freshCard('operator-1');
      change = await RecordedChange.begin(database, iccid);
    });
    afterEach(async () => {
      await sql`delete from packets where iccid = ${iccid}`.execute(database);
    });

    /** The packet that writes the subscription, which was submitted so many hours ago, each time in one segment. */
    async function sent(...hours: readonly number[]): Promise<void> {
      const { changeId } = change.step;
      await sql`insert into packets (change_id, purpose, number, iccid, msisdn, cntr, state, sent_at)
        values (${changeId}::uuid, 'write', 1, ${iccid}, '49170', 1001, 'sent', ${hoursAgo(hours[0] ?? 0)})`.execute(
        database,
      );
      for (const [index, ago] of hours.entries())
        await sql`insert into packet_submissions (change_id, purpose, number, submission, message_ids, begun_at, accepted_at)
          values (${changeId}::uuid, 'write', 1, ${index + 1}, ${[`m${String(index + 1)}`]}, ${hoursAgo(ago)}, ${hoursAgo(ago)})`.execute(
          database,
        );
    }
    const packet = (set: string) =>
      sql`update packets set ${sql.raw(set)} where change_id = ${change.step.changeId}::uuid`.execute(database);
    const answered = ({
      purpose,
      cntr,
      status,
    }: {
      readonly purpose: string;
      readonly cntr: number;
      readonly status: string;
    }) =>
      sql`insert into packets (change_id, purpose, number, iccid, msisdn, cntr, state, por_status)
        values (${randomUUID()}::uuid, ${purpose}, 1, ${iccid}, '49170', ${cntr}, 'sent', ${status})`.execute(database);
    const open = async () =>
      (await gatherAdmissionFacts(database, { iccid, target: 'operator-2', changeId: null, sequence: null }))
        .openPacket;
    const until = async () => Math.round((Date.parse((await open())?.until ?? '') - Date.now()) / HOUR_MILLISECONDS);

    test('not where it was written again, and the SMSC has given up what it was sent, each in its own submission', async () => {
      const { changeId } = change.step;
      for (const [number, id] of ['a', 'b'].entries()) {
        await sql`insert into packets (change_id, purpose, number, iccid, msisdn, cntr, state, sent_at, receipts)
          values (${changeId}::uuid, 'rewrite', ${number + 1}, ${iccid}, '49170', ${2_000 + number}, 'sent', now(),
            ${JSON.stringify({ [id]: 'expired' })}::jsonb)`.execute(database);
        await sql`insert into packet_submissions (change_id, purpose, number, submission, message_ids, accepted_at)
          values (${changeId}::uuid, 'rewrite', ${number + 1}, 1, ${[id]}, now())`.execute(database);
      }
      await change.end();
      expect(await open()).toBeNull();
      await packet("receipts = '{}'");
      expect(await open()).toMatchObject({ changeId });
    });

    test('for a day after its last submission', async () => {
      await sent(30, 20);
      await change.end();
      expect(await open()).toMatchObject({ changeId: change.step.changeId, probed: false });
      expect(await until()).toBe(4);
    });

    test.each(['expired', 'undeliverable', 'rejected', 'deleted'])(
      'no longer by a submission of which a receipt says that it is %s, but by the one before',
      async (state) => {
        await sent(20, 1);
        await packet(`receipts = '{"m2": "${state}"}'`);
        await change.end();
        expect(await until()).toBe(4);
        await packet(`receipts = '{"m1": "${state}", "m2": "${state}"}'`);
        expect(await open()).toBeNull();
      },
    );

    test('no longer by a submission that its change knew to have failed', async () => {
      await sent(1);
      await sql`update packet_submissions set failed_at = now() where change_id = ${change.step.changeId}::uuid`.execute(
        database,
      );
      await change.end();
      expect(await open()).toBeNull();
    });

    test.each(['receipts = \'{"m1": "delivered"}\'', "por_status = 'integrityFailed'"])(
      'also when nothing more is known than that %s',
      async (set) => {
        await sent(1);
        await packet(set);
        await change.end();
        expect(await open()).not.toBeNull();
      },
    );

    test.each(["por_status = 'porOk', por_status_word = '63c2'", "por_status = 'cntrLow'", "state = 'stopped'"])(
      'not when the card can not take it any more: %s',
      async (set) => {
        await sent(1);
        await packet(set);
        await change.end();
        expect(await open()).toBeNull();
      },
    );

    test('not after a day, nor while its change has not ended', async () => {
      await sent(1);
      expect(await open()).toBeNull();
      await change.end();
      await sql`update packet_submissions set begun_at = ${hoursAgo(25)}, accepted_at = ${hoursAgo(25)}
        where change_id = ${change.step.changeId}::uuid`.execute(database);
      expect(await open()).toBeNull();
    });

    test.each([
      [{ purpose: 'check', cntr: 1_002, status: 'porOk' }, undefined],
      [{ purpose: 'write', cntr: 1_002, status: 'cntrLow' }, undefined],
      [{ purpose: 'check', cntr: 1_000, status: 'porOk' }, false],
      [{ purpose: 'check', cntr: 1_002, status: 'integrityFailed' }, false],
      [{ purpose: 'probe', cntr: 1_000, status: 'porOk' }, false],
      [{ purpose: 'probe', cntr: 1_002, status: 'porOk' }, true],
    ] as const)('behind another packet that was answered (%j), probed: %s', async (other, probed) => {
      await sent(1);
      await answered(other);
      await change.end();
      expect((await open())?.probed).toBe(probed);
    });
  });
});
