import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkflowNotFoundError } from '@temporalio/client';
import { sql } from 'kysely';
import { request } from 'undici';
import { stateRecorded } from '../../services/timeline/record-state.ts';
import { parseIccid, type Iccid } from '../../telecom/identifiers/iccid.ts';
import { smscTaskQueue } from '../../workflows/shared/contract.ts';
import type { ProbeAnswer } from '../../workflows/change/ports.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';
import { StepRunner } from '../support/step-runner.ts';

/** Far behind the numbers that the workflow of a change uses meanwhile. */
const SEQUENCE = 500;

interface Packet {
  readonly cntr: number;
  readonly por_status: string | null;
  readonly por_holds: string | null;
}

describe('a packet that did not arrive', () => {
  const system = new RunningSystem();
  const { database } = system.resources;
  let runner: StepRunner;
  beforeAll(async () => {
    runner = await StepRunner.start(system.config, system.resources.dataConverter);
  });
  afterEach(() => system.faults('smsc', {}));
  afterAll(async () => {
    await runner.stop();
    await system.close();
  });

  const step = <Answer>(name: string, input: object): Promise<Answer> =>
    runner.run<Answer>(smscTaskQueue(system.config.settings.TASK_QUEUE, 'smsc-1'), name, input);
  const resend = (changeId: string, iccid: Iccid, sequence = SEQUENCE) =>
    step<undefined>('resendOverTheAir', { changeId, iccid, sequence });
  const probe = (changeId: string, iccid: Iccid, nth: { readonly number: number; readonly sequence: number }) =>
    step<{ readonly answer?: ProbeAnswer }>('probeCard', { changeId, iccid, ...nth });
  const FIRST = { number: 1, sequence: SEQUENCE };
  const FIRST_AGAIN = { number: 1, sequence: SEQUENCE + 1 };
  const SECOND = { number: 2, sequence: SEQUENCE + 2 };

  const cardOf = async (profile: string): Promise<Iccid> => {
    const { rows } = await sql<{ iccid: string }>`
      select iccid from cards where operator = 'operator-1' and profile = ${profile}
        and not exists (select from changes where changes.iccid = cards.iccid)
      order by position limit 1`.execute(database);
    const [row] = rows;
    if (row === undefined) throw new Error(`no card is left with the profile ${profile}`);
    return parseIccid(row.iccid);
  };

  const packetOf = async (changeId: string, purpose: string, number = 1): Promise<Packet | undefined> =>
    (
      await sql<Packet>`
        select cntr, por_status, por_holds from packets
        where change_id = ${changeId}::uuid and purpose = ${purpose} and number = ${number}`.execute(database)
    ).rows[0];

  const submissions = async (changeId: string, purpose = 'write') =>
    (
      await sql<{ submission: number; accepted: boolean; failed: boolean }>`
        select submission, accepted_at is not null as accepted, failed_at is not null as failed from packet_submissions
        where change_id = ${changeId}::uuid and purpose = ${purpose} order by submission`.execute(database)
    ).rows;

  /** What the SMSC was handed for a card, in order: user data in hex. */
  const submitted = async (iccid: Iccid): Promise<string[]> => {
    const msisdn = (await sql<{ msisdn: string }>`select msisdn from packets where iccid = ${iccid}`.execute(database))
      .rows[0]?.msisdn;
    const journal = readFileSync(join(system.config.dataFolder, 'simulators', 'smsc', 'journal.jsonl'), 'utf8');
    return [...journal.matchAll(/\{"kind":"submitted"[^}]*\}/g)]
      .map(([fact]) => JSON.parse(fact) as { destination: string; userData: string })
      .filter(({ destination }) => destination === msisdn)
      .map(({ userData }) => userData);
  };

  const signals = async (iccid: Iccid): Promise<(string | null | undefined)[]> =>
    ((await system.history(iccid)).events ?? []).flatMap(
      ({ workflowExecutionSignaledEventAttributes: signal }) => signal?.signalName ?? [],
    );

  /** A change whose packet the SMSC has given up, since the device sleeps. */
  const expiredChange = async (iccid: Iccid): Promise<string> => {
    await system.faults('smsc', { asleep: [iccid], validitySeconds: 1 });
    const changeId = await system.start(iccid, 'operator-2');
    await eventually(async () => {
      expect(await submissions(changeId)).toEqual([{ submission: 1, accepted: true, failed: true }]);
    });
    return changeId;
  };

  /** The same without its workflow, which would act by itself. */
  const abandonedChange = async (iccid: Iccid): Promise<string> => {
    const changeId = await expiredChange(iccid);
    await system.terminate(iccid);
    return changeId;
  };

  test('is given up by the SMSC, submitted again with the same octets once its device is back, and taken by the card once', async () => {
    const iccid = await cardOf('cpa-aes');
    const changeId = await expiredChange(iccid);
    expect(await signals(iccid)).toEqual(['deliveryFailed']);
    await system.faults('smsc', {});
    await eventually(async () => {
      expect((await signals(iccid)).slice(0, 2)).toEqual(['deliveryFailed', 'deviceReachable']);
    });
    const { change } = await system.end(changeId);
    expect(change).toMatchObject({ state: 'completed' });
    const sent = await submitted(iccid);
    expect([sent.length, new Set(sent).size]).toEqual([2, 1]);
    const kinds = await system.effects('smsc', { iccid });
    expect(kinds.filter((kind) => kind === 'cardUpdated')).toHaveLength(1);
    expect(await submissions(changeId)).toEqual([
      { submission: 1, accepted: true, failed: true },
      { submission: 2, accepted: true, failed: false },
    ]);
    await expect(resend(changeId, iccid)).rejects.toMatchObject({ type: 'SENDING_STOPPED' });
  });

  test('is dead once a probe with a higher counter has been run: the card reads back the old IMSI, and refuses the packet for ever', async () => {
    const iccid = await cardOf('cpa-aes');
    const changeId = await abandonedChange(iccid);
    await system.faults('smsc', {});
    expect(await probe(changeId, iccid, FIRST)).toEqual({});
    await eventually(async () => {
      expect(await packetOf(changeId, 'probe')).toMatchObject({ por_status: 'porOk', por_holds: 'source' });
    });
    const [write, probed] = [await packetOf(changeId, 'write'), await packetOf(changeId, 'probe')];
    expect(probed?.cntr).toBe((write?.cntr ?? 0) + 16);
    expect((await system.desk.findCard(iccid))?.cntr).toBe(probed?.cntr);
    const answer = { status: 'porOk', statusWord: '9000', holds: 'source' };
    expect(await probe(changeId, iccid, FIRST_AGAIN)).toEqual({ answer });
    expect(await submissions(changeId, 'probe')).toHaveLength(1);

    await resend(changeId, iccid);
    await resend(changeId, iccid);
    expect(await submissions(changeId)).toHaveLength(2);
    await eventually(async () => {
      expect(await packetOf(changeId, 'write')).toMatchObject({ por_status: 'cntrLow' });
    });
    expect(await system.effects('smsc', { iccid })).toContain('replayRefused');
    expect(await system.device(iccid)).toMatchObject({ network: '00101', attached: true });

    // The second probe goes further beyond, and is answered too.
    await probe(changeId, iccid, SECOND);
    await eventually(async () => {
      expect(await packetOf(changeId, 'probe', 2)).toMatchObject({
        por_holds: 'source',
        cntr: (probed?.cntr ?? 0) + 32,
      });
    });
    await endByHand(changeId, iccid);
  });

  test('is never taken once somebody has cancelled and the card was read to hold its old subscription', async () => {
    const iccid = await cardOf('cpa-aes');
    const changeId = await expiredChange(iccid);
    const change = await system.desk.findChange(changeId);
    if (change === undefined) throw new Error(`change ${changeId} is not known`);
    const wish = { action: 'cancel', actor: 'user:ann', reason: 'ordered by mistake' } as const;
    expect(await system.desk.supportChange(change, wish)).toMatchObject({ kind: 'done' });
    await system.faults('smsc', {});
    const { change: ended } = await system.end(changeId);
    expect(ended).toMatchObject({ state: 'cancelled', code: 'CANCELLED' });
    expect(await packetOf(changeId, 'probe')).toMatchObject({ por_status: 'porOk', por_holds: 'source' });
    expect(await system.device(iccid)).toMatchObject({ network: '00101', attached: true });
  });

  test('makes its change hear of the device when that registers with the subscription that it is to leave', async () => {
    const iccid = await cardOf('cpa-aes');
    const changeId = await expiredChange(iccid);
    const port = String(system.config.settings.SIMULATOR_SMSC_CONTROL_PORT);
    const url = `http://127.0.0.1:${port}/simulator/devices/${iccid}/power-cycle`;
    expect((await request(url, { method: 'POST' })).statusCode).toBe(200);
    await eventually(async () => {
      expect((await signals(iccid)).slice(0, 2)).toEqual(['deliveryFailed', 'deviceReachable']);
    });
    await endByHand(changeId, iccid);
  });

  test('is submitted again when the exposure function of its operator reports that the device can be reached', async () => {
    const iccid = await cardOf('cpa-aes');
    const changeId = await expiredChange(iccid);
    await system.faults('smsc', { asleep: [iccid] });
    const imsi = (await system.desk.findChange(changeId))?.sourceImsi ?? '';
    for (const monitoringType of ['LOSS_OF_CONNECTIVITY', 'UE_REACHABILITY'])
      await system.reports('operator-1', { imsi, monitoringType });
    await eventually(async () => {
      expect(await submissions(changeId)).toHaveLength(2);
    });
    expect(await signals(iccid)).toEqual(['deliveryFailed', 'deviceReachable']);
    expect(new Set(await submitted(iccid)).size).toBe(1);
    expect((await system.desk.findChange(changeId))?.state).toBe('awaitingCard');
    await system.faults('smsc', {});
    expect((await system.end(changeId)).change.state).toBe('completed');
  });

  test('stays where it is when another operator reports of its device, which is kept for a person', async () => {
    const iccid = await cardOf('cpa-aes');
    const changeId = await expiredChange(iccid);
    const imsi = (await system.desk.findChange(changeId))?.sourceImsi ?? '';
    for (let times = 0; times < 3; times += 1)
      await system.reports('operator-2', { imsi, monitoringType: 'UE_REACHABILITY' });
    await eventually(async () => {
      const parked = (await system.desk.listParkedEvents(50)).filter(({ data }) => data['imsi'] === imsi);
      expect(parked).toMatchObject([
        { times: 3, source: '/operators/operator-2/hlr', reason: expect.stringMatching(/^foreign: /) as string },
      ]);
    });
    expect(await submissions(changeId)).toHaveLength(1);
    expect(await signals(iccid)).toEqual(['deliveryFailed']);
    await endByHand(changeId, iccid);
  });

  test('leaves a probe in its place: it waits for its device, and a repeat sends the same octets', async () => {
    const iccid = await cardOf('cpa-aes');
    const changeId = await abandonedChange(iccid);
    await probe(changeId, iccid, FIRST);
    await probe(changeId, iccid, FIRST);
    await probe(changeId, iccid, FIRST_AGAIN);
    const [, ...probes] = await submitted(iccid);
    expect([probes.length, new Set(probes).size]).toEqual([2, 1]);
    await endByHand(changeId, iccid);
  });

  test.each(['cpa-aes', 'rfm-aes-expanded'])('%s: a card that took it reads back the new IMSI', async (profile) => {
    const iccid = await cardOf(profile);
    await system.faults('smsc', { deviceStaysOnOldNetwork: true });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingAttach');
    await probe(changeId, iccid, FIRST);
    await eventually(async () => {
      expect(await packetOf(changeId, 'probe')).toMatchObject({ por_status: 'porOk', por_holds: 'target' });
    });
    await system.faults('smsc', {});
    const { change } = await system.end(changeId);
    expect(change).toMatchObject({ state: 'completed' });
  });

  /** What these tests leave open would block the card for the tests that come after them. */
  async function endByHand(changeId: string, iccid: Iccid): Promise<void> {
    await system.terminate(iccid).catch((cause: unknown) => {
      if (!(cause instanceof WorkflowNotFoundError)) throw cause;
    });
    const recorded = stateRecorded(
      { changeId, sequence: SEQUENCE + 99 },
      { state: 'rolledBack', cause: 'the test is over', actor: 'test' },
    );
    await sql`select ${recorded}`.execute(database);
  }
});
