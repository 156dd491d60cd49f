import { Kafka, logLevel } from 'kafkajs';
import { sql } from 'kysely';
import { CLOUD_EVENT_CONTENT_TYPE, PROOF_OF_RECEIPT, readEvent } from '../../services/events/cloud-event.ts';
import { faultsOf, readDescription, type Node } from '../support/described.ts';
import { locationUpdated, proofOfReceipt } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';

interface Seen {
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

const { channels: CHANNELS } = readDescription('docs/asyncapi.yaml') as {
  readonly channels: Readonly<
    Record<
      string,
      {
        readonly address: string;
        readonly messages: Readonly<Record<string, { readonly name: string; readonly payload: Node }>>;
      }
    >
  >;
};

describe('the events of the system', () => {
  const system = new RunningSystem();
  const kafka = new Kafka({
    clientId: 'test-reader',
    brokers: [...system.engines.kafkaBrokers],
    logLevel: logLevel.NOTHING,
  });
  const consumer = kafka.consumer({ groupId: `test-reader-${String(process.pid)}` });
  const producer = kafka.producer({ allowAutoTopicCreation: false });
  const seen = new Map<string, Seen[]>();

  beforeAll(async () => {
    await producer.connect();
    await consumer.connect();
    await consumer.subscribe({
      topics: [
        'subscription-change.events',
        'hlr.events',
        'device.events',
        'hlr.events.dead-letters',
        'device.events.dead-letters',
      ],
      fromBeginning: true,
    });
    await consumer.run({
      eachMessage: ({ topic, message }) => {
        const headers = Object.fromEntries(
          Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]),
        );
        seen.set(topic, [
          ...(seen.get(topic) ?? []),
          { key: String(message.key), value: message.value ?? Buffer.alloc(0), headers },
        ]);
        return Promise.resolve();
      },
    });
  });
  afterEach(async () => {
    await system.faults('smsc', {});
    await system.faults('operator-2', {});
  });
  afterAll(async () => {
    await consumer.disconnect();
    await producer.disconnect();
    await system.close();
  });

  const published = (topic: string, key: string) => (seen.get(topic) ?? []).filter((message) => message.key === key);

  const reservedImsi = async (changeId: string): Promise<string> => {
    const { rows } = await sql<{ imsi: string }>`
      select imsi from reservations where change_id = ${changeId}::uuid`.execute(system.resources.database);
    return rows[0]?.imsi ?? '';
  };

  test('every state of a change is published once, in order, as a CloudEvent keyed by ICCID', async () => {
    const iccid = await system.freshCard('operator-1');
    const changeId = await system.start(iccid, 'operator-2');
    const { timeline } = await system.end(changeId);
    await eventually(async () => {
      const events = published('subscription-change.events', iccid).map(
        ({ value }) =>
          JSON.parse(value.toString()) as { id: string; subject: string; specversion: string; data: { state: string } },
      );
      expect(events.map(({ id }) => id)).toEqual(timeline.map(({ sequence }) => `${changeId}/${String(sequence)}`));
      expect(events.map(({ data }) => data.state)).toEqual(timeline.map(({ state }) => state));
      expect(events.every(({ specversion, subject }) => specversion === '1.0' && subject === changeId)).toBe(true);
      await Promise.resolve();
    });
  });

  test('every event that a change brings about is as docs/asyncapi.yaml describes it, with no member that it does not name', async () => {
    const iccid = await system.freshCard('operator-1');
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    const keys: Readonly<Record<string, string>> = {
      'subscription-change.events': iccid,
      'device.events': iccid,
      'hlr.events': change.targetImsi ?? '',
    };
    await eventually(() => {
      for (const [topic, key] of Object.entries(keys)) expect(published(topic, key).length).toBeGreaterThan(0);
      const [last] = published('subscription-change.events', iccid).slice(-1);
      expect(last?.value.toString()).toContain('"completed"');
    });
    for (const [topic, key] of Object.entries(keys)) {
      const described = Object.values(CHANNELS).find(({ address }) => address === topic);
      for (const { value, headers } of published(topic, key)) {
        const event = JSON.parse(value.toString()) as { readonly type: string };
        const message = Object.values(described?.messages ?? {}).find(({ name }) => name === event.type);
        const faults = message === undefined ? ['is not described'] : faultsOf(message.payload, event);
        expect({ topic, type: event.type, faults }).toEqual({ topic, type: event.type, faults: [] });
        expect(headers['content-type']).toBe(CLOUD_EVENT_CONTENT_TYPE);
      }
    }
  });

