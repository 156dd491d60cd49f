import { sql } from 'kysely';
import type { ProvisioningClient } from '../../adapters/provisioning/provisioning-client.ts';
import { operatorActivities } from '../../activities/change/operator/index.ts';
import { parseIccid } from '../../telecom/identifiers/iccid.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { failure } from '../../workflows/shared/failures.ts';
import { eventually } from '../support/eventually.ts';
import { RecordedChange } from '../support/recorded-change.ts';
import { RunningSystem } from '../support/running-system.ts';

const OLD_IMSI = parseImsi('001019999999997');
const ICCID = parseIccid('8999901000000999990');
const IMEI = '001010010000014';
const ATTACHED_AT = '2026-01-31T10:00:00.000Z';
const BEFORE = '2026-01-30T10:00:00.000Z';

describe('the evidence of a change', () => {
  const system = new RunningSystem();
  const { database, vault } = system.resources;
  afterAll(() => system.close());

  test('of a card that moved has every rung, its packet with all that was said of it, and the place of every event', async () => {
    const iccid = await system.freshCard('operator-1');
    const before = await system.desk.findCard(iccid);
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    const after = await system.desk.findCard(iccid);
    await eventually(async () => {
      const { timeline } = await system.desk.readEvidence(change.changeId);
      expect(timeline.filter(({ event }) => event === null)).toEqual([]);
    });
    const pack = await system.desk.readEvidence(change.changeId);

    expect(pack).toMatchObject({
      version: 1,
      change: { changeId: change.changeId, iccid, state: 'completed', ended: true, code: null },
      source: { operator: 'operator-1', plmn: '00101', imsi: before?.imsi, msisdn: before?.msisdn },
      target: { operator: 'operator-2', plmn: '00102', imsi: after?.imsi, msisdn: after?.msisdn },
      consent: { decision: 'notAsked' },
    });
    const { imei } = pack.attach ?? {};
    expect(imei).toMatch(/^\d{15}$/);
    expect(pack.ladder).toEqual({
      proofOfReceipt: expect.any(String) as string,
      authenticationSeen: pack.attach?.authenticatedAt,
      locationUpdate: pack.attach?.registeredAt,
      sameDevice: true,
    });
    const [packet, ...others] = pack.packets;
    expect(others).toEqual([]);
    expect(packet).toMatchObject({ purpose: 'write', state: 'sent', cntr: after?.cntr });
    expect(packet?.proofOfReceipt).toMatchObject({ status: 'porOk', at: pack.ladder.proofOfReceipt });
    const [submission] = packet?.submissions ?? [];
    expect(submission?.messageIds).toHaveLength(1);
    expect(submission?.acceptedAt).not.toBeNull();
    expect(pack.releaseRequests).toEqual([
      expect.objectContaining({ ...{ code: null, times: 1, imei }, answer: change.detail }),
    ]);
    expect(change.detail).toContain(`in the same device as before, IMEI ${String(imei)}`);
    const { timeline } = pack;
    expect(timeline.map(({ state }) => state)).toEqual(
      (await system.desk.readTimeline(change.changeId)).map(({ state }) => state),
    );
    expect(new Set(timeline.map(({ event }) => event?.partition)).size).toBe(1);
    const offsets = timeline.map(({ event }) => event?.offset ?? -1);
    expect(offsets).toEqual(offsets.toSorted((one, other) => one - other));
    expect(await system.desk.readEvidence(change.changeId)).toEqual(pack);
  });

  test('of a card whose source was asked for consent says when it was, and when it was granted', async () => {
    const { rows } = await sql<{ iccid: string }>`
      select iccid from cards where operator = 'operator-2'
        and not exists (select from changes where changes.iccid = cards.iccid and not ended) order by position limit 1`.execute(
      database,
    );
    const { change } = await system.end(await system.start(parseIccid(rows[0]?.iccid ?? ''), 'operator-1'));
    const { consent, timeline } = await system.desk.readEvidence(change.changeId);
    expect(consent).toEqual({
      decision: 'granted',
      askedAt: timeline.find(({ state }) => state === 'awaitingConsent')?.at,
      decidedAt: timeline.find(({ state }) => state === 'reserving')?.at,
    });
  });

  describe('that is to be released', () => {
    let change: RecordedChange;
    beforeEach(async () => {
      change = await RecordedChange.begin(database, ICCID);
      await sql`
        insert into reservations (change_id, operator, iccid, state)
        values (${change.step.changeId}::uuid, 'operator-2', ${ICCID}, 'active')`.execute(database);
    });
    afterEach(() => change.end());

    /** Asks the source, which bars as given, to let go; the failure is what it says. */
    const ask = (step: 'releaseSubscriber' | 'insistOnRelease', bar: () => Promise<unknown>, imei = IMEI) => {
      const gateway = {
        findSubscriber: () => Promise.resolve({ locationUpdate: { at: BEFORE, imei } }),
        ...{ bar, remove: () => Promise.resolve('done') },
      } as unknown as ProvisioningClient;
      const activities = operatorActivities({ operator: 'operator-1', gateway, database, vault });
      return activities[step]({ ...change.step, imsi: OLD_IMSI, attachedAt: ATTACHED_AT, imei: IMEI }).catch(
        (cause: unknown) => cause,
      );
    };
    const refusing = (code: 'RELEASE_REFUSED' | 'HLR_UNREACHABLE') => () => Promise.reject(failure(code, code));
    const requests = async () => (await system.desk.readEvidence(change.step.changeId)).releaseRequests;

    test('has each answer of the source in its order, and those in a row that are the same as one', async () => {
      const asked = new Date();
      for (const code of ['HLR_UNREACHABLE', 'HLR_UNREACHABLE', 'RELEASE_REFUSED'] as const)
        await ask('releaseSubscriber', refusing(code));
      for (const code of ['RELEASE_REFUSED', 'HLR_UNREACHABLE'] as const) await ask('insistOnRelease', refusing(code));
      await ask('insistOnRelease', () => Promise.resolve('done'));
      const told = await requests();
      expect(told.map(({ code, times }) => [code, times])).toEqual([
        ['HLR_UNREACHABLE', 2],
        ['RELEASE_REFUSED', 2],
        ['HLR_UNREACHABLE', 1],
        [null, 1],
      ]);
      for (const { askedAt, lastAskedAt, times, registeredAt, imei } of told) {
        expect({ registeredAt, imei }).toEqual({ registeredAt: BEFORE, imei: IMEI });
        expect(Date.parse(askedAt)).toBeGreaterThanOrEqual(asked.getTime());
        expect(Date.parse(lastAskedAt)).toBeGreaterThanOrEqual(Date.parse(askedAt));
        expect(times === 1 && lastAskedAt !== askedAt).toBe(false);
      }
    });

    test('keeps which device the card was in after the source has deleted the old subscriber', async () => {
      expect(await ask('releaseSubscriber', () => Promise.resolve('done'))).toBeUndefined();
      // As when the answer to the first one was lost: by now the IMSI may be somebody else's, in another device.
      expect(await ask('releaseSubscriber', () => Promise.resolve('unknown'), '001010010000022')).toBeUndefined();
      expect(await requests()).toMatchObject([{ times: 2, code: null, imei: IMEI }]);
      const [recorded] = (await system.desk.readEvidence(change.step.changeId)).timeline.slice(-1);
      expect(recorded?.cause).toContain(`in the same device as before, IMEI ${IMEI}`);
    });
  });
});
