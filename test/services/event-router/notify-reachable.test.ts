import { WorkflowNotFoundError, type WorkflowClient } from '@temporalio/client';
import type { EventBus } from '../../../adapters/kafka/event-bus.ts';
import type { BusBatch, OutgoingMessage, Subscription } from '../../../adapters/kafka/messages.ts';
import {
  DELIVERY_FAILED,
  DEVICE_REACHABLE,
  REACHABILITY_REPORTED,
  cloudEvent,
} from '../../../services/events/cloud-event.ts';
import { routeEvents } from '../../../services/event-router/event-router.ts';
import { contactStampOf, failureStampOf } from '../../../services/events/proof-stamp.ts';
import { CardIndex } from '../../../adapters/vault/card-index.ts';
import { Secret } from '../../../telecom/secret.ts';
import { CHANGE_ID, locationUpdated } from '../../support/events.ts';
import { scriptedDatabase } from '../../support/scripted-database.ts';

const ICCID = '8999901000000000013';
const SOURCE_IMSI = '001010000000001';
const INDEX = new CardIndex(Secret.of<Uint8Array>(Buffer.alloc(32, 7)));

const running: Subscription[] = [];
afterEach(async () => {
  for (const subscription of running.splice(0)) await subscription.stop();
});

/** What the rows of the database allow, and whether Temporal has a workflow. */
interface Plan {
  readonly failureIsNews?: boolean;
  readonly mayTell?: boolean;
  readonly source?: string;
  readonly onSignal?: () => Promise<void>;
}

/** A router with all that it talks to played: what it did is in the arrays. */
async function router({
  failureIsNews = true,
  mayTell = true,
  source = 'operator-1',
  onSignal = () => Promise.resolve(),
}: Plan = {}) {
  const signalled: object[] = [];
  const parked: unknown[] = [];
  const deadLetters: OutgoingMessage[] = [];
  const notes: string[] = [];
  let turns = 0;
  let handle: (batch: BusBatch) => Promise<void> = () => Promise.reject(new Error('nobody subscribed'));
  const bus = {
    subscribe: (_group: string, _topics: readonly string[], handler: typeof handle) => {
      handle = handler;
      return Promise.resolve({ stop: () => Promise.resolve() });
    },
    publish: (_topic: string, messages: readonly OutgoingMessage[]) => {
      deadLetters.push(...messages);
      return Promise.resolve([]);
    },
  } as unknown as EventBus;
  const workflows = {
    getHandle: () => ({
      signal: async ({ name }: { name: string }, input: object) => {
        await onSignal();
        signalled.push({ name, ...input });
      },
    }),
  } as unknown as WorkflowClient;
  const database = scriptedDatabase((statement, parameters) => {
    if (statement.includes('insert into parked_events')) parked.push(parameters);
    else if (statement.includes('set failed_at')) notes.push('failure told');
    else if (statement.includes('contacts - 1')) notes.push('contact not told');
    else if (statement.includes('contacts + 1')) return mayTell ? [{ turn: String((turns += 1)) }] : [];
    else if (statement.includes('failed_at is null')) return failureIsNews ? [{}] : [];
    else if (statement.includes('source_imsi =') && parameters[0] === SOURCE_IMSI)
      return [{ changeId: CHANGE_ID, iccid: ICCID, source }];
    return [];
  });
  const subscription = await routeEvents({
    ...{ database, bus, workflows, index: INDEX, log: () => undefined },
    requestChange: () => Promise.reject(new Error('nobody asks')),
    reopenChange: () => Promise.reject(new Error('nobody comes late')),
  });
  running.push(subscription);
  const take = async (event: object, topic = 'device.events') => {
    await handle({
      messages: [
        { topic, partition: 0, offset: '0', key: null, value: Buffer.from(JSON.stringify(event)), headers: {} },
      ],
      isCurrent: () => true,
      heartbeat: () => Promise.resolve(),
    });
  };
  return { take, signalled, parked, deadLetters, notes };
}

