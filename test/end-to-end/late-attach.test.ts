import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { ProvisioningClient } from '../../adapters/provisioning/provisioning-client.ts';
import { operatorActivities } from '../../activities/change/operator/index.ts';
import { stateRecorded } from '../../services/timeline/record-state.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { parseImsi, type Imsi } from '../../telecom/identifiers/imsi.ts';
import { failure } from '../../workflows/shared/failures.ts';
import type { Step } from '../../workflows/change/ports.ts';
import { RecordedChange } from '../support/recorded-change.ts';
import { RunningSystem } from '../support/running-system.ts';

const MINUTE = 60_000;

describe('what the HLRs say of a card that is late, torn or there twice', () => {
  const system = new RunningSystem();
  const { database, vault } = system.resources;
  let change: RecordedChange;
  let step: Step;
  let iccid: Iccid;
  let imsi: Imsi;
  beforeEach(async () => {
    change = await RecordedChange.begin(database, await system.freshCard('operator-1'));
    ({ step } = change);
    ({ iccid } = step);
    imsi = parseImsi(`00102${String(Date.now()).slice(-10)}`);
  });
  afterEach(() => change.end());
  afterAll(() => system.close());

  /** The reservation of the change, and its packet, which left an hour ago. */
  async function reserved(state: 'reserved' | 'quarantined', packet: 'sent' | 'stopped' = 'sent'): Promise<void> {
    const sentAt = packet === 'sent' ? ago(60) : null;
    await sql`
      insert into reservations (change_id, operator, iccid, imsi, state, updated_at)
      values (${step.changeId}::uuid, 'operator-2', ${iccid}, ${imsi}, ${state}, ${ago(30)}::timestamptz)`.execute(
      database,
    );
    await sql`
      insert into packets (change_id, iccid, state, purpose, sent_at)
      values (${step.changeId}::uuid, ${iccid}, ${packet}, 'write', ${sentAt}::timestamptz)`.execute(database);
  }

  const ago = (minutes: number): string => new Date(Date.now() - minutes * MINUTE).toISOString();

  const operator = (gateway: Partial<Record<keyof ProvisioningClient, unknown>>) =>
    operatorActivities({ operator: 'operator-2', gateway: gateway as unknown as ProvisioningClient, database, vault });

  const shown = (subscriber: object | null) => () =>
    Promise.resolve(subscriber && { state: 'quarantined', attached: false, locationUpdate: null, ...subscriber });

  const confirm = (subscriber: object) =>
    operator({ subscriber: shown(subscriber), renew: () => Promise.resolve({ leaseUntil: null }) }).confirmAttach(step);

  test.each(['seen', 'failed'] as const)(
    'a card that has not attached and was %s since the packet left is told',
    async (outcome) => {
      await reserved('reserved');
      await expect(confirm({ authentication: { at: ago(50), outcome } })).resolves.toEqual({
        ...{ attached: false, authentication: outcome },
      });
    },
  );

  test.each([
    ['the HLR knows of none', { authentication: null }],
    ['the HLR does not tell', {}],
    [
      'the last one is of an earlier life of the IMSI',
      { authentication: { at: '2020-01-01T00:00:00Z', outcome: 'failed' } },
    ],
  ])('no authentication is told when %s', async (_what, subscriber) => {
    await reserved('reserved');
    await expect(confirm(subscriber)).resolves.toEqual({ attached: false });
  });

  const ask = (subscriber: object | null) => operator({ findSubscriber: shown(subscriber) }).askLateAttach(step);

  test.each([
    ['was refused', { refusedAt: '2026-01-01T00:00:00Z', authentication: null }],
    ['registered all the same', { attached: true, locationUpdate: { at: new Date().toISOString(), imei: null } }],
    ['authenticated after it was barred', { authentication: { at: new Date().toISOString(), outcome: 'seen' } }],
  ])('a card that %s with what was withdrawn is late', async (_what, subscriber) => {
    await reserved('quarantined');
    await expect(ask(subscriber)).resolves.toEqual({ seen: true });
  });

  test.each([
    ['nobody was refused', { refusedAt: null }],
    [
      'it authenticated before it was barred',
      { authentication: { at: new Date(Date.now() - 40 * MINUTE).toISOString(), outcome: 'seen' } },
    ],
    [
      'the registration is of an earlier life of the IMSI',
      { locationUpdate: { at: '2020-01-01T00:00:00Z', imei: null } },
    ],
  ])('no card is late when %s', async (_what, subscriber) => {
    await reserved('quarantined');
    await expect(ask(subscriber)).resolves.toEqual({ seen: false });
  });

  const answered = (status: string, word: string | null) =>
    sql`update packets set por_status = ${status}, por_status_word = ${word} where change_id = ${step.changeId}::uuid`.execute(
      database,
    );

  test('a card that has proven that it took what was withdrawn is late, whatever the HLR says', async () => {
    await reserved('quarantined');
    await answered('porOk', '9000');
    await expect(operator({}).askLateAttach(step)).resolves.toEqual({ seen: true });
  });

  test.each([
    ['cntrLow', null],
    ['porOk', '63c2'],
  ])('no card is late because of the answer %s %s', async (status, word) => {
    await reserved('quarantined');
    await answered(status, word);
    await expect(ask({ refusedAt: null })).resolves.toEqual({ seen: false });
  });

  test('no card is late when the HLR does not know the subscriber any more', async () => {
    await reserved('quarantined');
    await expect(ask(null)).resolves.toEqual({ seen: false });
  });

  test('whoever uses an IMSI whose packet never left is not the card of this change', async () => {
    await reserved('quarantined', 'stopped');
    await expect(ask({ refusedAt: '2026-01-01T00:00:00Z' })).resolves.toEqual({ seen: false });
    await expect(operator({}).askLateAttach({ ...step, changeId: randomUUID() })).resolves.toEqual({ seen: false });
  });

  test('what is restored is reserved again and the change says reopened, however often it is asked for', async () => {
    await reserved('quarantined');
    const target = operator({ restore: () => Promise.resolve({ imsi, leaseUntil: null }) });
    for (let attempt = 0; attempt < 2; attempt += 1) await target.restoreSubscriber(step);
    const { rows } = await sql<{ state: string }>`
      select state from reservations where change_id = ${step.changeId}::uuid`.execute(database);
    expect(rows).toEqual([{ state: 'reserved' }]);
    expect(await system.desk.findChange(step.changeId)).toMatchObject({
      ...{ state: 'reopened', ended: false, sequence: 2, targetImsi: imsi },
    });
  });

  test('what the gateway has given away stays withdrawn, and the change stays as it is', async () => {
    await reserved('quarantined');
    const restore = () => Promise.reject(failure('RESERVATION_WITHDRAWN', 'gone'));
    await expect(operator({ restore }).restoreSubscriber(step)).rejects.toMatchObject({
      type: 'RESERVATION_WITHDRAWN',
    });
    expect(await system.desk.findChange(step.changeId)).toMatchObject({ sequence: 1 });
  });

  /** Releases a card that attached at the target ten minutes ago, of which the source says this; resolves to what was done. */
  async function release(subscriber: object | null) {
    const done: string[] = [];
    const call = (name: string) => () => {
      done.push(name);
      return Promise.resolve('done');
    };
    const source = operator({
      ...{ findSubscriber: shown(subscriber), bar: call('bar'), remove: call('remove') },
    });
    const failed: unknown = await source.releaseSubscriber({ ...step, imsi, attachedAt: ago(10) }).then(
      () => undefined,
      (cause: unknown) => cause,
    );
    return { done, failed };
  }

  test('an old IMSI that registered after the new one is not barred: there are two cards', async () => {
    const at = ago(4);
    const { done, failed } = await release({ attached: true, locationUpdate: { at, imei: null } });
    expect(done).toEqual([]);
    const message = expect.stringContaining(at) as string;
    expect(failed).toMatchObject({ type: 'BOTH_ATTACHED', nonRetryable: true, message });
    expect(await system.desk.findChange(step.changeId)).toMatchObject({ sequence: 1 });
  });

  test('an old IMSI that registered after the first attach on record is not barred, whatever update came later at the target', async () => {
    const first = {
      state: 'releasing',
      cause: 'a test',
      actor: 'operator:operator-2',
      data: { attachedAt: ago(40) },
    } as const;
    await sql`select ${stateRecorded(step, first)}`.execute(database);
    expect(await release({ attached: true, locationUpdate: { at: ago(20), imei: null } })).toMatchObject({
      ...{ done: [], failed: { type: 'BOTH_ATTACHED' } },
    });
  });

  test.each([
    ['registered before', { attached: true, locationUpdate: { at: '2026-01-01T00:00:00Z', imei: null } }],
    ['has never registered', {}],
    ['is gone, as after a deletion by hand', null],
  ])('an old IMSI that %s is released', async (_what, subscriber) => {
    expect(await release(subscriber)).toEqual({ done: ['bar', 'remove'], failed: undefined });
    expect(await system.desk.findChange(step.changeId)).toMatchObject({ state: 'completed' });
  });

  test('a registration after this change has had the old IMSI deleted is that of its next owner, and no second card', async () => {
    await reserved('reserved');
    await sql`update reservations set release_asked_at = now() where change_id = ${step.changeId}::uuid`.execute(
      database,
    );
    const next = { attached: true, locationUpdate: { at: ago(0), imei: null } };
    expect((await release(next)).failed).toBeUndefined();
  });

  test('clocks of two HLRs that differ by less than five minutes make no second card', async () => {
    const registered = { attached: true, locationUpdate: { at: ago(6), imei: null } };
    expect((await release(registered)).done).toEqual(['bar', 'remove']);
  });
});
