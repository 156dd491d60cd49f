import { sql } from 'kysely';
import { request } from 'undici';
import { parseIccid, type Iccid } from '../../telecom/identifiers/iccid.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem, type OperatorId } from '../support/running-system.ts';

const PROFILES = ['cpa-aes', 'cpa-aes-consent', 'rfm-aes', 'rfm-aes-expanded'] as const;

describe('cards of every profile', () => {
  const system = new RunningSystem();
  afterEach(() => system.faults('smsc', {}));
  afterAll(() => system.close());

  const cardOf = async (profile: string, operator: OperatorId = 'operator-1'): Promise<Iccid> => {
    const { rows } = await sql<{ iccid: string }>`
      select iccid from cards where operator = ${operator} and profile = ${profile}
        and not exists (select from changes where changes.iccid = cards.iccid)
      order by position limit 1`.execute(system.resources.database);
    const [row] = rows;
    if (row === undefined) throw new Error(`no card is left with the profile ${profile} at ${operator}`);
    return parseIccid(row.iccid);
  };
  const kindsOf = (iccid: Iccid) => system.effects('smsc', { iccid });

  test.each(PROFILES)('%s: the card is changed, and its device attaches at the new operator', async (profile) => {
    const iccid = await cardOf(profile);
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    expect(change).toMatchObject({ state: 'completed', code: null });
    expect(await system.device(iccid)).toMatchObject({ imsi: change.targetImsi, network: '00102', attached: true });
  });

  test('a user who declines keeps the old subscription, and the change is rolled back for that reason', async () => {
    const iccid = await cardOf('cpa-aes-consent');
    await system.faults('smsc', { users: { [iccid]: 'decline' } });
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    expect(change).toMatchObject({ state: 'rolledBack', code: 'USER_DECLINED' });
    expect(await system.device(iccid)).toMatchObject({ imsi: change.sourceImsi, network: '00101', attached: true });
  });

  test('a wrong admin code is found before the card’s files are touched, and costs it one try', async () => {
    const iccid = await cardOf('rfm-aes');
    await system.faults('smsc', { wrongAdminCode: [iccid] });
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    expect(change).toMatchObject({ state: 'rolledBack', code: 'ADMIN_CODE_WRONG' });
    const kinds = await kindsOf(iccid);
    expect(kinds.filter((kind) => kind === 'adminCodeRefused' || kind === 'fileWritten')).toEqual(['adminCodeRefused']);
  });

  test('the menu of a card starts a change: its user asks for the other operator', async () => {
    const iccid = await cardOf('cpa-aes');
    const port = String(system.config.settings.SIMULATOR_SMSC_CONTROL_PORT);
    const { statusCode } = await request(`http://127.0.0.1:${port}/simulator/devices/${iccid}/menu`, {
      ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
      body: JSON.stringify({ target: '00102' }),
    });
    expect(statusCode).toBe(200);
    await eventually(async () => {
      expect(await system.device(iccid)).toMatchObject({ network: '00102', attached: true });
    });
    expect(await kindsOf(iccid)).toEqual(expect.arrayContaining(['changeRequested', 'originated', 'cardUpdated']));
  });
});
