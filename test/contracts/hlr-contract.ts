import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { HlrError, type Hlr } from '../../gateway/hlr.ts';
import { watchAttaches, type Attached } from '../../gateway/watch-attaches.ts';
import { AttachRefused, servingNode, type ServingNode, type Usim } from '../../simulators/serving-node/index.ts';
import { REGISTRATION_REFUSALS } from '../../telecom/gsup/registration-refusal.ts';
import { parseImei } from '../../telecom/identifiers/imei.ts';
import { parseImsi, type Imsi } from '../../telecom/identifiers/imsi.ts';
import { parseMsisdn } from '../../telecom/identifiers/msisdn.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { Secret } from '../../telecom/secret.ts';
import { TestUsim } from '../support/usim.ts';
import { eventually } from '../support/eventually.ts';

/** An HLR with its back end, and where serving nodes reach it. */
export interface HlrUnderTest {
  readonly hlr: Hlr;
  readonly gsup: { readonly host: string; readonly port: number };
  /** Has the HLR register nobody for this reason, or everybody again, where a test can have that. */
  readonly refuse?: (cause: keyof typeof REGISTRATION_REFUSALS | undefined) => Promise<void>;
  stop(): Promise<void>;
}

export interface HlrContract {
  readonly name: string;
  /** What it remembers of authentications: when they were and how they ended, or no more than the last SQN that it gave out. */
  readonly tells: 'outcomes' | 'lastSqn';
  start(): Promise<HlrUnderTest>;
}

export type NewSubscriber = Parameters<Hlr['create']>[0];

/** The location update's time may have no parts of seconds. */
const A_SECOND_LATER_MS = 1_100;
const PATIENCE_MS = 10_000;

const IMEI = parseImei('490154203237518');
const OTHER_IMEI = parseImei('352099001761481');

/** Subscribers that no test has had before. */
export function newSubscriber(): NewSubscriber {
  last += 1;
  const key = () => Secret.of(new Uint8Array(randomBytes(16)));
  return {
    imsi: parseImsi(`90199${String(last).padStart(10, '0')}`),
    msisdn: parseMsisdn(`49170${String(last).padStart(7, '0')}`),
    ...{ k: key(), opc: key() },
  };
}

let last = 0;

export const cardOf = ({ imsi, k, opc }: NewSubscriber, highestSqn = 0): TestUsim =>
  new TestUsim({ imsi, keys: { k, opc }, highestSqn });

/** Counts how often a card finds a challenge stale. */
export function counting(usim: Usim): Usim & { stale(): number } {
  let stale = 0;
  return {
    imsi: usim.imsi,
    authenticate: (rand, autn) => {
      const answer = usim.authenticate(rand, autn);
      if (answer.kind === 'synchronisationFailure') stale += 1;
      return answer;
    },
    stale: () => stale,
  };
}

