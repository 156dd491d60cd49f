import { LOCATION_UPDATED, LOCATION_UPDATE_REFUSED } from '../../../services/events/cloud-event.ts';
import { stampOf } from '../../../services/events/proof-stamp.ts';
import { CHANGE_ID, proofOfReceipt } from '../../support/events.ts';
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
  refused,
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

const WITHDRAWN = { ...WAITING, state: 'quarantined', ended: true };

test('a card that tries to use what an ended change withdrew has the change reopened, and nobody else is bothered', async () => {
  const { signalled, reopenedChanges, parked, handle } = await playedRouter({ reservation: WITHDRAWN });
  await handle(batch([refused('late')]));
  expect(reopenedChanges).toEqual([CHANGE_ID]);
  expect([...signalled, ...parked]).toEqual([]);
});

test('an attach with what an ended change withdrew has the change reopened, and is kept for a person as well', async () => {
  const { reopenedChanges, parked, handle } = await playedRouter({ reservation: WITHDRAWN });
  await handle(batch([attach('late')]));
  expect(reopenedChanges).toEqual([CHANGE_ID]);
  expect(parked).toHaveLength(1);
});

test('a late card whose change can not be reopened is kept for a person, with the reason', async () => {
  const reopened = { kind: 'refused', reason: 'another change moved the card' } as const;
  const { parked, handle } = await playedRouter({ reservation: WITHDRAWN, reopened });
  await handle(batch([refused('late')]));
  const reason = expect.stringMatching(/quarantined; another change moved the card$/) as string;
  expect(parked).toMatchObject([['hlr.events', LOCATION_UPDATE_REFUSED, IMSI, 'late', expect.anything(), reason]]);
});

test.each(['tooSoon', 'running'] as const)(
  'a late card that asks again while its change is %s is dropped',
  async (kind) => {
    const { signalled, parked, handle } = await playedRouter({ reservation: WITHDRAWN, reopened: { kind } });
    await handle(batch([refused('again')]));
    expect([...signalled, ...parked]).toEqual([]);
  },
);

test('a refusal that comes from another operator than the one that withdrew the IMSI reopens nothing', async () => {
  const { reopenedChanges, parked, handle } = await playedRouter({ reservation: WITHDRAWN });
  await handle(batch([refused('forged', { source: '/operators/operator-1/hlr' })]));
  expect(reopenedChanges).toEqual([]);
  expect(JSON.stringify(parked)).toContain('foreign');
});

test.each([
  ['that a running change reserved', WAITING],
  ['that belongs to a card of its operator', { ...WAITING, state: 'active', ended: true }],
  ['that a card had and that was released', { ...WAITING, state: 'returned', ended: true }],
  ['that nobody reserved', null],
])('a refusal of an IMSI %s is nobody’s', async (_what, reservation) => {
  const { signalled, reopenedChanges, parked, deadLetters, handle } = await playedRouter({ reservation });
  await handle(batch([refused('1')]));
  expect([...signalled, ...reopenedChanges, ...parked, ...deadLetters]).toEqual([]);
});

test('a proof that the card has taken what an ended change withdrew has the change reopened, once', async () => {
  const { signalled, reopenedChanges, reopenedBy, told, parked, handle } = await playedRouter({
    reservation: WITHDRAWN,
  });
  await handle(batch([stamped()]));
  expect([reopenedChanges, reopenedBy]).toEqual([[CHANGE_ID], ['proof']]);
  expect(told).toHaveLength(1);
  expect([...signalled, ...parked]).toEqual([]);
});

test('such a proof comes only once, so it waits until the workflow that may have asked before it has ended', async () => {
  const reopened = { kind: 'running' } as const;
  const { told, later, parked, handle } = await playedRouter({ reservation: WITHDRAWN, reopened });
  await handle(batch([stamped()]));
  expect(later).toMatchObject([[expect.stringContaining('"por-1"'), CHANGE_ID, true]]);
  expect([...told, ...parked]).toEqual([]);
});

test.each([
  ['attach', attach('late')],
  ['refused attach', refused('late')],
  ['proof', stamped()],
])(
  'a late %s of a card that is being read waits in its reservation, and what is behind it goes on',
  async (what, late) => {
    const { told, later, said, parked, reopenedChanges, handle } = await playedRouter({
      reservation: WITHDRAWN,
      reopened: [{ kind: 'beingRead' }, { kind: 'reopened' }],
    });
    await handle(batch([late, refused('behind')]));
    const isProof = what === 'proof';
    expect(later).toMatchObject([[expect.stringContaining(isProof ? '"por-1"' : '"late"'), CHANGE_ID, isProof]]);
    expect(reopenedChanges).toHaveLength(2);
    expect([...told, ...said, ...parked]).toEqual([]);
  },
);

test('such a proof of a change that can not be reopened is kept for a person, with the reason', async () => {
  const reopened = { kind: 'refused', reason: 'another change moved the card' } as const;
  const { parked, handle } = await playedRouter({ reservation: WITHDRAWN, reopened });
  await handle(batch([stamped()]));
  expect(parked).toHaveLength(1);
  expect(JSON.stringify(parked)).toMatch(/has proven that it took.*another change moved the card/);
});

const answering = (claim: object) => proof({ ...CLAIM, ...claim, stamp: stampOf(INDEX, { ...CLAIM, ...claim }) });

test('a card that proves late that it was written again has the change reopened', async () => {
  const { reopenedChanges, handle } = await playedRouter({ reservation: WITHDRAWN });
  await handle(batch([answering({ purpose: 'rewrite', number: 2 })]));
  expect(reopenedChanges).toEqual([CHANGE_ID]);
});

test.each([
  ['a refusal', WITHDRAWN, answering({ statusWord: '63c2' })],
  ['the answer to a copy', WITHDRAWN, answering({ status: 'cntrLow' })],
  ['an answer to a probe', WITHDRAWN, answering({ purpose: 'probe' })],
  ['a proof of what is at the target still', { ...WITHDRAWN, state: 'active' }, stamped()],
  ['a proof of what was released since', { ...WITHDRAWN, state: 'returned' }, stamped()],
  ['a proof that its change was told of', { ...WITHDRAWN, told: true }, stamped()],
])('of an ended change, %s is dropped', async (_what, reservation, late) => {
  const { signalled, reopenedChanges, parked, handle } = await playedRouter({ reservation });
  await handle(batch([late]));
  expect([...signalled, ...reopenedChanges, ...parked]).toEqual([]);
});

test.each([
  ['attach', attach('late')],
  ['refused attach', refused('late')],
  ['proof', stamped()],
])('a late %s while a later change of the card is open calls a person at once, and is kept', async (_what, late) => {
  const reopened = { kind: 'inTheWay', reason: 'change X is open' } as const;
  const { called, said, parked, handle } = await playedRouter({ reservation: WITHDRAWN, reopened });
  await handle(batch([late]));
  expect(called).toEqual(['LATE_CARD']);
  expect(said[0]).toContain('change X is open');
  expect(parked).toHaveLength(1);
});

test('a late card whose change is reopened calls nobody', async () => {
  const { called, handle } = await playedRouter({ reservation: WITHDRAWN });
  await handle(batch([refused('late')]));
  expect(called).toEqual([]);
});
