import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { subscriberKeys } from '../../simulators/support/subscriber-keys.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { demoOperators } from '../../workers/demo-network.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';

describe('a source that lets go too early', () => {
  const system = new RunningSystem({ ATTACH_POLL_SECONDS: '1', ATTACH_DEADLINE_SECONDS: '600' });
  afterEach(() => system.faults('smsc', {}));
  afterAll(() => system.close());

  const management = (imsi: string) =>
    `http://127.0.0.1:${String(system.config.settings.SIMULATOR_OPERATOR_1_HLR_PORT)}/management/subscribers/${imsi}`;

  /** The operator makes the subscriber anew, with the key that the card has. */
  async function makeAnew(imsi: string, msisdn: string): Promise<void> {
    const [{ seed }] = demoOperators(system.config.settings);
    const { k, opc } = subscriberKeys(seed, parseImsi(imsi));
    const { statusCode } = await request(management(imsi), {
      ...{ method: 'PUT', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ msisdn, k: toHex(k.reveal()), opc: toHex(opc.reveal()) }),
    });
    expect(statusCode).toBe(204);
  }
  const last = async (changeId: string) => (await system.desk.readTimeline(changeId)).at(-1);
  const calls = (imsi: string): string[] =>
    readFileSync(join(system.config.dataFolder, 'logs', 'workers.log'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('SOURCE_RELEASED_EARLY') && line.includes(imsi));

  test('a source that deletes the subscriber while its card sleeps is told at once, and again when it has it back; the card is moved', async () => {
    const iccid = await system.freshCard('operator-1');
    const { imsi = '', msisdn = '' } = (await system.desk.findCard(iccid)) ?? {};
    await system.faults('smsc', { asleep: [iccid] });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingCard');
    await system.loseSubscriber('operator-1', imsi);
    await eventually(async () => {
      expect(await last(changeId)).toMatchObject({ state: 'awaitingCard', code: 'SOURCE_RELEASED_EARLY' });
    });
    expect(await system.effects('operator-2', { changeId })).toEqual(['reserved']);

    await makeAnew(imsi, msisdn);
    await eventually(async () => {
      expect(await last(changeId)).toMatchObject({ state: 'awaitingCard', code: null });
    });
    expect((await last(changeId))?.cause).toContain('has the old subscriber again');
    expect(calls(imsi).map((line) => JSON.parse(line) as object)).toEqual([
      expect.objectContaining({ code: 'SOURCE_RELEASED_EARLY', alert: 'atOnce' }),
    ]);

    await system.faults('smsc', {});
    expect((await system.end(changeId)).change).toMatchObject({ state: 'completed' });
    await system.attachedAt(iccid, '00102');
  });

  test('a source that bars the subscriber is told so too, and the change is neither undone nor ended for it', async () => {
    const iccid = await system.freshCard('operator-1');
    const { imsi = '' } = (await system.desk.findCard(iccid)) ?? {};
    await system.faults('smsc', { asleep: [iccid] });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingCard');
    expect((await request(`${management(imsi)}/bar`, { method: 'PUT' })).statusCode).toBe(204);
    await eventually(async () => {
      expect(await last(changeId)).toMatchObject({ state: 'awaitingCard', code: 'SOURCE_RELEASED_EARLY' });
    });
    expect((await last(changeId))?.cause).toContain('has barred the old subscriber');
    expect((await request(`${management(imsi)}/bar`, { method: 'DELETE' })).statusCode).toBe(204);
    await system.faults('smsc', {});
    expect((await system.end(changeId)).change).toMatchObject({ state: 'completed' });
  });
});
