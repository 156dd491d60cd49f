import { sql } from 'kysely';
import { request } from 'undici';
import { openSegments } from '../../services/packets/build-packet.ts';
import { cardProfiles } from '../../services/packets/card-profiles.ts';
import type { Submitter } from '../../activities/change/ota/submit-packet.ts';
import { findPacket } from '../../services/packets/packet-store.ts';
import { resendOverTheAir } from '../../activities/change/ota/resend-over-the-air.ts';
import { stateRecorded } from '../../services/timeline/record-state.ts';
import { parseIccid, type Iccid } from '../../telecom/identifiers/iccid.ts';
import { failure } from '../../workflows/shared/failures.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';

/** Far behind the numbers that the workflow of a change uses meanwhile. */
const SEQUENCE = 500;

describe('a packet of several segments, of which one was given up and the others were delivered', () => {
  /** The device shows itself by nothing: the next submission is due at half of the time. */
  const patient = new RunningSystem({ ATTACH_POLL_SECONDS: '60', ATTACH_DEADLINE_SECONDS: '10' });
  const system = new RunningSystem({ ATTACH_POLL_SECONDS: '1', ATTACH_DEADLINE_SECONDS: '60' });
  const { database, vault } = system.resources;
  afterEach(() => system.faults('smsc', {}));
  afterAll(async () => {
    await patient.close();
    await system.close();
  });

  async function cardOfSegments(): Promise<Iccid> {
    const { rows } = await sql<{ iccid: string }>`
      select iccid from cards where operator = 'operator-1' and profile = 'rfm-aes-expanded'
        and not exists (select from changes where changes.iccid = cards.iccid)
      order by position limit 1`.execute(database);
    return parseIccid(rows[0]?.iccid ?? '');
  }

  const submissions = async (changeId: string) =>
    (
      await sql<{ segments: number[] | null; messages: number; accepted: boolean; failed: boolean }>`
        select segments, cardinality(message_ids) as messages, accepted_at is not null as accepted, failed_at is not null as failed
        from packet_submissions where change_id = ${changeId}::uuid and purpose = 'write' order by submission`.execute(
        database,
      )
    ).rows;

  /** A change whose second segment the SMSC has given up, which its workflow has been told. */
  async function withoutItsSecondSegment(network: RunningSystem, iccid: Iccid): Promise<string> {
    await network.faults('smsc', { expireParts: [2] });
    const changeId = await network.start(iccid, 'operator-2');
    await eventually(async () => {
      expect(await submissions(changeId)).toEqual([{ segments: null, messages: 3, accepted: true, failed: true }]);
    });
    await network.faults('smsc', {});
    return changeId;
  }

  async function switchOffAndOn(iccid: Iccid): Promise<void> {
    const port = String(system.config.settings.SIMULATOR_SMSC_CONTROL_PORT);
    const url = `http://127.0.0.1:${port}/simulator/devices/${iccid}/power-cycle`;
    expect((await request(url, { method: 'POST' })).statusCode).toBe(200);
  }

  test('is completed by a card that gets the missing segment alone', async () => {
    const iccid = await cardOfSegments();
    const changeId = await withoutItsSecondSegment(patient, iccid);
    const { change, timeline } = await patient.end(changeId);
    expect(change.state).toBe('completed');
    expect(timeline.map(({ cause }) => cause).join('\n')).toContain('only what is missing of the same packet was sent');
    expect(await submissions(changeId)).toEqual([
      { segments: null, messages: 3, accepted: true, failed: true },
      { segments: [2], messages: 1, accepted: true, failed: false },
    ]);
    expect(await patient.device(iccid)).toMatchObject({ attached: true, network: '00102' });
  });

  test('goes out whole after the missing segment, to a card that was switched off meanwhile and has lost the others', async () => {
    const iccid = await cardOfSegments();
    const changeId = await withoutItsSecondSegment(system, iccid);
    await switchOffAndOn(iccid);
    const { change, timeline } = await system.end(changeId);
    expect(change.state).toBe('completed');
    expect(timeline.map(({ cause }) => cause).join('\n')).toContain('had been sent alone, and nothing was heard of it');
    expect(await submissions(changeId)).toEqual([
      { segments: null, messages: 3, accepted: true, failed: true },
      { segments: [2], messages: 1, accepted: true, failed: false },
      { segments: null, messages: 3, accepted: true, failed: false },
    ]);
  });

  describe('submitted again by one step', () => {
    let changeId: string;
    let iccid: Iccid;
    let submitted: string[];
    let segments: readonly string[];

    beforeEach(async () => {
      iccid = await cardOfSegments();
      changeId = await withoutItsSecondSegment(system, iccid);
      await system.terminate(iccid);
      const id = { changeId, purpose: 'write', number: 1 } as const;
      const sealed = (await findPacket(database, id))?.sealed_segments ?? Buffer.alloc(0);
      segments = (await openSegments(id, sealed, vault)).reveal();
      submitted = [];
    });
    // What these tests leave open would block the card for the tests that come after them.
    afterEach(() =>
      sql`select ${stateRecorded(
        { changeId, sequence: SEQUENCE + 99 },
        { state: 'rolledBack', cause: 'the test is over', actor: 'test' },
      )}`.execute(database),
    );

    const taken = (userData: string): string => {
      submitted.push(userData);
      return `M-${String(submitted.length)}`;
    };
    const resend = (sequence: number, take: (userData: string) => string) => {
      const submit: Submitter['submit'] = ({ userData }) => Promise.resolve(userData).then(take);
      return resendOverTheAir({
        ...{ database, vault, profiles: cardProfiles(), sourceAddress: '900' },
        session: { requireBind: () => undefined, submit },
      })({ changeId, iccid, sequence });
    };

    test('goes out as the missing segment alone, with the octets that it had, and whole the next time', async () => {
      expect(segments).toHaveLength(3);
      expect(await resend(SEQUENCE + 1, taken)).toBe('part');
      expect(submitted).toEqual([segments[1]]);
      expect(await resend(SEQUENCE + 1, taken)).toBe('part');
      expect(submitted).toHaveLength(1);
      expect(await resend(SEQUENCE + 2, taken)).toBeUndefined();
      expect(submitted.slice(1)).toEqual(segments);
    });

    test('is the same segment again in the attempt after one that failed, whatever was heard since', async () => {
      const lost = () => {
        throw failure('SMSC_UNREACHABLE', 'no answer');
      };
      await expect(resend(SEQUENCE + 1, lost)).rejects.toThrow('no answer');
      await sql`update packets set receipts = '{}' where change_id = ${changeId}::uuid and purpose = 'write'`.execute(
        database,
      );
      expect(await resend(SEQUENCE + 1, taken)).toBe('part');
      expect(submitted).toEqual([segments[1]]);
      expect((await submissions(changeId)).map((one) => one.segments)).toEqual([null, [2], [2]]);
    });
  });
});
