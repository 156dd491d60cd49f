import { Kafka, logLevel } from 'kafkajs';
import { sql } from 'kysely';
import { readEvent } from '../../activities/events/cloud-event.ts';
import { proofOfReceipt } from '../support/events.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';

interface Seen {
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

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
      topics: ['subscription-change.events', 'hlr.events', 'hlr.events.dead-letters', 'device.events.dead-letters'],
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
  afterAll(async () => {
    await consumer.disconnect();
    await producer.disconnect();
    await system.close();
  });

  const published = (topic: string, key: string) => (seen.get(topic) ?? []).filter((message) => message.key === key);

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

  test('a message that can not be read goes to the dead letters byte for byte, and what follows it is still handled', async () => {
    const iccid = await system.freshCard('operator-1');
    await system.faults('operator-2', { holdEvents: true });
    const changeId = await system.start(iccid, 'operator-2');
    await system.reaches(changeId, 'awaitingAttach');
    const { rows } = await sql<{
      imsi: string;
    }>`select imsi from reservations where change_id = ${changeId}::uuid`.execute(system.resources.database);
    const imsi = rows[0]?.imsi ?? '';
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
    const { rows } = await sql<{
      imsi: string;
    }>`select imsi from reservations where change_id = ${changeId}::uuid`.execute(system.resources.database);
    const imsi = rows[0]?.imsi ?? '';
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
    await system.faults('smsc', {});
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
    await system.faults('smsc', {});
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
