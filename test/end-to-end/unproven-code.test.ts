import { sql } from 'kysely';
import { blockWhileUnproven } from '../../services/packets/unproven-code.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { RecordedChange } from '../support/recorded-change.ts';
import { RunningSystem } from '../support/running-system.ts';

interface Case {
  readonly write?: { readonly state?: 'sent' | 'stopped'; readonly status?: string };
  /** Receipts of the two submissions, in order; absent: none came. */
  readonly receipts?: readonly (string | undefined)[];
  readonly check?: { readonly status?: string };
  readonly probe?: { readonly status: string };
  readonly card?: 'moved' | 'moved with another code' | 'given another code since';
  /** Whoever had blocked the card for this packet, and took that back. */
  readonly before?: 'system:rehome' | 'user:ann';
}

const COUNTERS = { check: 900_001, write: 900_002, probe: 900_018 } as const;

describe('a card whose change was undone', () => {
  const system = new RunningSystem();
  const { database } = system.resources;
  let change: RecordedChange;
  let iccid: Iccid;
  beforeEach(async () => {
    iccid = await system.freshCard('operator-1');
    change = await RecordedChange.begin(database, iccid);
  });
  afterEach(async () => {
    await sql`delete from card_blocks where iccid = ${iccid}`.execute(database);
    await sql`delete from packets where change_id = ${change.step.changeId}::uuid`.execute(database);
    await sql`update cards set moved_by = null, adm1_settled_at = '-infinity' where iccid = ${iccid}`.execute(database);
    await change.end();
  });
  afterAll(() => system.close());

  async function blocksAfter({ write = {}, receipts = [], check, probe, card, before }: Case): Promise<number> {
    const { changeId } = change.step;
    const told = receipts.flatMap((receipt, index) => (receipt === undefined ? [] : [[`m${String(index)}`, receipt]]));
    const packet = (purpose: 'check' | 'write' | 'probe', { state = 'sent', status }: NonNullable<Case['write']>) =>
      sql`insert into packets (change_id, purpose, number, iccid, cntr, state, sent_at, por_status, receipts)
        values (${changeId}::uuid, ${purpose}, 1, ${iccid}, ${COUNTERS[purpose]}, ${state}, now(), ${status ?? null},
          ${JSON.stringify(Object.fromEntries(told))}::jsonb)`.execute(database);
    if (check !== undefined) await packet('check', check);
    await packet('write', write);
    if (probe !== undefined) await packet('probe', probe);
    for (const purpose of ['write', ...(check === undefined ? [] : ['check'])])
      for (const submission of [0, 1])
        await sql`insert into packet_submissions (change_id, purpose, number, submission, message_ids, accepted_at)
          values (${changeId}::uuid, ${purpose}, 1, ${submission + 1}, array[${`m${String(submission)}`}], now())`.execute(
          database,
        );
    if (card === 'moved' || card === 'moved with another code')
      await sql`
        update cards set moved_by = ${changeId}::uuid, adm1_settled_at = adm1_at + ${card === 'moved' ? '1' : '-1'} * interval '1 second'
        where iccid = ${iccid}`.execute(database);
    if (card === 'given another code since')
      await sql`update cards set adm1_at = clock_timestamp() where iccid = ${iccid}`.execute(database);
    if (before !== undefined)
      await sql`insert into card_blocks (iccid, reason, blocked_by, blocked_at, unblocked_by, unblocked_at)
        values (${iccid}, 'a test', ${before}, clock_timestamp(), 'user:bob', clock_timestamp())`.execute(database);
    await blockWhileUnproven(changeId).execute(database);
    await blockWhileUnproven(changeId).execute(database);
    const { rows } = await sql`
      select from card_blocks where iccid = ${iccid} and unblocked_at is null`.execute(database);
    return rows.length;
  }

  test.each<[string, Case]>([
    ['nothing was heard of its packet', {}],
    ['its card answered that it counts higher', { write: { status: 'cntrLow' } }],
    ['a probe too was answered so, as a second copy of it is', { probe: { status: 'cntrLow' } }],
    ['only one of two submissions is known to be given up', { receipts: ['expired'] }],
    ['one of two submissions arrived', { receipts: ['expired', 'delivered'] }],
    ['a question about the code was not answered', { check: { status: 'cntrLow' } }],
    ['a person had blocked the card, and taken that back', { before: 'user:ann' }],
    ['a question about the code drew no answer, and nothing was written', { write: { state: 'stopped' }, check: {} }],
    ['the card was moved before, with another code', { card: 'moved with another code' }],
  ])('is blocked once when %s', async (_what, one) => {
    expect(await blocksAfter(one)).toBe(1);
  });

  test.each<[string, Case]>([
    ['its packet never left', { write: { state: 'stopped' } }],
    ['its card ran the packet and said so', { write: { status: 'porOk' } }],
    ['the code was proven in a packet of its own', { check: { status: 'porOk' } }],
    ['both submissions were given up', { receipts: ['expired', 'undeliverable'] }],
    [
      'a question about the code was given up each time, and nothing was written',
      { write: { state: 'stopped' }, check: {}, receipts: ['expired', 'undeliverable'] },
    ],
    ['the card was moved before, with the same code', { card: 'moved' }],
    ['its code was registered anew since', { card: 'given another code since' }],
    ['it was blocked for this packet before, and a person took that back', { before: 'system:rehome' }],
  ])('is not blocked when %s', async (_what, one) => {
    expect(await blocksAfter(one)).toBe(0);
  });
});