  test('the event of a rejected change names the rule that is against it, for people and for programs', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.desk.blockCard({ iccid, by: 'user:test', reason: 'stolen' });
    const changeId = await system.start(iccid, 'operator-2');
    await eventually(async () => {
      const [event, ...more] = published('subscription-change.events', iccid).map(
        ({ value }) => JSON.parse(value.toString()) as { readonly data: object },
      );
      expect(more).toEqual([]);
      expect(event?.data).toMatchObject({
        ...{ changeId, sequence: 1, state: 'rejected', ended: true, code: 'CARD_BLOCKED', rule: 'card.blocked' },
        cause: expect.stringMatching(`^card ${iccid}, blocked by user:test at .*: stolen$`) as string,
      });
      await Promise.resolve();
    });
  });

  test('a message that can not be read goes to the dead letters byte for byte, and what follows it is still handled', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('operator-2', { holdEvents: true });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingAttach');
    const imsi = await reservedImsi(changeId);
    const poison = Buffer.from([0x00, 0xff, 0x7b, 0x22, 0xc3, 0x28]);
    await producer.send({ topic: 'hlr.events', messages: [{ key: imsi, value: poison, headers: { trace: 'abc' } }] });
    await system.faults('operator-2', {});
    expect((await system.end(changeId)).change.state).toBe('completed');
    await eventually(async () => {
      const [letter] = published('hlr.events.dead-letters', imsi);
      expect(letter?.value.equals(poison)).toBe(true);
      expect(letter?.headers).toMatchObject({
        trace: 'abc',
        'x-topic': 'hlr.events',
        'x-reason': 'the message is not JSON',
      });
      await Promise.resolve();
    });
  });

  test('an event alone never convinces: a forged location update wakes the change, and the HLR denies it', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { loseMessages: 1 });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingCard');
    const imsi = await reservedImsi(changeId);
    const forged = {
      specversion: '1.0',
      id: 'forged-1',
      source: '/operators/operator-2/hlr',
      type: 'org.rehome.hlr.location-updated.v1',
      subject: imsi,
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      data: { imsi, imei: '001010010000014', plmn: '00102' },
    };
    expect(readEvent(Buffer.from(JSON.stringify(forged))).kind).toBe('locationUpdated');
    await producer.send({ topic: 'hlr.events', messages: [{ key: imsi, value: JSON.stringify(forged) }] });
    const history = async () => (await system.history(iccid)).events ?? [];
    await eventually(async () => {
      expect(
        (await history()).some(
          (event) => event.activityTaskCompletedEventAttributes && JSON.stringify(event).length > 0,
        ),
      ).toBe(true);
      expect(
        (await history()).filter(
          (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'confirmAttach',
        ),
      ).toHaveLength(1);
    });
    expect((await system.desk.findChange(changeId))?.state).toBe('awaitingCard');
    expect(
      await system.effects('operator-1', { imsi: (await system.desk.findChange(changeId))?.sourceImsi ?? '' }),
    ).not.toContain('barred');
  });

  test('a flood of forged location updates wakes a change seldom, and those of another operator never', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { loseMessages: 1 });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingCard');
    const imsi = await reservedImsi(changeId);
    const flood = (name: string, source: string, keys: number) =>
      producer.send({
        topic: 'hlr.events',
        messages: Array.from({ length: 300 }, (_, index) => {
          const id = `${name}-${String(index)}`;
          return {
            key: `${imsi}${String(index % keys)}`,
            value: JSON.stringify({ ...locationUpdated({ id, imsi }), source }),
          };
        }),
      });
    const woken = async () =>
      ((await system.history(iccid)).events ?? []).filter(
        (event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'locationUpdate',
      ).length;
    const foreign = async () =>
      (await system.desk.listParkedEvents(100)).find(
        ({ data, reason }) => data['imsi'] === imsi && reason.startsWith('foreign'),
      );
    await flood('foreign', '/operators/operator-1/hlr', 8);
    await eventually(async () => {
      expect(await foreign()).toMatchObject({ times: 300, source: '/operators/operator-1/hlr' });
    });
    expect(await woken()).toBe(0);
    await flood('forged', '/operators/operator-2/hlr', 8);
    // One wake-up at once, and all that came in the first five seconds is one more.
    await eventually(async () => {
      expect(await woken()).toBe(2);
    });
    // The signal is seen a moment before the router's transaction is.
    await eventually(async () => {
      const { rows: left } = await sql<{ waits: boolean; wakeUps: number }>`
        select waiting_event is not null as waits, wake_ups as "wakeUps" from reservations where change_id = ${changeId}::uuid`.execute(
        system.resources.database,
      );
      expect(left).toEqual([{ waits: false, wakeUps: 2 }]);
    });
    expect((await system.desk.findChange(changeId))?.state).toBe('awaitingCard');
  });

  test('a true proof of receipt that is sent again under other ids is signalled once', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('operator-2', { holdEvents: true });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingAttach');
    const proofs = () =>
      published('device.events', iccid)
        .map(({ value }) => JSON.parse(value.toString()) as { id: string; type: string })
        .filter(({ type }) => type === PROOF_OF_RECEIPT);
    await eventually(() => {
      expect(proofs()).toHaveLength(1);
    });
    const copies = Array.from({ length: 20 }, (_, index) =>
      JSON.stringify({ ...proofs()[0], id: `copy-${String(index)}` }),
    );
    // What can't be read comes last, and shows that all before it was handled.
    const messages = [...copies, 'the end'].map((value) => ({ key: iccid, value }));
    await producer.send({ topic: 'device.events', messages });
    await eventually(() => {
      expect(published('device.events.dead-letters', iccid)).toHaveLength(1);
    });
    const signals = ((await system.history(iccid)).events ?? []).filter(
      (event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'proofOfReceipt',
    );
    expect(signals).toHaveLength(1);
    await system.faults('operator-2', {});
    expect((await system.end(changeId)).change.state).toBe('completed');
  });

  test('a forged proof of receipt decides nothing, and is kept among the dead letters', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('smsc', { loseMessages: 1 });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingCard');
    const forged = proofOfReceipt({ id: 'forged-2', iccid, changeId, status: 'tarUnknown', stamp: 'a'.repeat(32) });
    await producer.send({ topic: 'device.events', messages: [{ key: iccid, value: JSON.stringify(forged) }] });
    await eventually(async () => {
      const [letter] = published('device.events.dead-letters', iccid);
      expect(letter?.headers).toMatchObject({ 'x-reason': expect.stringContaining('stamp') as string });
      await Promise.resolve();
    });
    expect((await system.desk.findChange(changeId))?.state).toBe('awaitingCard');
    expect(await system.effects('operator-2', { changeId })).toEqual(['reserved']);
  });

  test('are shown to who looks, from the beginning or from now on, and nobody commits anything', async () => {
    const iccid = await system.freshCard('operator-1');
    const { timeline } = await system.end(await system.start(iccid, 'operator-2'));
    const read = async (follow: boolean, work: () => Promise<void> = () => Promise.resolve()): Promise<unknown[]> => {
      const states: unknown[] = [];
      const stop = new AbortController();
      let whenReading: () => void = () => undefined;
      const reading = new Promise<void>((resolve) => (whenReading = resolve));
      const done = system.desk.readEvents({
        ...{ iccid, follow, fromBeginning: !follow, signal: stop.signal, onReading: whenReading },
        onEvent: ({ event }) => states.push(event?.data?.['state']),
      });
      if (follow) {
        await reading;
        await work();
        await eventually(() => {
          expect(states).toContain('rejected');
          return Promise.resolve();
        });
        stop.abort();
      }
      await done;
      return states;
    };
    await eventually(async () => {
      expect(await read(false)).toEqual(timeline.map(({ state }) => state));
    });
    const again = async () => {
      await system.end(await system.start(iccid, 'operator-2'));
    };
    expect(await read(true, again)).toEqual(['rejected']);
  });
});
