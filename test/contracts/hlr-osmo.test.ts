import { inspect } from 'node:util';
import { HlrError, type Hlr } from '../../gateway/hlr.ts';
import { osmoHlr } from '../../gateway/osmo-hlr/hlr.ts';
import { servingNode, type Usim } from '../../simulators/serving-node/index.ts';
import { parseImei } from '../../telecom/identifiers/imei.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { lossyProxy, type LossyProxy } from '../support/lossy-proxy.ts';
import { OSMO_HLR_PORTS, startOsmoHlr, type OsmoHlrProcess } from '../support/osmo-hlr.ts';
import { cardOf, counting, describeHlr, newSubscriber } from './hlr-contract.ts';

const IMEI = parseImei('490154203237518');

describeHlr({
  name: 'osmo-hlr',
  tells: 'lastSqn',
  start: async () => {
    const engine = await startOsmoHlr();
    const hlr = osmoHlr({ host: engine.host });
    return {
      ...{ hlr, gsup: { host: engine.host, port: OSMO_HLR_PORTS.gsup } },
      stop: async () => {
        await hlr.close();
        await engine.stop();
      },
    };
  },
});

describe('osmo-hlr behind a gateway', () => {
  let engine: OsmoHlrProcess;
  let ctrl: LossyProxy;
  let vty: LossyProxy;
  let hlr: Hlr;

  beforeAll(async () => {
    engine = await startOsmoHlr();
  });

  /** Every test has its own way to the HLR: what one leaves mute, broken or under way is nothing to the next. */
  beforeEach(async () => {
    const { host } = engine;
    ctrl = await lossyProxy({ host, port: OSMO_HLR_PORTS.ctrl });
    vty = await lossyProxy({ host, port: OSMO_HLR_PORTS.vty });
    hlr = osmoHlr({ host: '127.0.0.1', ctrlPort: ctrl.port, vtyPort: vty.port });
  });

  afterEach(async () => {
    await hlr.close();
    await Promise.all([ctrl.stop(), vty.stop()]);
    await engine.check();
  });

  afterAll(() => engine.stop());

  const failure = async (call: Promise<unknown>) => {
    const cause: unknown = await call.catch((error: unknown) => error);
    return cause instanceof HlrError ? cause.kind : cause;
  };
  const attach = async (usim: Usim) => {
    const lines: string[] = [];
    const node = servingNode({
      ...{
        name: 'MME-2',
        hlr: { host: engine.host, port: OSMO_HLR_PORTS.gsup },
        log: (line: string) => lines.push(line),
      },
    });
    try {
      return await node.attach({ usim, imei: IMEI });
    } finally {
      await node.close();
    }
  };

  /** GET keys, GET owner of the MSISDN, create, GET MSISDN, SET MSISDN, SET keys. */
  test.each([1, 2, 3, 4, 5, 6])('a subscriber is made whole when answer %i of 6 is lost on the way', async (number) => {
    const subscriber = newSubscriber();
    ctrl.loseAnswer({ number, afterOctets: 9 });
    await expect(failure(hlr.create(subscriber))).resolves.toBe('unreachable');
    await hlr.create(subscriber);
    await expect(attach(cardOf(subscriber))).resolves.toEqual({ msisdn: subscriber.msisdn });
  });

  test('keys whose answer was lost are not set again: the card does not find the next challenge stale', async () => {
    const subscriber = newSubscriber();
    ctrl.loseAnswer({ number: 6 });
    await expect(failure(hlr.create(subscriber))).resolves.toBe('unreachable');
    const card = counting(cardOf(subscriber));
    await attach(card);
    await hlr.create(subscriber);
    await attach(card);
    expect(card.stale()).toBe(0);
  });

  test.each([0, 5, 40])(
    'barring, giving back and removing outlive an answer that breaks off after %i octets',
    async (afterOctets) => {
      const subscriber = newSubscriber();
      const { imsi } = subscriber;
      await hlr.create(subscriber);
      for (const step of [() => hlr.bar(imsi), () => hlr.unbar(imsi), () => hlr.remove(imsi)]) {
        vty.loseAnswer({ afterOctets });
        await expect(failure(step())).resolves.toBe('unreachable');
        await step();
      }
      await expect(hlr.subscriber(imsi)).resolves.toBeUndefined();
    },
  );

  test('a deletion whose answer was lost is found done', async () => {
    const subscriber = newSubscriber();
    await hlr.create(subscriber);
    ctrl.loseAnswer();
    await expect(failure(hlr.remove(subscriber.imsi))).resolves.toBe('unreachable');
    await hlr.remove(subscriber.imsi);
    await expect(hlr.subscriber(subscriber.imsi)).resolves.toBeUndefined();
  });

  test('an answer of one command is never taken for that of another', async () => {
    const subscribers = [newSubscriber(), newSubscriber(), newSubscriber()];
    for (const subscriber of subscribers) await hlr.create(subscriber);
    vty.loseAnswer({ afterOctets: 30 });
    const answers = await Promise.allSettled(subscribers.map(({ imsi }) => hlr.subscriber(imsi)));
    expect(answers[0]?.status).toBe('rejected');
    expect(answers.slice(1).map((answer) => answer.status === 'fulfilled' && answer.value?.msisdn)).toEqual(
      subscribers.slice(1).map(({ msisdn }) => msisdn),
    );
  });

  test('an HLR that stays mute is unreachable, and is spoken to again afterwards', async () => {
    const subscriber = newSubscriber();
    ctrl.stayMute(true);
    vty.stayMute(true);
    const calls = [hlr.create(subscriber), hlr.subscriber(subscriber.imsi)];
    await expect(Promise.all(calls.map(failure))).resolves.toEqual(['unreachable', 'unreachable']);
    ctrl.stayMute(false);
    vty.stayMute(false);
    await hlr.create(subscriber);
    await expect(hlr.subscriber(subscriber.imsi)).resolves.toMatchObject({ msisdn: subscriber.msisdn });
  });

  test('an MSISDN of another subscriber is a collision, and nothing is made', async () => {
    const first = newSubscriber();
    await hlr.create(first);
    const second = { ...newSubscriber(), msisdn: first.msisdn };
    await expect(failure(hlr.create(second))).resolves.toBe('collision');
    await expect(hlr.subscriber(second.imsi)).resolves.toBeUndefined();
  });

  test('an HLR that was killed is unreachable by every call, and knows everybody when it is back', async () => {
    const subscriber = newSubscriber();
    const { imsi } = subscriber;
    await hlr.create(subscriber);
    await engine.kill();
    const calls = [hlr.create(subscriber), hlr.bar(imsi), hlr.unbar(imsi), hlr.remove(imsi), hlr.subscriber(imsi)];
    await expect(Promise.all(calls.map(failure))).resolves.toEqual(calls.map(() => 'unreachable'));
    const [shown] = await Promise.all(calls.map((call) => call.catch((cause: unknown) => inspect(cause))));
    expect(shown).not.toContain(toHex(subscriber.k.reveal()));
    await engine.start();
    await expect(hlr.subscriber(imsi)).resolves.toMatchObject({ msisdn: subscriber.msisdn, barred: false });
    await expect(attach(cardOf(subscriber))).resolves.toEqual({ msisdn: subscriber.msisdn });
  });

  test('the log of osmo-hlr has no key at the levels that the documentation sets', async () => {
    const subscriber = newSubscriber();
    await hlr.create(subscriber);
    await attach(cardOf(subscriber));
    expect(engine.log()).not.toContain(toHex(subscriber.k.reveal()));
    expect(engine.log()).not.toContain(toHex(subscriber.opc.reveal()));
  });
});
