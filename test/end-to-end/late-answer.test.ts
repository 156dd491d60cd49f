import { WorkflowClient } from '@temporalio/client';
import { sql } from 'kysely';
import { parseIccid, type Iccid } from '../../telecom/identifiers/iccid.ts';
import { changeWorkflowId } from '../../workflows/contract.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';

describe('a card that answers about its admin code when its change is over', () => {
  const system = new RunningSystem();
  afterEach(() => system.faults('smsc', {}));
  afterAll(() => system.close());

  async function programmableCard(): Promise<Iccid> {
    const { rows } = await sql<{ iccid: string }>`
      select iccid from cards where operator = 'operator-2' and profile = 'rfm-aes'
        and not exists (select from changes where changes.iccid = cards.iccid)
      order by position limit 1`.execute(system.resources.database);
    return parseIccid(rows[0]?.iccid ?? '');
  }
  /** How many questions to the card its SMSC has taken. */
  async function questionsTaken(iccid: Iccid): Promise<number> {
    const { rows } = await sql`
      select from packets where iccid = ${iccid} and purpose = 'check' and message_ids <> '{}'`.execute(
      system.resources.database,
    );
    return rows.length;
  }
  async function cancel(iccid: Iccid): Promise<void> {
    const connection = await system.resources.client();
    try {
      const client = new WorkflowClient({ connection, namespace: system.config.temporal.namespace });
      await client.getHandle(changeWorkflowId(system.resources.index.hash(iccid))).cancel();
    } finally {
      await connection.close();
    }
  }
  const triesSpent = async (iccid: Iccid) =>
    (await system.effects('smsc', { iccid })).filter((kind) => kind === 'adminCodeRefused').length;

  test('loses one try of a wrong code at most, however many changes are asked for', async () => {
    const iccid = await programmableCard();
    const rejectedWith = async (): Promise<string | null> =>
      (await system.end(await system.start(iccid, 'operator-1'))).change.code;
    await system.faults('smsc', { wrongAdminCode: [iccid], asleep: [iccid] });
    const first = await system.start(iccid, 'operator-1');
    await eventually(async () => {
      expect(await questionsTaken(iccid)).toBe(1);
    });
    await cancel(iccid);
    expect((await system.end(first)).change.state).toBe('cancelled');
    expect(await rejectedWith()).toBe('EARLIER_QUESTION_OPEN');
    expect(await triesSpent(iccid)).toBe(0);

    await system.faults('smsc', { wrongAdminCode: [iccid] });
    await eventually(async () => {
      expect(await triesSpent(iccid)).toBe(1);
    });
    await eventually(async () => {
      expect(await rejectedWith()).toBe('ADMIN_CODE_WRONG');
    });
    expect([await triesSpent(iccid), await questionsTaken(iccid)]).toEqual([1, 1]);
  });
});