const time = '2026-03-04T05:06:07.000Z';
const told = (type: string, data: object) =>
  cloudEvent({
    ...{ id: 'event-1', source: '/smscs/smsc-1', type, subject: ICCID, time },
    data: { iccid: ICCID, ...data },
  });
const failed = (data: object = {}) => {
  const claim = { changeId: CHANGE_ID, submission: 2 };
  return told(DELIVERY_FAILED, {
    ...claim,
    messageId: '7',
    state: 'expired',
    stamp: failureStampOf(INDEX, claim),
    ...data,
  });
};
const reachable = (data: object = {}) => {
  const claim = { changeId: CHANGE_ID, at: time };
  return told(DEVICE_REACHABLE, { ...claim, stamp: contactStampOf(INDEX, claim), ...data });
};
const authenticated = (source = '/operators/operator-1/hlr') =>
  cloudEvent({
    ...{ id: 'authentication-1', source, type: 'org.rehome.hlr.authentication-seen.v1', subject: SOURCE_IMSI, time },
    data: { imsi: SOURCE_IMSI, servingNode: 'mme-1' },
  });

const reported = (
  monitoringType: string,
  { source = '/operators/operator-1/hlr', imsi = SOURCE_IMSI }: { source?: string; imsi?: string } = {},
) =>
  cloudEvent({
    ...{ id: 'report-1', source, type: REACHABILITY_REPORTED, subject: imsi, time },
    data: { imsi, monitoringType, reachabilityType: 'SMS' },
  });

describe('a submission that the SMSC has given up', () => {
  test('is told to the change under an id of its own, and noted as told', async () => {
    const { take, signalled, notes } = await router();
    await take(failed());
    expect(signalled).toEqual([
      { name: 'deliveryFailed', eventId: `${CHANGE_ID}/delivery-failed/2`, changeId: CHANGE_ID },
    ]);
    expect(notes).toEqual(['failure told']);
  });

  test('wakes nobody when it was told before, is not the last one, or its change has ended', async () => {
    const { take, signalled, parked, notes } = await router({ failureIsNews: false });
    await take(failed());
    expect([...signalled, ...parked, ...notes]).toEqual([]);
  });

  test.each([
    ['another change', { changeId: '019376a4-0000-7000-8000-000000000009' }],
    ['another submission', { submission: 3 }],
    ['nothing', { stamp: '0'.repeat(32) }],
  ])('goes to the dead letters with the stamp of %s', async (_what, data) => {
    const { take, signalled, deadLetters } = await router();
    await take(failed(data));
    expect(signalled).toEqual([]);
    expect(deadLetters[0]?.headers?.['x-reason']).toContain('stamp');
  });

  test('is kept for a person when no workflow runs', async () => {
    const { take, parked, notes } = await router({
      onSignal: () => Promise.reject(new WorkflowNotFoundError('gone', 'subscription-change/x', undefined)),
    });
    await take(failed());
    expect(parked).toHaveLength(1);
    expect(notes).toEqual([]);
  });
});

