import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { ProvisioningClient } from '../../adapters/provisioning/provisioning-client.ts';
import { operatorActivities } from '../../activities/change/operator/index.ts';
import { preparePacket } from '../../services/packets/packet-store.ts';
import { cardProfiles } from '../../services/packets/card-profiles.ts';
import type { Submitter } from '../../activities/change/ota/submit-packet.ts';
import { sendOverTheAir } from '../../activities/change/ota/send-over-the-air.ts';
import { stopSending } from '../../activities/change/ota/stop-sending.ts';
import { stateRecorded } from '../../services/timeline/record-state.ts';
import { readKeyFile } from '../../adapters/vault/key-file.ts';
import { sealCredentials } from '../../gateway/sealed-credentials.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { parseImsi, type Imsi } from '../../telecom/identifiers/imsi.ts';
import { Secret } from '../../telecom/secret.ts';
import { failure } from '../../workflows/shared/failures.ts';
import type { Step } from '../../workflows/change/ports.ts';
import { demoSessionKey } from '../../workers/demo-network.ts';
import type { ChangeState } from '../../workflows/shared/states.ts';
import { RunningSystem } from '../support/running-system.ts';

const KEY = Secret.of<Uint8Array>(Buffer.alloc(16, 7));

describe('activities of one change that overtake each other', () => {
  const system = new RunningSystem();
  const { database, vault } = system.resources;
  let iccid: Iccid;
  let step: Step;
  let imsi: Imsi;
  afterAll(() => system.close());

  beforeEach(async () => {
    iccid = await system.freshCard('operator-1');
    step = { changeId: randomUUID(), iccid, sequence: 1 };
    imsi = parseImsi(`00102${String(Date.now()).slice(-10)}`);
    await record(1, 'requested', { iccid, target: 'operator-2', requestedBy: 'user:test', requestId: step.changeId });
    step = { ...step, sequence: 2 };
  });
  // What these tests leave open would block the card for the tests that come after them.
  afterEach(() => record(99, 'rolledBack', { ended: true }));

  async function record(sequence: number, state: ChangeState, data = {}): Promise<void> {
    await sql`select ${stateRecorded({ ...step, sequence }, { state, cause: 'a test', actor: 'test', data })}`.execute(
      database,
    );
  }

  const operator = (gateway: Partial<Record<keyof ProvisioningClient, unknown>>) =>
    operatorActivities({ operator: 'operator-2', gateway: gateway as unknown as ProvisioningClient, database, vault });

  const reserve = async (given: Imsi) => {
    const { kid, file } = demoSessionKey(system.config, 'operator-2');
    const wrapped = { changeId: step.changeId, imsi: given, k: KEY, opc: KEY };
    const credentials = await sealCredentials(wrapped, { kid, key: readKeyFile(file) });
    return operator({
      reserve: () => Promise.resolve({ imsi: given, msisdn: `4917${imsi.slice(-10)}`, credentials }),
    }).reserveSubscriber(step);
  };

  const send = (submit: Submitter['submit'], profiles = cardProfiles()) =>
    sendOverTheAir({
      ...{ smsc: 'smsc-1', database, vault, profiles, sourceAddress: '900' },
      session: { requireBind: () => undefined, submit },
    })(step);

  const packet = async () =>
    (
      await sql<{
        state: string;
        cntr: number;
        message_ids: string[];
      }>`select state, cntr, message_ids from packets where change_id = ${step.changeId}::uuid and purpose = 'write'`.execute(
        database,
      )
    ).rows[0];

  test('two attempts that prepare the packet at the same moment get one packet with one counter', async () => {
    const before = (await system.desk.findCard(iccid))?.cntr ?? 0;
    const packets = await Promise.all(
      Array.from({ length: 8 }, () => preparePacket(database, step, { purpose: 'write', smsc: 'smsc-1' })),
    );
    expect(packets.map((one) => one?.cntr)).toEqual(Array(8).fill(before + 1));
    expect((await system.desk.findCard(iccid))?.cntr).toBe(before + 1);
  });

  test('a packet that is sent twice and refused to the first attempt only is not taken back', async () => {
    await reserve(imsi);
    let refuse: (cause: Error) => void = () => undefined;
    const first = send(() => new Promise((_resolve, reject) => (refuse = reject)));
    const outcome = expect(first).rejects.toMatchObject({ type: 'SMSC_REFUSED' });
    while ((await packet())?.state !== 'sent') await new Promise(setImmediate);
    let take: (messageId: string) => void = () => undefined;
    const second = send(() => new Promise((resolve) => (take = resolve)));
    await submitted(2);
    refuse(failure('SMSC_REFUSED', 'not for this one'));
    await outcome;
    expect((await packet())?.state).toBe('sent');
    await expect(stopSending(database)(step)).rejects.toMatchObject({ type: 'PIVOT_PASSED' });
    take('M-2');
    await second;
    expect(await packet()).toMatchObject({ state: 'sent', message_ids: ['M-2'] });
  });

  test('a packet that is refused to its only attempt is taken back, and can be stopped', async () => {
    await reserve(imsi);
    await expect(send(() => Promise.reject(failure('SMSC_THROTTLED', 'later')))).rejects.toThrow('later');
    expect((await packet())?.state).toBe('prepared');
    await stopSending(database)(step);
    await expect(send(() => Promise.resolve('M-1'))).rejects.toMatchObject({ type: 'SENDING_STOPPED' });
  });

  test('a segment whose answer was lost keeps the pivot, whatever the SMSC says of the next submission', async () => {
    await reserve(imsi);
    await expect(send(() => Promise.reject(failure('SMSC_UNREACHABLE', 'no answer')))).rejects.toThrow('no answer');
    await expect(send(() => Promise.reject(failure('SMSC_REFUSED', 'never')))).rejects.toThrow('never');
    expect((await packet())?.state).toBe('sent');
  });

  test.each(['SMSC_REFUSED', 'SMSC_THROTTLED'] as const)(
    'a packet of several segments of which the first was taken keeps the pivot when the second draws %s',
    async (code) => {
      await reserve(imsi);
      const { 'rfm-aes-expanded': inSegments } = cardProfiles();
      let offered = 0;
      const submit: Submitter['submit'] = () => {
        offered += 1;
        return offered === 1 ? Promise.resolve('M-1') : Promise.reject(failure(code, 'not the second'));
      };
      if (inSegments === undefined) throw new Error('the profile with several segments is not built in');
      await expect(send(submit, { 'cpa-aes': inSegments })).rejects.toThrow('not the second');
      expect(offered).toBe(2);
      expect((await packet())?.state).toBe('sent');
      await expect(stopSending(database)(step)).rejects.toMatchObject({ type: 'PIVOT_PASSED' });
    },
  );

  test('every submission of a packet has the same octets', async () => {
    await reserve(imsi);
    const sent: string[] = [];
    const submit: Submitter['submit'] = ({ userData }) => {
      sent.push(userData);
      return sent.length < 3 ? Promise.reject(failure('SMSC_UNREACHABLE', 'lost')) : Promise.resolve('M-3');
    };
    await expect(send(submit)).rejects.toThrow('lost');
    await expect(send(submit)).rejects.toThrow('lost');
    await send(submit);
    expect(new Set(sent).size).toBe(1);
  });

  test('a packet of several segments, of which a part may have arrived, is submitted again whole, with the same octets in the same order', async () => {
    await reserve(imsi);
    const { 'rfm-aes-expanded': inSegments } = cardProfiles();
    if (inSegments === undefined) throw new Error('the profile with several segments is not built in');
    const submissions: string[][] = [];
    const submitBut = (broken: number): Submitter['submit'] => {
      const sent: string[] = [];
      submissions.push(sent);
      return ({ userData }) => {
        sent.push(userData);
        return sent.length === broken
          ? Promise.reject(failure('SMSC_UNREACHABLE', 'lost'))
          : Promise.resolve(`M-${String(sent.length)}`);
      };
    };
    await expect(send(submitBut(2), { 'cpa-aes': inSegments })).rejects.toThrow('lost');
    await send(submitBut(0), { 'cpa-aes': inSegments });
    const [first = [], second = []] = submissions;
    expect(first).toHaveLength(2);
    expect(second.length).toBeGreaterThan(1);
    expect(second.slice(0, 2)).toEqual(first);
  });

  test('a state that comes after a later one changes nothing, neither in the timeline nor in what readers see', async () => {
    await Promise.all([5, 3, 4, 2, 6].map((sequence) => record(sequence, sequence === 6 ? 'awaitingCard' : 'sending')));
    await record(4, 'reserving');
    expect(await system.desk.findChange(step.changeId)).toMatchObject({ sequence: 6, state: 'awaitingCard' });
    const { rows } = await sql<{ sequence: number }>`
      select sequence from outbox where change_id = ${step.changeId}::uuid order by id`.execute(database);
    const published = rows.map(({ sequence }) => sequence);
    expect(published).toEqual(published.toSorted((one, other) => one - other));
    expect(published.at(-1)).toBe(6);
  });

  test('a registration from before the packet left is not the attach of this card', async () => {
    await reserve(imsi);
    await send(() => Promise.resolve('M-1'));
    const registered = (at: Date) =>
      operator({
        subscriber: () =>
          Promise.resolve({ attached: true, locationUpdate: { at: at.toISOString(), imei: '350000000000017' } }),
        renew: () => Promise.resolve({ leaseUntil: null }),
      }).confirmAttach({ ...step, sequence: 4 });
    expect(await registered(new Date('2019-01-01'))).toEqual({ attached: false });
    expect(await system.desk.findCard(iccid)).toMatchObject({ operator: 'operator-1' });
    // Put back afterwards, so that the card is at its operator for the tests that come later.
    const before = await system.desk.findCard(iccid);
    const now = new Date();
    expect(await registered(now)).toEqual({ attached: true, imsi, at: now.toISOString(), imei: '350000000000017' });
    await sql`update cards set operator = 'operator-1', imsi = ${before?.imsi}, msisdn = ${before?.msisdn}, moved_by = null where iccid = ${iccid}`.execute(
      database,
    );
  });

  async function submitted(times: number): Promise<void> {
    for (;;) {
      const { rows } = await sql<{ submissions: number }>`
        select submissions from packets where change_id = ${step.changeId}::uuid and purpose = 'write'`.execute(
        database,
      );
      if (rows[0]?.submissions === times) return;
      await new Promise(setImmediate);
    }
  }
});
