import { LOCATION_UPDATED } from '../../../activities/events/cloud-event.ts';
import { stampOf } from '../../../activities/events/proof-stamp.ts';
import { proofOfReceipt } from '../../support/events.ts';
import {
  CLAIM,
  CLAIM_ID,
  IMSI,
  INDEX,
  WAITING,
  attach,
  batch,
  message,
  playedRouter,
  proof,
  stamped,
  stopRouters,
} from '../../support/played-router.ts';

afterEach(stopRouters);

test('a proof of receipt with the stamp of the OTA worker is signalled', async () => {
  const { signalled, handle } = await playedRouter();
  await handle(batch([stamped()]));
  expect(signalled).toEqual([{ name: 'proofOfReceipt', eventId: CLAIM_ID }]);
});

test('a proof of receipt is signalled under an id of what its stamp covers, whatever id it comes with', async () => {
  const { signalled, told, handle } = await playedRouter();
  const copy = Buffer.from(
    JSON.stringify({ ...proofOfReceipt({ ...CLAIM, stamp: stampOf(INDEX, CLAIM) }), id: 'new-1' }),
  );
  await handle(batch([stamped(), message(copy)]));
  expect(signalled.map(({ eventId }) => eventId)).toEqual([CLAIM_ID, CLAIM_ID]);
  expect(told).toHaveLength(2);
});

test('a proof of receipt that its change has been told of wakes nobody under a new id', async () => {
  const { signalled, parked, handle } = await playedRouter({ reservation: { ...WAITING, told: true } });
  await handle(batch([stamped()]));
  expect([...signalled, ...parked]).toEqual([]);
});

test.each([
  '/operators/operator-1/hlr',
  '/operators/operator-22/hlr',
  '/operators/operator-2',
  'operators/operator-2/hlr',
  'https://attacker.example/operators/operator-2/hlr',
])('a location update from %s wakes no change that has reserved its IMSI at another operator', async (source) => {
  const { signalled, parked, handle } = await playedRouter();
  await handle(batch([attach('forged', 'a', { source })]));
  expect(signalled).toEqual([]);
  expect(parked).toMatchObject([
    [
      'hlr.events',
      LOCATION_UPDATED,
      IMSI,
      'forged',
      expect.stringContaining(source),
      expect.stringContaining('foreign'),
    ],
  ]);
});

test('whatever sources a sender makes up, foreign events about one IMSI are of one kind', async () => {
  const { parked, handle } = await playedRouter();
  await handle(batch(['/a', '/b'].map((source) => attach(source, 'a', { source }))));
  const kinds = parked.map(([topic, type, subject, , , reason]) => JSON.stringify([topic, type, subject, reason]));
  expect(new Set(kinds).size).toBe(1);
  expect(kinds).toHaveLength(2);
});

test('a location update of a change that was woken a moment ago is not signalled now, and what comes after it is routed', async () => {
  const { signalled, parked, handle } = await playedRouter({ mayWake: false });
  await handle(batch([attach('too soon'), stamped()]));
  expect(signalled).toEqual([{ name: 'proofOfReceipt', eventId: CLAIM_ID }]);
  expect(parked).toEqual([]);
});

test('a wake-up that the server did not take does not count', async () => {
  let refusals = 1;
  const { signalled, calledBack, handle } = await playedRouter({
    onSignal: () => (refusals-- > 0 ? Promise.reject(new Error('14 UNAVAILABLE')) : Promise.resolve()),
  });
  await handle(batch([attach('1')]));
  expect(signalled).toHaveLength(1);
  expect(calledBack()).toBe(1);
});

test.each([
  ['no stamp', proof(CLAIM)],
  ['a made-up stamp', proof({ ...CLAIM, stamp: '0'.repeat(32) })],
  ['the stamp of another status', stamped({ status: 'tarUnknown' })],
  ['the stamp of another counter', stamped({ cntr: 2 })],
  ['the stamp of another status word', stamped({ statusWord: '63c1' })],
])('a proof of receipt that claims to be authenticated with %s goes to the dead letters', async (_what, forged) => {
  const { signalled, deadLetters, handle } = await playedRouter();
  await handle(batch([forged]));
  expect(signalled).toEqual([]);
  expect(deadLetters[0]?.message.headers?.['x-reason']).toContain('stamp');
});

test('a proof of receipt that is not authenticated is not even signalled: anybody can send any number of them', async () => {
  const { signalled, parked, deadLetters, handle } = await playedRouter();
  await handle(batch([proof({ ...CLAIM, authenticated: false })]));
  expect([...signalled, ...parked, ...deadLetters]).toEqual([]);
});