describe('a device that shows itself', () => {
  const inTurn = (turn: number) => ({
    ...{ name: 'deviceReachable', eventId: `${CHANGE_ID}/contact/${String(turn)}`, changeId: CHANGE_ID },
  });

  test('by its SMSC, wakes the change under the id of its turn', async () => {
    const { take, signalled } = await router();
    await take(reachable());
    expect(signalled).toEqual([inTurn(1)]);
  });

  test('by an authentication with the subscription that it is to leave, wakes the change', async () => {
    const { take, signalled } = await router();
    await take(authenticated(), 'hlr.events');
    expect(signalled).toEqual([inTurn(1)]);
  });

  test('by a location update with that subscription, wakes the change', async () => {
    const { take, signalled, parked } = await router();
    await take({ ...locationUpdated({ imsi: SOURCE_IMSI }), source: '/operators/operator-1/hlr' }, 'hlr.events');
    expect(signalled).toEqual([inTurn(1)]);
    expect(parked).toEqual([]);
  });

  test('by a report of an exposure function that it can be reached, wakes the change', async () => {
    const { take, signalled, parked } = await router();
    await take(reported('UE_REACHABILITY'), 'hlr.events');
    expect(signalled).toEqual([inTurn(1)]);
    expect(parked).toEqual([]);
  });

  test('no more, as an exposure function reports, wakes nobody and takes no turn', async () => {
    const { take, signalled, parked, deadLetters } = await router();
    await take(reported('LOSS_OF_CONNECTIVITY'), 'hlr.events');
    expect([...signalled, ...parked, ...deadLetters]).toEqual([]);
    await take(reported('UE_REACHABILITY'), 'hlr.events');
    expect(signalled).toEqual([inTurn(1)]);
  });

  test.each(['UE_REACHABILITY', 'LOSS_OF_CONNECTIVITY'])(
    'in a report of another operator than its own wakes nobody, and is kept for a person: %s',
    async (monitoringType) => {
      const { take, signalled, parked } = await router();
      await take(reported(monitoringType, { source: '/operators/operator-10/hlr' }), 'hlr.events');
      expect(signalled).toEqual([]);
      expect(parked).toMatchObject([
        expect.arrayContaining(['hlr.events', REACHABILITY_REPORTED, SOURCE_IMSI, expect.stringMatching(/^foreign: /)]),
      ]);
    },
  );

  test('in a report of what nobody asked for goes to the dead letters', async () => {
    const { take, signalled, deadLetters } = await router();
    await take(reported('LOCATION_REPORTING'), 'hlr.events');
    expect(signalled).toEqual([]);
    expect(deadLetters[0]?.headers?.['x-reason']).toContain('monitoringType');
  });

  test('in a report of a subscription that no open change leaves is dropped', async () => {
    const { take, signalled, parked, deadLetters } = await router();
    await take(reported('UE_REACHABILITY', { imsi: '001010000000002' }), 'hlr.events');
    expect([...signalled, ...parked, ...deadLetters]).toEqual([]);
  });

  test('is news in each of its turns: an id that somebody else has used before hides nothing', async () => {
    const { take, signalled } = await router();
    await take(authenticated(), 'hlr.events');
    await take(authenticated(), 'hlr.events');
    expect(signalled).toEqual([inTurn(1), inTurn(2)]);
  });

  test.each([
    ['another operator', '/operators/operator-10/hlr'],
    ['an operator whose name only begins so', '/operators/operator-1'],
  ])('in an event of %s than its own wakes nobody', async (_whose, source) => {
    const { take, signalled } = await router();
    await take(authenticated(source), 'hlr.events');
    expect(signalled).toEqual([]);
  });

  test('with a subscription that no open change leaves, wakes nobody', async () => {
    const { take, signalled, parked } = await router();
    await take(locationUpdated({ imsi: '001010000000002' }), 'hlr.events');
    expect([...signalled, ...parked]).toEqual([]);
  });

  test('so soon again wakes nobody', async () => {
    const { take, signalled, parked } = await router({ mayTell: false });
    await take(reachable());
    await take(authenticated(), 'hlr.events');
    await take(reported('UE_REACHABILITY'), 'hlr.events');
    expect([...signalled, ...parked]).toEqual([]);
  });

  test('while Temporal is away is not counted as told, and tried again', async () => {
    let refusals = 1;
    const { take, signalled, notes } = await router({
      onSignal: () => (refusals-- > 0 ? Promise.reject(new Error('14 UNAVAILABLE')) : Promise.resolve()),
    });
    await take(reachable());
    expect(signalled).toHaveLength(1);
    expect(notes).toEqual(['contact not told']);
  });

  test.each([
    ['another change', { changeId: '019376a4-0000-7000-8000-000000000009' }],
    ['another moment', { at: '2026-03-04T05:06:08.000Z' }],
  ])('by an event with the stamp of %s wakes nobody', async (_what, data) => {
    const { take, signalled, deadLetters } = await router();
    await take(reachable(data));
    expect(signalled).toEqual([]);
    expect(deadLetters).toHaveLength(1);
  });
});
