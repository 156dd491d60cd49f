import { benchForThisFile } from '../bench.ts';

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

test('a resumed change goes on with the subscriber that it has reserved, also if that was the last of the pool', async () => {
  const states = ['requested', 'awaitingConsent', 'reserving'] as const;
  const run = await bench
    .change()
    .withConsent()
    .resumedAfter({ states, target: 'reserved', packet: 'none' })
    .failingAt('askPool', 'IMSI_POOL_EMPTY')
    .start();
  await run.reaches('awaitingCard');
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
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

describe('a resumed change on whose record the card', () => {
  const MESSAGE = 'as the lost workflow had recorded it';
  const answered = (statusWord: string) =>
    ({ packets: [{ purpose: 'write', answer: { status: 'porOk', statusWord } }] }) as const;

  test.each([
    ['accepted', 'reserved'],
    ['accepted', 'quarantined'],
    ['sent', 'reserved'],
    ['sent', 'quarantined'],
  ] as const)(
    'has refused is rolled back, with its packet %s and the subscriber %s, and nothing is sent or brought back',
    async (packet, target) => {
      const run = await bench
        .change()
        .resumedAfter({ ...ACCEPTED, packet, target, record: answered('63c2') })
        .start();
      run.network.lapsed = target === 'quarantined';
      expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'ADMIN_CODE_WRONG' });
      expect(run.calls).toEqual(['admitChange', 'confirmAttach', 'withdrawSubscriber']);
      expect(run.network.alive).toEqual(['source']);
    },
  );

  test('has refused goes forward all the same when the HLR of the target has it: that is asked before anything is undone', async () => {
    const run = await bench
      .change()
      .resumedAfter({ ...ACCEPTED, record: answered('63c2') })
      .holding('confirmAttach')
      .start();
    await run.cardAttachesUnseen();
    run.letGoOn('confirmAttach');
    expect(await run.outcome()).toMatchObject({ kind: 'completed' });
    expect(run.calls).not.toContain('withdrawSubscriber');
  });

  test('has confirmed is not asked again, whatever rollback had begun before, and nobody may roll it back', async () => {
    const record = { ...answered('9000'), rollback: { code: 'ROLLED_BACK_BY_HAND', message: MESSAGE } } as const;
    const run = await bench
      .change()
      .resumedAfter({ ...SENDING, record })
      .start();
    await run.reaches('awaitingAttach');
    await expect(run.supportAsks({ action: 'rollBack' })).rejects.toThrow();
    await run.cardAttaches();
    expect(await run.outcome()).toMatchObject({ kind: 'completed' });
    expect(run.calls).not.toContain('sendOverTheAir');
    expect(run.calls).not.toContain('withdrawSubscriber');
  });

  test('was read to hold its old IMSI is rolled back', async () => {
    const packets = [
      { purpose: 'write' },
      { purpose: 'probe' },
      { purpose: 'probe', answer: { status: 'porOk', holds: 'source' } },
    ] as const;
    const run = await bench
      .change()
      .readable()
      .resumedAfter({ ...ACCEPTED, record: { packets } })
      .start();
    expect(await run.outcome()).toMatchObject({ kind: 'rolledBack', code: 'CARD_UNCHANGED' });
    expect(run.network.probes).toEqual([]);
  });

  test('has answered a probe under a counter that was too low is sent the next probe, not the same one', async () => {
    const packets = [{ purpose: 'write' }, { purpose: 'probe', answer: { status: 'cntrLow' } }] as const;
    const run = await bench
      .change()
      .readable()
      .resumedAfter({ ...ACCEPTED, record: { packets } })
      .start();
    await run.attempts('probeCard');
    expect(run.network.probes).toEqual([2]);
  });

  test('has said what proves nothing keeps both subscriptions, and its packet goes out again', async () => {
    const packets = [{ purpose: 'write', answer: { status: 'integrityFailed' } }] as const;
    const run = await bench
      .change()
      .resumedAfter({ ...SENDING, record: { packets } })
      .start();
    await run.passes({ hours: 72 });
    expect(run.calls).toContain('sendOverTheAir');
    expect(run.calls).not.toContain('withdrawSubscriber');
    expect(run.network.alive).toEqual(['source', 'target']);
    expect(run.network.timeline).toContainEqual(
      expect.objectContaining({ state: 'inDoubt', code: 'POR_INTEGRITY_FAILED' }),
    );
  });
});

describe('a resumed change whose rollback had begun', () => {
  const rollback = { code: 'CANCELLED', message: 'cancelled by user:ann' } as const;

  test.each(['reserved', 'quarantined', 'none'] as const)(
    'while its packet had not left is carried to the end that was recorded, and no step is taken again: subscriber %s',
    async (target) => {
      const before = { ...RESERVED, target, packet: 'stopped', record: { packets: [], rollback } } as const;
      const run = await bench.change().withConsent().resumedAfter(before).start();
      expect(await run.outcome()).toEqual({ kind: 'cancelled', code: 'CANCELLED', reason: rollback.message });
      expect(run.calls).toEqual(['admitChange', 'stopSending', 'withdrawSubscriber']);
      expect(run.network.alive).toEqual(['source']);
    },
  );

  test('behind the pivot is carried to its end, although the HLR of the target gives no answer', async () => {
    const before = {
      ...ACCEPTED,
      target: 'quarantined',
      record: { packets: [{ purpose: 'write' }], rollback },
    } as const;
    const run = await bench.change().failingAt('confirmAttach', 'HLR_UNREACHABLE').resumedAfter(before).start();
    expect(await run.outcome()).toMatchObject({ kind: 'cancelled' });
    expect(run.calls).not.toContain('restoreSubscriber');
  });
});

test('a resumed change whose packet may have left, and of which nothing was proven, brings back what has lapsed', async () => {
  const before = { ...ACCEPTED, record: { packets: [{ purpose: 'write' }] } } as const;
  const run = await bench.change().resumedAfter(before).start();
  run.network.lapsed = true;
  await run.attempts('restoreSubscriber');
  expect(run.calls).not.toContain('withdrawSubscriber');
  expect(run.network.alive).toEqual(['source', 'target']);
});

describe.each(['BOTH_ATTACHED', 'OTHER_DEVICE'] as const)('a resumed change that was frozen by %s', (code) => {
  const message = 'as the source operator had shown it';
  const before = {
    ...ACCEPTED,
    states: [...ACCEPTED.states, 'releasing'],
    record: { packets: [{ purpose: 'write' }], frozen: { code, message } },
  } as const;

  /** The card is attached at the target, as it was before. */
  async function frozen() {
    const run = await bench.change().resumedAfter(before).holding('confirmAttach').start();
    await run.cardAttachesUnseen();
    run.letGoOn('confirmAttach');
    await run.reaches('inDoubt');
    return run;
  }

  test.each([
    ['one person has it tried again', 'retryNow', ['user:ann']],
    ['two persons accept the attach', 'acceptAttach', ['user:ann', 'user:ben']],
  ] as const)('stays so: the source is not asked to let go until %s', async (_what, action, actors) => {
    const run = await frozen();
    await run.passes({ hours: 30 * 24 });
    expect(run.network.timeline.at(-1)).toMatchObject({ state: 'inDoubt', code });
    expect(run.calls).not.toContain('releaseSubscriber');
    expect(run.calls).not.toContain('insistOnRelease');
    expect(run.network.alive).toEqual(['source', 'target']);
    for (const actor of actors) await run.supportAsks({ action, actor });
    expect(await run.outcome()).toMatchObject({ kind: 'completed' });
    expect(run.network.alive).toEqual(['target']);
  });
});
