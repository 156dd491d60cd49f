import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { osmoHlr } from '../../gateway/osmo-hlr/hlr.ts';
import type { Hlr } from '../../gateway/hlr.ts';
import { servingNode, type ServingNode } from '../../simulators/serving-node/index.ts';
import { readCardsFile } from '../../simulators/support/cards-file.ts';
import { subscriberKeys } from '../../simulators/support/subscriber-keys.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import type { Config } from '../../temporal.config.ts';
import { demoOperators } from '../../workers/demo-network.ts';
import { lossyProxy, type LossyProxy } from '../support/lossy-proxy.ts';
import { OSMO_HLR_PORTS, startOsmoHlr, type OsmoHlrProcess } from '../support/osmo-hlr.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem, type OperatorId } from '../support/running-system.ts';
import { startTestSystem, type TestSystem } from '../support/test-system.ts';
import { TestUsim } from '../support/usim.ts';

const HOSTS: Readonly<Record<OperatorId, string>> = { 'operator-1': '127.0.0.1', 'operator-2': '127.0.0.2' };

/** The operators without simulators: each has an osmo-hlr, its gateway works on that, and the devices reach it by GSUP. */
describe('two operators with an osmo-hlr each', () => {
  const engines: OsmoHlrProcess[] = [];
  const hlrs = new Map<OperatorId, Hlr>();
  const radio: LossyProxy[] = [];
  const cancelled: Imsi[] = [];
  let node: ServingNode;
  let started: TestSystem;
  let system: RunningSystem;

  beforeAll(async () => {
    for (const host of Object.values(HOSTS)) engines.push(await startOsmoHlr(host));
    for (const [id, host] of Object.entries(HOSTS)) hlrs.set(id as OperatorId, osmoHlr({ host }));
    const onCancelled = (imsi: Imsi) => void cancelled.push(imsi);
    const hlr = { host: HOSTS['operator-1'], port: OSMO_HLR_PORTS.gsup };
    node = servingNode({ name: 'MME-before', hlr, onCancelled, log: () => undefined });
    started = await startTestSystem({ STICKY_SECONDS: '1' }, { roles: ['gateway', 'simulated-smsc'], prepare });
    system = new RunningSystem({}, started);
  });

  afterAll(async () => {
    await system.close();
    await started.stop();
    await Promise.all([node.close(), ...[...hlrs.values()].map((hlr) => hlr.close())]);
    await Promise.all([...radio, ...engines].map((one) => one.stop()));
  });

  const prepare = async (config: Config) => {
    for (const { id, gsupPort } of demoOperators(config.settings)) {
      const file = join(config.gateways.folder, `${id}.json`);
      const content = JSON.parse(readFileSync(file, 'utf8')) as object;
      const hlr = { kind: 'osmo-hlr', host: HOSTS[id], pollSeconds: 0.2 };
      const backOffice = { kind: 'standing-orders', consent: 'granted' };
      writeFileSync(file, JSON.stringify({ ...content, hlr, backOffice }));
      radio.push(await lossyProxy({ host: HOSTS[id], port: OSMO_HLR_PORTS.gsup }, gsupPort));
    }
  };

  const factoryCard = (iccid: Iccid) => {
    const card = readCardsFile('examples/cards.csv').find((one) => one.iccid === iccid);
    if (card === undefined) throw new Error(`${iccid} is no card of the demonstration`);
    return card;
  };

  /** Makes the subscriber that a card left its factory with, and has a device attach with it. */
  async function subscribe(iccid: Iccid) {
    const card = factoryCard(iccid);
    const { seed = '' } = demoOperators(system.config.settings).find(({ id }) => id === card.operator) ?? {};
    const { imsi, msisdn, imei } = card;
    const keys = subscriberKeys(seed, imsi);
    await hlrs.get('operator-1')?.create({ imsi, msisdn, ...keys });
    await node.attach({ usim: new TestUsim({ imsi, keys }), imei });
    return { ...card, subscriberKeys: keys };
  }

  const subscriberAt = (operator: OperatorId, imsi: string | null) =>
    hlrs.get(operator)?.subscriber(parseImsi(imsi ?? ''));

  test('a card goes from one to the other, authenticates there in the same device, and is gone from the first', async () => {
    const iccid = await system.freshCard('operator-1');
    const { imei, imsi } = await subscribe(iccid);
    await expect(subscriberAt('operator-1', imsi)).resolves.toMatchObject({ attached: true, locationUpdate: { imei } });

    const { change } = await system.end(await system.start(iccid, 'operator-2'));

    expect(change).toMatchObject({ state: 'completed', code: null, sourceImsi: imsi });
    await expect(subscriberAt('operator-1', imsi)).resolves.toBeUndefined();
    await expect(subscriberAt('operator-2', change.targetImsi)).resolves.toMatchObject({
      ...{ attached: true, barred: false, locationUpdate: { imei } },
    });
    await eventually(async () => expect(await Promise.resolve(cancelled)).toContain(imsi));
    expect(await system.device(iccid)).toMatchObject({ imsi: change.targetImsi, attached: true });

    const back = await system.end(await system.start(iccid, 'operator-1'));
    expect(back.change.state).toBe('completed');
    await expect(subscriberAt('operator-2', change.targetImsi)).resolves.toBeUndefined();
    await expect(subscriberAt('operator-1', back.change.targetImsi)).resolves.toMatchObject({
      ...{ attached: true, locationUpdate: { imei } },
    });
  });

  test('a change that begins while both HLRs are away ends well when they are back', async () => {
    const iccid = await system.freshCard('operator-1');
    const { imsi, imei } = await subscribe(iccid);
    await Promise.all(engines.map((engine) => engine.kill()));
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'reserving');
    await Promise.all(engines.map((engine) => engine.start()));

    const { change } = await system.end(changeId);

    expect(change.state).toBe('completed');
    await expect(subscriberAt('operator-1', imsi)).resolves.toBeUndefined();
    await expect(subscriberAt('operator-2', change.targetImsi)).resolves.toMatchObject({ locationUpdate: { imei } });
  });

  test('no key of a subscriber is in any log', async () => {
    const iccid = await system.freshCard('operator-1');
    const { subscriberKeys: keys } = await subscribe(iccid);
    await system.end(await system.start(iccid, 'operator-2'));
    const { dataFolder } = system.config;
    const logs = ['simulators', 'workers'].map((name) => readFileSync(join(dataFolder, 'logs', `${name}.log`), 'utf8'));
    for (const text of [...logs, ...engines.map((engine) => engine.log())]) {
      for (const key of [keys.k, keys.opc]) expect(text).not.toContain(toHex(key.reveal()));
    }
  });
});
