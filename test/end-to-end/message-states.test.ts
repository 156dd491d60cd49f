import { sql } from 'kysely';
import type { AskedSmsc } from '../../services/packets/ask-states.ts';
import { cardProfiles } from '../../services/packets/card-profiles.ts';
import type { Submitter } from '../../activities/change/ota/submit-packet.ts';
import { resendOverTheAir } from '../../activities/change/ota/resend-over-the-air.ts';
import { stateRecorded } from '../../services/timeline/record-state.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import type { MessageState } from '../../telecom/smpp/delivery-receipt.ts';
import { failure } from '../../workflows/shared/failures.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';

/** Far behind the numbers that the workflow of a change uses meanwhile. */
const SEQUENCE = 500;

describe('an SMSC that is asked before a packet goes out again', () => {
  /** The device shows itself by nothing: a copy is due at half of the time. */
  const system = new RunningSystem({ ATTACH_POLL_SECONDS: '3', ATTACH_DEADLINE_SECONDS: '6' });
  const { database, vault } = system.resources;
  afterEach(() => system.faults('smsc', {}));
  afterAll(() => system.close());

  const packet = async (changeId: string) =>
    (
      await sql<{ submissions: number; states: string[] }>`
        select submissions, (select array_agg(value order by value) from jsonb_each_text(receipts)) as states
        from packets where change_id = ${changeId}::uuid and purpose = 'write'`.execute(database)
    ).rows[0];

  const causes = async (changeId: string): Promise<string> =>
    (await system.desk.readTimeline(changeId)).map(({ cause }) => cause).join('\n');

  test('has no copy of a packet that it still has: the card takes the first one when it wakes', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { asleep: [iccid] });
    const changeId = await system.start(iccid, 'operator-2');
    await eventually(async () => {
      expect(await causes(changeId)).toContain('the SMSC says that the packet is still on its way');
    });
    await system.faults('smsc', {});
    await system.reaches(changeId, 'completed');
    expect(await packet(changeId)).toMatchObject({ submissions: 1 });
  });

  test('says that it has given the packet up where the receipt was lost: that is noted, and the packet goes out again', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { asleep: [iccid], validitySeconds: 1, loseReceipts: 1 });
    const changeId = await system.start(iccid, 'operator-2');
    await eventually(async () => {
      expect(await packet(changeId)).toMatchObject({ submissions: 2, states: ['expired'] });
    });
    await system.faults('smsc', {});
    await system.reaches(changeId, 'completed');
  });

  test.each(['refused', 'unanswered'] as const)('is sent the copy at once when the question is %s', async (querySm) => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { asleep: [iccid], querySm });
    const changeId = await system.start(iccid, 'operator-2');
    await eventually(async () => {
      expect(await packet(changeId)).toMatchObject({ submissions: 2 });
    });
    await system.faults('smsc', {});
    await system.reaches(changeId, 'completed');
  });

  describe('by one step', () => {
    let changeId: string;
    let iccid: Iccid;
    let asked: string[];
    let noted: string[];
    let submitted: number;

    beforeEach(async () => {
      iccid = await system.freshCard('operator-1');
      await system.faults('smsc', { asleep: [iccid] });
      changeId = await system.start(iccid, 'operator-2');
      await system.reaches(changeId, 'awaitingCard');
      await system.terminate(iccid);
      asked = [];
      noted = [];
      submitted = 0;
    });
    // What these tests leave open would block the card for the tests that come after them.
    afterEach(() =>
      sql`select ${stateRecorded(
        { changeId, sequence: SEQUENCE + 99 },
        { state: 'rolledBack', cause: 'the test is over', actor: 'test' },
      )}`.execute(database),
    );

    const TAKEN: Submitter['submit'] = () => {
      submitted += 1;
      return Promise.resolve(`M-${String(submitted)}`);
    };
    const asking = (state: MessageState | undefined): AskedSmsc => ({
      stateOf: (messageId) => {
        asked.push(messageId);
        return Promise.resolve(state);
      },
      note: (said) => {
        noted.push(`${said.messageId} ${said.state}, ${String(submitted)} submitted`);
        return Promise.resolve();
      },
    });
    const resend = (sequence: number, state?: MessageState, submit = TAKEN) =>
      resendOverTheAir({
        ...{ database, vault, profiles: cardProfiles(), sourceAddress: '900', asked: asking(state) },
        session: { requireBind: () => undefined, submit },
      })({ changeId, iccid, sequence });

    test('is asked for the message that it took last, each time, and handed nothing while it has that', async () => {
      expect(await resend(SEQUENCE, 'enroute')).toBe('stillOnItsWay');
      expect(await resend(SEQUENCE)).toBeUndefined();
      expect(await resend(SEQUENCE + 1, 'unknown')).toBeUndefined();
      expect(asked.slice(1)).toEqual([asked[0], 'M-1']);
      expect([submitted, noted]).toEqual([2, []]);
    });

    test('is handed a copy of what it calls accepted, which says nothing of the card', async () => {
      expect(await resend(SEQUENCE, 'accepted')).toBeUndefined();
      expect([submitted, noted]).toEqual([1, []]);
    });

    test.each(['delivered', 'expired'] as const)(
      'says %s: it is noted behind the submission that follows',
      async (state) => {
        expect(await resend(SEQUENCE, state)).toBeUndefined();
        expect(noted).toEqual([`${String(asked[0])} ${state}, 1 submitted`]);
      },
    );

    test('is not asked again by an attempt after one that has begun to hand over', async () => {
      const lost: Submitter['submit'] = () => Promise.reject(failure('SMSC_UNREACHABLE', 'no answer'));
      await expect(resend(SEQUENCE, 'unknown', lost)).rejects.toThrow('no answer');
      expect(await resend(SEQUENCE, 'enroute')).toBeUndefined();
      expect([asked.length, submitted]).toEqual([1, 1]);
    });

    test('is not believed to have a message for longer than it keeps one', async () => {
      await sql`
        update packet_submissions set accepted_at = accepted_at - interval '25 hours'
        where change_id = ${changeId}::uuid`.execute(database);
      expect(await resend(SEQUENCE, 'enroute')).toBeUndefined();
      expect([asked.length, submitted]).toEqual([0, 1]);
    });
  });
});
