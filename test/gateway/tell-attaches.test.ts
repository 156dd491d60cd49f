import { setTimeout as delay } from 'node:timers/promises';
import type { HlrSubscriber } from '../../gateway/hlr.ts';
import type { HlrEvent } from '../../gateway/location-updates.ts';
import type { Operator } from '../../gateway/operator.ts';
import { tellAttaches } from '../../gateway/tell-attaches.ts';
import { parseImei } from '../../telecom/identifiers/imei.ts';
import { parseImsi, type Imsi } from '../../telecom/identifiers/imsi.ts';

const imsi = parseImsi('001029000000001');
const at = '2026-11-25T03:49:13.000Z';
const imei = parseImei('490154203237518');

/** One reservation in a book of its own, and an HLR at which the test attaches its card. */
class OneReservation {
  state = 'reserved';
  attached = false;
  isAway = false;
  readonly events: HlrEvent[] = [];
  readonly asked: Imsi[] = [];
  readonly #telling = tellAttaches(this.#operator(), {
    publish: (event) => {
      if (this.isAway) return Promise.reject(new Error('Kafka is away'));
      this.events.push(event);
      return Promise.resolve();
    },
    everySeconds: 0.005,
  });

  stop(): Promise<void> {
    return this.#telling.stop();
  }

  #operator(): Operator {
    return {
      config: { operator: 'operator-2', plmn: '00102' },
      log: () => undefined,
      hlr: { subscriber: (one: Imsi) => Promise.resolve(this.#shown(one)) },
      store: { locked: (_thing: string, work: (database: unknown) => Promise<void>) => work({}) },
      reservations: {
        waiting: () => Promise.resolve(this.state === 'reserved' ? [{ changeId: 'change-1', imsi }] : []),
        find: () => Promise.resolve({ state: this.state }),
        enter: (_database: unknown, _changeId: string, { state }: { state: string }) => {
          this.state = state;
          return Promise.resolve();
        },
      },
    } as unknown as Operator;
  }

  #shown(one: Imsi): HlrSubscriber {
    this.asked.push(one);
    const locationUpdate = this.attached ? { at, imei } : null;
    return { imsi: one, msisdn: undefined, barred: false, attached: this.attached, locationUpdate };
  }
}

let reservation: OneReservation;
beforeEach(() => {
  reservation = new OneReservation();
});
afterEach(() => reservation.stop());

const someRounds = () => delay(50);

test('the first card of a reserved subscriber is told, and is remembered', async () => {
  await someRounds();
  expect(reservation.events).toEqual([]);
  reservation.attached = true;
  await someRounds();
  expect(reservation.events).toEqual([
    expect.objectContaining({
      ...{ type: 'org.rehome.hlr.location-updated.v1', source: '/operators/operator-2/hlr', subject: imsi, time: at },
      data: { imsi, imei, plmn: '00102' },
    }),
  ]);
  expect(reservation.state).toBe('attached');
});

test('a subscriber that waits for no card is not asked for', async () => {
  reservation.attached = true;
  await someRounds();
  const { length } = reservation.asked;
  await someRounds();
  expect(reservation.asked).toHaveLength(length);
});

test('a card that could not be told stays reserved until it could', async () => {
  reservation.isAway = true;
  reservation.attached = true;
  await someRounds();
  expect(reservation.state).toBe('reserved');
  reservation.isAway = false;
  await someRounds();
  expect(reservation.events).toHaveLength(1);
  expect(reservation.state).toBe('attached');
});

test('a reservation that is being withdrawn stays so', async () => {
  reservation.isAway = true;
  reservation.attached = true;
  await someRounds();
  reservation.state = 'withdrawing';
  reservation.isAway = false;
  await someRounds();
  expect(reservation.state).toBe('withdrawing');
});
