import { benchForThisFile } from './bench.ts';

const bench = benchForThisFile();

const RESERVED = { states: ['requested', 'reserving'], target: 'reserved' } as const;
const SENDING = { states: ['requested', 'reserving', 'sending'], target: 'reserved', packet: 'sent' } as const;
const ACCEPTED = {
  ...SENDING,
  states: ['requested', 'reserving', 'sending', 'awaitingCard'],
  packet: 'accepted',
} as const;

test('a resumed change whose packet the SMSC has taken asks nobody for anything again, and waits for the card', async () => {
  const run = await bench.change().withConsent().resumedAfter(ACCEPTED).start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.calls).toEqual(['admitChange', 'confirmAttach', 'releaseSubscriber']);
  expect(run.states.slice(ACCEPTED.states.length)).toEqual(['requested', 'awaitingCard', 'releasing', 'completed']);
});

test('a resumed change whose packet may have left hands over that packet, and asks nobody for anything else', async () => {
  const run = await bench
    .change()
    .withConsent()
    .failingAt('askConsent', 'CONSENT_REFUSED')
    .resumedAfter(SENDING)
    .start();
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
  expect(run.calls.slice(0, 2)).toEqual(['admitChange', 'sendOverTheAir']);
});

test('a resumed change that fails before it comes to its reservation again withdraws it all the same', async () => {
  const run = await bench
    .change()
    .withConsent()
    .failingAt('askConsent', 'CONSENT_REFUSED')
    .resumedAfter(RESERVED)
    .start();
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'CONSENT_REFUSED' });
  expect(run.calls).toEqual(['admitChange', 'askConsent', 'stopSending', 'withdrawSubscriber']);
  expect(run.network.alive).toEqual(['source']);
});

test('a resumed change that is cancelled before it comes to its reservation again withdraws it all the same', async () => {
  const run = await bench
    .change()
    .withConsent()
    .failingAt('askConsent', 'CONSENT_PENDING')
    .resumedAfter(RESERVED)
    .start();
  await run.attempts('askConsent');
  await run.cancel();
  expect(await run.outcome()).toMatchObject({ kind: 'cancelled' });
  expect(run.network).toMatchObject({ packet: 'stopped', target: 'quarantined' });
});

test('a resumed change is never rolled back while its packet may have left, whatever fails or is wished for', async () => {
  const run = await bench.change().failingAt('sendOverTheAir', 'SMSC_UNREACHABLE').resumedAfter(SENDING).start();
  await run.attempts('sendOverTheAir');
  await run.cancel();
  await run.attempts('stopSending');
  await run.passes({ hours: 72 });
  expect(run.calls).not.toContain('withdrawSubscriber');
  expect(run.network.alive).toEqual(['source', 'target']);
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});

test('a resumed change whose rollback had begun is rolled back', async () => {
  const run = await bench
    .change()
    .resumedAfter({ ...RESERVED, target: 'quarantined', packet: 'stopped' })
    .start();
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'RESERVATION_WITHDRAWN' });
  expect(run.network.alive).toEqual(['source']);
});
