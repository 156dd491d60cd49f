import { sql } from 'kysely';
import { operatorActivities } from '../../activities/change/operator/index.ts';
import type { ProvisioningClient } from '../../adapters/provisioning/provisioning-client.ts';
import { requestNoted } from '../../services/release/release-requests.ts';
import { stopSending } from '../../activities/change/ota/stop-sending.ts';
import { readChangeRecord } from '../../activities/change/registry/change-record.ts';
import { stateRecorded } from '../../services/timeline/record-state.ts';
import { parseIccid } from '../../telecom/identifiers/iccid.ts';
import { eventsOnRecord } from '../../workflows/change/change-record.ts';
import type { ChangeState } from '../../workflows/shared/states.ts';
import { RecordedChange } from '../support/recorded-change.ts';
import { RunningSystem } from '../support/running-system.ts';

const ICCID = parseIccid('8999901000000999990');
const WRONG = { code: 'ADMIN_CODE_WRONG', message: 'the card says that the admin code is wrong' } as const;

describe('the record of a change says', () => {
  const system = new RunningSystem();
  const { database, vault } = system.resources;
  let change: RecordedChange;
  let sequence: number;
  let cntr = 0;
  beforeEach(async () => {
    sequence = 1;
    change = await RecordedChange.begin(database, ICCID);
  });
  afterEach(async () => {
    await sql`delete from packets where change_id = ${change.step.changeId}::uuid`.execute(database);
    await change.end();
  });
  afterAll(() => system.close());

  const read = () => readChangeRecord(database, change.step.changeId);
  const next = () => ({ ...change.step, sequence: (sequence += 1) });
  const reaches = (state: ChangeState) =>
    sql`select ${stateRecorded(next(), { state, cause: 'a test', actor: 'test' })}`.execute(database);
  const sent = (purpose: 'write' | 'rewrite' | 'probe' | 'check', number = 1, msisdn = '49170') =>
    sql`insert into packets (change_id, purpose, number, iccid, msisdn, cntr, state)
      values (${change.step.changeId}::uuid, ${purpose}, ${number}, ${ICCID}, ${msisdn}, ${(cntr += 1)}, 'sent')`.execute(
      database,
    );
  const answered = (purpose: string, status: string, { word = '', holds = '' } = {}) =>
    sql`update packets set por_status = ${status}, por_status_word = nullif(${word}, ''), por_holds = nullif(${holds}, ''),
      por_at = clock_timestamp() where change_id = ${change.step.changeId}::uuid and purpose = ${purpose}`.execute(
      database,
    );
  const tears = () =>
    sql`select ${stateRecorded(next(), { state: 'torn', cause: 'a test', actor: 'test', data: { torn: true } })}`.execute(
      database,
    );
  const reserves = (msisdn: string) =>
    sql`insert into reservations (change_id, operator, iccid, msisdn, state)
      values (${change.step.changeId}::uuid, 'operator-2', ${ICCID}, ${msisdn}, 'reserved')`.execute(database);
  const withdraws = (answer: () => Promise<{ readonly state: 'quarantined' | 'neverReserved' }>) =>
    operatorActivities({
      ...{ operator: 'operator-2', database, vault },
      gateway: { withdraw: answer } as unknown as ProvisioningClient,
    }).withdrawSubscriber({ ...next(), state: 'awaitingCard', because: WRONG });

  test('nothing of a change that has only begun', async () => {
    expect(await read()).toBeUndefined();
  });

  test('nothing that is proven of a packet that may have left', async () => {
    await sent('write');
    expect(await read()).toEqual({ packets: [{ purpose: 'write' }] });
  });

  test('what the card has answered: the packet first, then the probes in order; and no question about the admin code', async () => {
    for (const number of [2, 1]) await sent('probe', number);
    await sent('write');
    await sent('check');
    await answered('check', 'porOk', { word: '63c2' });
    await answered('write', 'porOk', { word: '63c2' });
    await answered('probe', 'porOk', { word: '9000', holds: 'source' });
    const probe = { purpose: 'probe', answer: { status: 'porOk', statusWord: '9000', holds: 'source' } };
    expect(await read()).toEqual({
      packets: [{ purpose: 'write', answer: { status: 'porOk', statusWord: '63c2' } }, probe, probe],
    });
  });

  test('that the card was torn, and was written again', async () => {
    await reserves('49171');
    await sent('write');
    await sql`insert into packets (change_id, purpose, number, iccid, msisdn, cntr, state)
      values (${change.step.changeId}::uuid, 'rewrite', 1, ${ICCID}, '49170', ${(cntr += 1)}, 'prepared')`.execute(
      database,
    );
    await sent('rewrite', 2, '49171');
    await answered('rewrite', 'porOk', { word: '9000' });
    await tears();
    const again = {
      ...{ purpose: 'rewrite', answer: { status: 'porOk', statusWord: '9000' } },
      answeredAt: expect.stringMatching(/Z$/) as string,
    };
    expect(await read()).toEqual({
      packets: [{ purpose: 'write' }, { ...again, number: 1 }, { ...again, number: 2 }],
      torn: true,
    });
  });

  test('that it refused its admin code when it was written again, also behind a lease that was restored', async () => {
    await sent('rewrite', 2);
    await answered('rewrite', 'porOk', { word: '63c2' });
    await reaches('reopened');
    const record = await read();
    expect(record?.packets).toMatchObject([{ answer: { statusWord: '63c2' } }]);
    expect(record && eventsOnRecord(record)).toMatchObject([
      { kind: 'rewriteBegan', number: 2 },
      { kind: 'rewriteSent' },
      { kind: 'rewriteAnswered', number: 2, answer: { kind: 'refused' } },
      { kind: 'woken' },
    ]);
  });

  test('that a packet was stopped before it left', async () => {
    await stopSending(database)(change.step);
    const message = `the packet for ICCID ${ICCID} was stopped before it was sent`;
    expect(await read()).toEqual({ packets: [], rollback: { code: 'SENDING_STOPPED', message } });
  });

  test('why a rollback had begun, whether the gateway has answered or not', async () => {
    await sent('write');
    await expect(withdraws(() => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await read()).toMatchObject({ rollback: WRONG });
    await withdraws(() => Promise.resolve({ state: 'quarantined' }));
    expect(await read()).toMatchObject({ rollback: WRONG });
  });

  test('that something was withdrawn whose reason was not recorded in this way', async () => {
    await sql`insert into reservations (change_id, operator, iccid, state)
      values (${change.step.changeId}::uuid, 'operator-2', ${ICCID}, 'quarantined')`.execute(database);
    expect(await read()).toMatchObject({ rollback: { code: 'RESERVATION_WITHDRAWN' } });
  });

  test.each(['reopened', 'awaitingAttach', 'releasing', 'completedReleasePending'] as const)(
    'no rollback and no refusal that the state %s came after, and all that comes later',
    async (state) => {
      await sent('write');
      await answered('write', 'porOk', { word: '63c2' });
      await withdraws(() => Promise.resolve({ state: 'quarantined' }));
      await reaches(state);
      expect(await read()).toEqual({ packets: [{ purpose: 'write' }] });
      await answered('write', 'porOk', { word: '6985' });
      await withdraws(() => Promise.resolve({ state: 'quarantined' }));
      expect(await read()).toEqual({
        packets: [{ purpose: 'write', answer: { status: 'porOk', statusWord: '6985' } }],
        rollback: WRONG,
      });
    },
  );

  describe.each(['BOTH_ATTACHED', 'OTHER_DEVICE'] as const)('that nothing is released because of %s', (code) => {
    const answer = 'as the source operator had shown it';
    const asks = (noted: { readonly code: string | null; readonly answer: string }) =>
      sql`with ${requestNoted({ changeId: change.step.changeId, askedAt: new Date(), ...noted })} select`.execute(
        database,
      );
    const releasing = (actor: string) =>
      sql`select ${stateRecorded(next(), { state: 'releasing', cause: 'a test', actor })}`.execute(database);
    beforeEach(async () => {
      await releasing('operator:operator-2');
      await asks({ code, answer });
    });

    test('before a person decides', async () => {
      expect(await read()).toEqual({ packets: [], frozen: { code, message: answer } });
    });

    test('but not when two persons have accepted the attach since', async () => {
      await releasing('user:ann');
      expect(await read()).toBeUndefined();
    });

    test('but not when the source was asked again since, for a person', async () => {
      await asks({ code: 'HLR_UNREACHABLE', answer: 'away' });
      expect(await read()).toBeUndefined();
    });
  });

  test('that a card has taken the subscription, whatever came later', async () => {
    await sent('write');
    await answered('write', 'porOk', { word: '9000' });
    await reaches('reopened');
    expect(await read()).toEqual({
      packets: [{ purpose: 'write', answer: { status: 'porOk', statusWord: '9000' } }],
    });
  });
});