/** The sentences that hold for every HLR behind the port. */
export function describeHlr(contract: HlrContract): void {
  describe(`${contract.name} as an HLR`, () => {
    let it: HlrUnderTest;
    let node: ServingNode;
    const cancelled: Imsi[] = [];
    const lines: string[] = [];

    beforeAll(async () => {
      it = await contract.start();
      const onCancelled = (imsi: Imsi) => void cancelled.push(imsi);
      node = servingNode({ name: 'MME-1', hlr: it.gsup, onCancelled, log: (line) => void lines.push(line) });
    });

    afterAll(async () => {
      await node.close();
      await it.stop();
    });

    const attach = (usim: Usim, imei = IMEI) => node.attach({ usim, imei });
    const refusal = async (usim: Usim) => {
      const cause: unknown = await attach(usim).catch((error: unknown) => error);
      return cause instanceof AttachRefused ? cause.reason : cause;
    };
    const failure = async (call: Promise<unknown>) => {
      const cause: unknown = await call.catch((error: unknown) => error);
      return cause instanceof HlrError ? cause.kind : cause;
    };
    const created = async () => {
      const subscriber = newSubscriber();
      await it.hlr.create(subscriber);
      return subscriber;
    };

    describe('a new subscriber', () => {
      test('is not barred, and has been nowhere yet', async () => {
        const { imsi, msisdn } = await created();
        const { authentication, refusedAt, refusal, lastSqn, ...rest } = (await it.hlr.subscriber(imsi)) ?? {};
        expect(rest).toEqual({ imsi, msisdn, barred: false, attached: false, locationUpdate: null });
        expect([authentication, refusedAt, refusal, lastSqn]).toEqual(
          contract.tells === 'outcomes' ? [null, null, null, undefined] : [undefined, undefined, undefined, 0],
        );
      });

      test('attaches with its card, and the HLR then tells when, and with which device', async () => {
        const subscriber = await created();
        const before = Date.now();
        await expect(attach(cardOf(subscriber))).resolves.toEqual({ msisdn: subscriber.msisdn });
        const found = await it.hlr.subscriber(subscriber.imsi);
        expect(found).toMatchObject({ barred: false, attached: true, locationUpdate: { imei: IMEI } });
        const at = Date.parse(found?.locationUpdate?.at ?? '');
        expect(Math.abs(at - before)).toBeLessThan(PATIENCE_MS);
      });

      test('attaches also when its card is ahead of the HLR', async () => {
        const subscriber = await created();
        const card = counting(cardOf(subscriber, 2 ** 20));
        await expect(attach(card)).resolves.toEqual({ msisdn: subscriber.msisdn });
        expect(card.stale()).toBe(1);
      });

      test('does not let in a card with other keys', async () => {
        const { imsi } = await created();
        await expect(refusal(cardOf({ ...newSubscriber(), imsi }))).resolves.toBe('macFailure');
        await expect(it.hlr.subscriber(imsi)).resolves.toMatchObject({ attached: false, locationUpdate: null });
      });

      test('tells whether a card was there with its IMSI, as far as the HLR knows how that ended', async () => {
        const subscriber = await created();
        const { imsi } = subscriber;
        const torn = cardOf({ ...newSubscriber(), imsi });
        await expect(refusal(torn)).resolves.toBe('macFailure');
        await expect(refusal(torn)).resolves.toBe('macFailure');
        if (contract.tells === 'lastSqn') {
          await expect(it.hlr.subscriber(imsi)).resolves.toMatchObject({ locationUpdate: null });
          expect((await it.hlr.subscriber(imsi))?.lastSqn).toBeGreaterThan(0);
          return;
        }
        await eventually(async () => {
          expect((await it.hlr.subscriber(imsi))?.authentication?.outcome).toBe('failed');
        }, PATIENCE_MS);
        await attach(cardOf(subscriber, 2 ** 10));
        await expect(it.hlr.subscriber(imsi)).resolves.toMatchObject({ authentication: { outcome: 'seen' } });
      });

      test('tells why its card was not registered although it authenticated, as far as the HLR remembers it', async () => {
        const subscriber = await created();
        const { imsi } = subscriber;
        const card = cardOf(subscriber);
        if (it.refuse === undefined) {
          await attach(card);
          expect((await it.hlr.subscriber(imsi))?.refusal).toBeUndefined();
          return;
        }
        for (const cause of Object.keys(REGISTRATION_REFUSALS) as (keyof typeof REGISTRATION_REFUSALS)[]) {
          await it.refuse(cause);
          await expect(refusal(card)).resolves.toBe('barred');
          await expect(it.hlr.subscriber(imsi)).resolves.toMatchObject({
            ...{ barred: false, attached: false, locationUpdate: null },
            ...{ authentication: { outcome: 'seen' }, refusal: { cause, at: expect.stringMatching(/Z$/) as string } },
          });
        }
        await it.refuse(undefined);
        await attach(card);
        await expect(it.hlr.subscriber(imsi)).resolves.toMatchObject({ attached: true, refusal: null });
      });

      test('is told anew when it attaches later with another device', async () => {
        const subscriber = await created();
        const card = cardOf(subscriber);
        await attach(card);
        const first = await it.hlr.subscriber(subscriber.imsi);
        await delay(A_SECOND_LATER_MS);
        await attach(card, OTHER_IMEI);
        const second = await it.hlr.subscriber(subscriber.imsi);
        expect(second?.locationUpdate?.imei).toBe(OTHER_IMEI);
        expect(Date.parse(second?.locationUpdate?.at ?? '')).toBeGreaterThan(
          Date.parse(first?.locationUpdate?.at ?? ''),
        );
      });

      test('does not count as attached when its device has left', async () => {
        const subscriber = await created();
        await attach(cardOf(subscriber));
        await node.detach(subscriber.imsi);
        await expect(it.hlr.subscriber(subscriber.imsi)).resolves.toMatchObject({ attached: false });
      });
    });

    describe('a subscriber that is made again', () => {
      test('stays as it is: its card does not find the next challenge stale', async () => {
        const subscriber = await created();
        const card = counting(cardOf(subscriber));
        await attach(card);
        await it.hlr.create(subscriber);
        await attach(card);
        expect(card.stale()).toBe(0);
      });

      test('stays barred', async () => {
        const subscriber = await created();
        await it.hlr.bar(subscriber.imsi);
        await it.hlr.create(subscriber);
        await expect(it.hlr.subscriber(subscriber.imsi)).resolves.toMatchObject({ barred: true });
      });

      test.each(['k', 'opc'] as const)('with another %s is a collision, and the first one stays', async (name) => {
        const subscriber = await created();
        const other = { ...subscriber, [name]: newSubscriber()[name] };
        await expect(failure(it.hlr.create(other))).resolves.toBe('collision');
        await expect(attach(cardOf(subscriber))).resolves.toEqual({ msisdn: subscriber.msisdn });
      });

      test('many times at once is one subscriber', async () => {
        const subscriber = newSubscriber();
        await Promise.all(Array.from({ length: 8 }, () => it.hlr.create(subscriber)));
        await expect(attach(cardOf(subscriber))).resolves.toEqual({ msisdn: subscriber.msisdn });
      });
    });

    describe('a barred subscriber', () => {
      test('cannot attach, keeps its keys, and can attach when its access is given back', async () => {
        const subscriber = await created();
        const card = cardOf(subscriber);
        await it.hlr.bar(subscriber.imsi);
        await expect(refusal(card)).resolves.toBe('barred');
        await expect(it.hlr.subscriber(subscriber.imsi)).resolves.toMatchObject({ barred: true, attached: false });
        await it.hlr.unbar(subscriber.imsi);
        await expect(attach(card)).resolves.toEqual({ msisdn: subscriber.msisdn });
        await expect(it.hlr.subscriber(subscriber.imsi)).resolves.toMatchObject({ barred: false, attached: true });
      });

      test('is thrown out of its serving node, and its location update stays known', async () => {
        const subscriber = await created();
        await attach(cardOf(subscriber));
        await it.hlr.bar(subscriber.imsi);
        await eventually(() => expect(cancelled).toContain(subscriber.imsi), PATIENCE_MS);
        await expect(it.hlr.subscriber(subscriber.imsi)).resolves.toMatchObject({
          ...{ barred: true, attached: false, locationUpdate: { imei: IMEI } },
        });
      });

      test('remembers that a card tried to use it since, until it has its access back', async () => {
        const subscriber = await created();
        const { imsi } = subscriber;
        await it.hlr.bar(imsi);
        const before = await it.hlr.subscriber(imsi);
        await expect(refusal(cardOf(subscriber))).resolves.toBe('barred');
        const after = await it.hlr.subscriber(imsi);
        if (contract.tells === 'lastSqn') {
          expect(after?.lastSqn).toBeGreaterThan(before?.lastSqn ?? Infinity);
          return;
        }
        expect([before?.refusedAt, typeof after?.refusedAt]).toEqual([null, 'string']);
        await it.hlr.unbar(imsi);
        await expect(it.hlr.subscriber(imsi)).resolves.toMatchObject({ refusedAt: null });
      });

      test('may be barred again, and given its access back again', async () => {
        const { imsi } = await created();
        await it.hlr.bar(imsi);
        await it.hlr.bar(imsi);
        await expect(it.hlr.subscriber(imsi)).resolves.toMatchObject({ barred: true });
        await it.hlr.unbar(imsi);
        await it.hlr.unbar(imsi);
        await expect(it.hlr.subscriber(imsi)).resolves.toMatchObject({ barred: false });
      });
    });

    describe('a removed subscriber', () => {
      test('is gone, its serving node is told, and removing it again changes nothing', async () => {
        const subscriber = await created();
        await attach(cardOf(subscriber));
        await it.hlr.remove(subscriber.imsi);
        await eventually(() => expect(cancelled).toContain(subscriber.imsi), PATIENCE_MS);
        await it.hlr.remove(subscriber.imsi);
        await expect(it.hlr.subscriber(subscriber.imsi)).resolves.toBeUndefined();
        await expect(refusal(cardOf(subscriber))).resolves.toBe('unknownSubscriber');
      });

      test('leaves its IMSI to another one, with other keys and no history', async () => {
        const { imsi } = await created();
        await it.hlr.remove(imsi);
        const heir = { ...newSubscriber(), imsi };
        await it.hlr.create(heir);
        await expect(it.hlr.subscriber(imsi)).resolves.toMatchObject({ barred: false, locationUpdate: null });
        await expect(attach(cardOf(heir))).resolves.toEqual({ msisdn: heir.msisdn });
      });
    });

    describe('a subscriber that the HLR does not know', () => {
      test('is not shown, cannot be barred or given access, and cannot attach', async () => {
        const subscriber = newSubscriber();
        await expect(it.hlr.subscriber(subscriber.imsi)).resolves.toBeUndefined();
        await expect(failure(it.hlr.bar(subscriber.imsi))).resolves.toBe('unknown');
        await expect(failure(it.hlr.unbar(subscriber.imsi))).resolves.toBe('unknown');
        await expect(refusal(cardOf(subscriber))).resolves.toBe('unknownSubscriber');
      });
    });

    test('every attach is told to whoever watches, with the device', async () => {
      const subscriber = await created();
      const told: Attached[] = [];
      const watch = watchAttaches({
        ...{ hlr: it.hlr, everySeconds: 0.05, log: () => undefined },
        imsis: () => Promise.resolve([subscriber.imsi]),
        onAttach: (attached) => Promise.resolve(void told.push(attached)),
      });
      const card = cardOf(subscriber);
      await attach(card);
      await eventually(() => expect(told).toHaveLength(1), PATIENCE_MS);
      await delay(A_SECOND_LATER_MS);
      await attach(card, OTHER_IMEI);
      await eventually(() => expect(told).toHaveLength(2), PATIENCE_MS);
      await watch.stop();
      expect(told.map(({ imsi, locationUpdate }) => [imsi, locationUpdate.imei])).toEqual([
        ...[IMEI, OTHER_IMEI].map((imei) => [subscriber.imsi, imei]),
      ]);
    });

    test('no key is in any error, nor in a line of the serving node', async () => {
      const subscriber = await created();
      const other = { ...newSubscriber(), imsi: subscriber.imsi };
      const cause: unknown = await it.hlr.create(other).catch((error: unknown) => error);
      await refusal(cardOf(other));
      const shown = [inspect(cause, { depth: 9 }), JSON.stringify(cause), ...lines].join('\n').toLowerCase();
      for (const key of [subscriber.k, subscriber.opc, other.k, other.opc]) {
        expect(shown).not.toContain(toHex(key.reveal()));
        expect(shown).not.toContain([...key.reveal()].join());
      }
    });
  });
}
