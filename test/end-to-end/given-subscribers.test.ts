import { sql } from 'kysely';
import type { ProvisioningClient } from '../../adapters/provisioning/provisioning-client.ts';
import { operatorActivities } from '../../activities/change/operator/index.ts';
import { readKeyFile } from '../../adapters/vault/key-file.ts';
import { sealCredentials } from '../../gateway/sealed-credentials.ts';
import { parseIccid } from '../../telecom/identifiers/iccid.ts';
import { parseImsi, type Imsi } from '../../telecom/identifiers/imsi.ts';
import { Secret } from '../../telecom/secret.ts';
import { demoSessionKey } from '../../workers/demo-network.ts';
import { RecordedChange } from '../support/recorded-change.ts';
import { RunningSystem } from '../support/running-system.ts';

const KEY = Secret.of<Uint8Array>(Buffer.alloc(16, 7));
const ICCID = parseIccid('8999901000000999990');
const OTHER = parseIccid('8999901000000000021');

describe('what a gateway gives for a card', () => {
  const system = new RunningSystem();
  const { database, vault } = system.resources;
  const changes: RecordedChange[] = [];
  let number: number;
  beforeEach(() => (number = Date.now()));
  afterEach(async () => {
    for (const change of changes.splice(0)) await change.end();
  });
  afterAll(() => system.close());

  const freshImsi = () => parseImsi(`00102${String(number++).slice(-10)}`);
  const freshMsisdn = () => `4917${String(number++).slice(-10)}`;

  /** Reserves for a card as the worker of operator-2 does, whose gateway gives this. */
  async function reserve(given: { imsi?: Imsi; msisdn?: string; iccid?: typeof ICCID }) {
    const { imsi = freshImsi(), msisdn = freshMsisdn(), iccid = ICCID } = given;
    const change = await RecordedChange.begin(database, iccid);
    changes.push(change);
    const { changeId } = change.step;
    const { kid, file } = demoSessionKey(system.config, 'operator-2');
    const credentials = await sealCredentials({ changeId, imsi, k: KEY, opc: KEY }, { kid, key: readKeyFile(file) });
    const gateway = { reserve: () => Promise.resolve({ imsi, msisdn, credentials }) } as unknown as ProvisioningClient;
    await operatorActivities({ operator: 'operator-2', gateway, database, vault }).reserveSubscriber(change.step);
    const { rows } = await sql<{ imsi: Imsi; msisdn: string; state: string }>`
      select imsi, msisdn, state from reservations where change_id = ${changeId}::uuid`.execute(database);
    return rows[0];
  }
  const refusedFor = (what: string) => ({
    type: 'SUBSCRIBER_UNUSABLE',
    nonRetryable: true,
    message: expect.stringContaining(what) as string,
  });
  const registered = async () => {
    const [iccid = ICCID] = await system.freshCards('operator-2', 1);
    const card = await system.desk.findCard(iccid);
    return { iccid, imsi: parseImsi(card?.imsi ?? ''), msisdn: card?.msisdn ?? '' };
  };

  test('is taken when nobody has it', async () => {
    const imsi = freshImsi();
    await expect(reserve({ imsi })).resolves.toMatchObject({ imsi, state: 'reserved' });
  });

  test('is refused when its IMSI does not begin with the PLMN of the operator', async () => {
    await expect(reserve({ imsi: parseImsi('001019999999999') })).rejects.toMatchObject(refusedFor('PLMN 00102'));
  });

  test('is refused when a card of the registry has its IMSI', async () => {
    const { iccid, imsi } = await registered();
    await expect(reserve({ imsi })).rejects.toMatchObject(refusedFor(iccid));
  });

  test('is refused when a card of the registry has its MSISDN', async () => {
    const { iccid, msisdn } = await registered();
    await expect(reserve({ msisdn })).rejects.toMatchObject(refusedFor(iccid));
  });

  test('is refused when another change has reserved its IMSI', async () => {
    const imsi = freshImsi();
    await reserve({ iccid: OTHER, imsi });
    await expect(reserve({ imsi })).rejects.toMatchObject(refusedFor(OTHER));
  });

  test('is refused when another change has reserved its MSISDN', async () => {
    const msisdn = freshMsisdn();
    await reserve({ iccid: OTHER, msisdn });
    await expect(reserve({ msisdn })).rejects.toMatchObject(refusedFor(OTHER));
  });

  test('may keep the number that the card itself has', async () => {
    const { iccid, msisdn } = await registered();
    await expect(reserve({ iccid, msisdn })).resolves.toMatchObject({ msisdn });
  });

  test('is taken for one card only when two get the same number at the same moment', async () => {
    const msisdn = freshMsisdn();
    const outcomes = await Promise.allSettled([reserve({ msisdn }), reserve({ msisdn, iccid: OTHER })]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('is refused without a trace in the registry', async () => {
    await expect(reserve({ imsi: parseImsi('001019999999999') })).rejects.toMatchObject(refusedFor('PLMN'));
    const { rows } = await sql`select from reservations where change_id = ${changes[0]?.step.changeId}::uuid`.execute(
      database,
    );
    expect(rows).toEqual([]);
  });
});
