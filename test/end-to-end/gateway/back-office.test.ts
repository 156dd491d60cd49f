import { randomUUID } from 'node:crypto';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseIccid } from '../../../telecom/identifiers/iccid.ts';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { eventually } from '../../support/eventually.ts';
import { GatewayUnderTest } from '../../support/gateway-under-test.ts';
import { RunningSystem } from '../../support/running-system.ts';

const QUESTION = {
  iccid: parseIccid('8999901000000000013'),
  imsi: parseImsi('001010000000001'),
  targetOperator: 'operator-1',
};
const PERMITTED = JSON.stringify({ reserve: true, release: true });
/** More than the gateway has connections to its database. */
const MANY = 12;

describe('a gateway whose back office takes its time', () => {
  const system = new RunningSystem();
  let waiting: ServerResponse[];
  let thinksAboutPermissions: boolean;
  let backOffice: Server;
  let gateway: GatewayUnderTest;
  beforeEach(async () => {
    waiting = [];
    thinksAboutPermissions = false;
    backOffice = createServer((request, response) => {
      if (request.url === '/permissions' && !thinksAboutPermissions) response.end(PERMITTED);
      else waiting.push(response);
    });
    await new Promise<void>((resolve) => backOffice.listen(0, '127.0.0.1', resolve));
    const { port } = backOffice.address() as AddressInfo;
    gateway = new GatewayUnderTest(system, { backOffice: { kind: 'http', url: `http://127.0.0.1:${String(port)}` } });
    await gateway.start();
  });
  afterEach(async () => {
    await gateway.stop();
    backOffice.closeAllConnections();
    await new Promise((resolve) => backOffice.close(resolve));
  });
  afterAll(() => system.close());

  const asked = (count: number) =>
    eventually(() => {
      expect(waiting).toHaveLength(count);
    });
  const answer = (index: number, decision: string): void => {
    waiting[index]?.end(JSON.stringify({ decision }));
  };

  test('does its other work while consents are thought about', async () => {
    const questions = Array.from({ length: MANY }, () => gateway.client.consent(randomUUID(), QUESTION));
    await asked(MANY);
    const changeId = randomUUID();
    await gateway.reserve(changeId);
    expect(await gateway.history(changeId)).toEqual(['reserved']);
    for (let index = 0; index < MANY; index += 1) answer(index, 'granted');
    expect(await Promise.all(questions)).toEqual(Array(MANY).fill({ decision: 'granted' }));
  });

  test('does its other work while it is thought about whether it may reserve', async () => {
    const there = await gateway.reserveNew();
    thinksAboutPermissions = true;
    const reserved = Array.from({ length: MANY }, () => gateway.reserveNew());
    await asked(MANY);
    expect(await gateway.client.withdraw(there.changeId)).toEqual({ state: 'quarantined' });
    for (const response of waiting) response.end(PERMITTED);
    expect(new Set((await Promise.all(reserved)).map(({ imsi }) => imsi)).size).toBe(MANY);
  });

  test('keeps the first of two decisions about one change, and tells it to both who asked', async () => {
    const changeId = randomUUID();
    const questions = [gateway.client.consent(changeId, QUESTION), gateway.client.consent(changeId, QUESTION)];
    await asked(2);
    answer(1, 'refused');
    await Promise.race(questions);
    answer(0, 'granted');
    expect(await Promise.all(questions)).toEqual([{ decision: 'refused' }, { decision: 'refused' }]);
    expect(await gateway.client.consent(changeId, QUESTION)).toEqual({ decision: 'refused' });
    expect(await gateway.history(changeId)).toEqual(['consentRefused']);
  });
});
