import { setTimeout as delay } from 'node:timers/promises';
import { AttachRefused, servingNode, type ServingNode, type Usim } from '../../../simulators/serving-node/index.ts';
import { GSUP_CAUSE } from '../../../telecom/gsup/message.ts';
import { parseImei } from '../../../telecom/identifiers/imei.ts';
import { parseImsi, type Imsi } from '../../../telecom/identifiers/imsi.ts';
import { fromHex } from '../../../telecom/octets/hex.ts';
import { Secret } from '../../../telecom/secret.ts';
import { TestUsim } from '../../support/usim.ts';
import { GsupPeer, MSISDN, except, hospitable } from './gsup-peer.ts';

const key = (hex: string) => Secret.of(fromHex(hex, 'test'));
const KEYS = { k: key('465b5ce8b199b49faa5f0a2ee238a6bc'), opc: key('cd63cb71954a9f4e48a5994e37a02baf') };
const OTHER_KEYS = { ...KEYS, k: key('000102030405060708090a0b0c0d0e0f') };
const imei = parseImei('490154203237518');
const imsi = parseImsi('901990000000001');
const card = (highestSqn = 0) => new TestUsim({ imsi, keys: KEYS, highestSqn });

let hlr: GsupPeer;
let node: ServingNode;
let cancelled: Imsi[];
let lines: string[];

beforeEach(async () => {
  [cancelled, lines] = [[], []];
  hlr = await GsupPeer.start();
  hlr.script = hospitable({ keys: KEYS });
  node = nodeAt(hlr.port);
});

afterEach(async () => {
  await node.close();
  await hlr.stop();
});

const nodeAt = (port: number) =>
  servingNode({
    ...{ name: 'MME-1', hlr: { host: '127.0.0.1', port } },
    onCancelled: (one) => cancelled.push(one),
    log: (line) => lines.push(line),
  });

const refusalOf = async (usim: Usim) => {
  const cause: unknown = await node.attach({ usim, imei }).catch((error: unknown) => error);
  return cause instanceof AttachRefused ? cause.reason : cause;
};

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds() && tries < 200; tries += 1) await delay(10);
  expect(holds()).toBe(true);
}

describe('a device attaches', () => {
  test('by authentication, then its IMEI, then its location', async () => {
    await expect(node.attach({ usim: card(), imei })).resolves.toEqual({ msisdn: MSISDN });
    expect(hlr.heard).toMatchObject([
      { kind: 'sendAuthInfoRequest', imsi, cnDomain: 'ps', vectorsWanted: 1 },
      { kind: 'checkImeiRequest', imsi, imei },
      { kind: 'updateLocationRequest', imsi, cnDomain: 'ps' },
      { kind: 'insertDataResult', imsi },
    ]);
  });

  test('after a resynchronisation when its card is ahead of the HLR', async () => {
    await expect(node.attach({ usim: card(4_096), imei })).resolves.toEqual({ msisdn: MSISDN });
    expect(hlr.kinds.slice(0, 2)).toEqual(['sendAuthInfoRequest', 'sendAuthInfoRequest']);
    expect(hlr.heard[1]).toMatchObject({ resynchronisation: { auts: expect.any(Uint8Array) as Uint8Array } });
  });

  test('side by side with others, over the one connection', async () => {
    const others = [2, 3, 4, 5].map((last) => parseImsi(`90199000000000${String(last)}`));
    const all = others.map((one) => node.attach({ usim: new TestUsim({ imsi: one, keys: KEYS }), imei }));
    await expect(Promise.all(all)).resolves.toHaveLength(4);
    expect(hlr.ccm.filter(({ kind }) => kind === 'identityResponse')).toHaveLength(1);
  });

  test('one step after the other when it is asked for twice', async () => {
    const usim = card();
    await Promise.all([node.attach({ usim, imei }), node.attach({ usim, imei })]);
    expect(hlr.kinds.filter((kind) => kind === 'updateLocationRequest')).toHaveLength(2);
    expect(hlr.kinds.lastIndexOf('sendAuthInfoRequest')).toBeGreaterThan(hlr.kinds.indexOf('insertDataResult'));
  });
});

describe('a device is refused', () => {
  const { imsiUnknown, gprsNotAllowed, plmnNotAllowed } = GSUP_CAUSE;

  test.each([
    { reason: 'unknownSubscriber', procedure: 'sendAuthInfo', cause: imsiUnknown },
    { reason: 'unknownSubscriber', procedure: 'checkImei', cause: imsiUnknown },
    { reason: 'unknownSubscriber', procedure: 'updateLocation', cause: imsiUnknown },
    { reason: 'barred', procedure: 'updateLocation', cause: gprsNotAllowed },
    { reason: 'barred', procedure: 'updateLocation', cause: plmnNotAllowed },
  ] as const)('as $reason when the HLR answers $procedure with cause $cause', async ({ reason, procedure, cause }) => {
    hlr.script = except(hlr.script, `${procedure}Request`, (of) => ({ kind: `${procedure}Error`, imsi: of, cause }));
    await expect(refusalOf(card())).resolves.toBe(reason);
  });

  test('when the HLR does not accept its IMEI', async () => {
    hlr.script = except(hlr.script, 'checkImeiRequest', (of) => ({
      kind: 'checkImeiResult',
      imsi: of,
      accepted: false,
    }));
    await expect(refusalOf(card())).resolves.toBe('barred');
  });

  test('when its card has other keys, and the HLR is told', async () => {
    await expect(refusalOf(new TestUsim({ imsi, keys: OTHER_KEYS }))).resolves.toBe('macFailure');
    await until(() => hlr.kinds.includes('authFailReport'));
    expect(hlr.kinds).not.toContain('updateLocationRequest');
  });

  test('when its card gives another answer than the HLR expects, and the HLR is told', async () => {
    const liar: Usim = { imsi, authenticate: () => ({ kind: 'res', res: new Uint8Array(8) }) };
    await expect(refusalOf(liar)).resolves.toBe('authenticationFailed');
    await until(() => hlr.kinds.includes('authFailReport'));
  });

  test('when the HLR does not accept the token of the card', async () => {
    const liar: Usim = {
      ...{ imsi, authenticate: () => ({ kind: 'synchronisationFailure', auts: new Uint8Array(14) }) },
    };
    await expect(refusalOf(liar)).resolves.toBe('resynchronisationFailed');
  });

  test('when its card is never satisfied: an HLR is not asked for vectors without end', async () => {
    hlr.script = (message) =>
      hospitable({ keys: KEYS })({
        ...message,
        ...('resynchronisation' in message && { resynchronisation: undefined }),
      });
    await expect(refusalOf(card(4_096))).resolves.toBe('resynchronisationFailed');
    expect(hlr.kinds).toEqual(['sendAuthInfoRequest', 'sendAuthInfoRequest', 'sendAuthInfoRequest']);
  });

  test('by an Error of another kind when the HLR has trouble of its own: that can be tried again', async () => {
    hlr.script = except(hlr.script, 'updateLocationRequest', (of) => ({
      ...{ kind: 'updateLocationError', imsi: of, cause: GSUP_CAUSE.networkFailure },
    }));
    await expect(refusalOf(card())).resolves.toEqual(
      new Error(`the HLR did not take the location of ${imsi}: cause 17`),
    );
  });
});

describe('a node that has started again, and does not know who attached through it before', () => {
  test('passes on that access was taken away', async () => {
    // The procedure brings the connection up.
    await node.detach(parseImsi('901990000000002'));
    hlr.send({ kind: 'locationCancelRequest', imsi, cnDomain: 'ps', cancelType: 'withdraw' });
    await until(() => hlr.kinds.includes('locationCancelResult'));
    expect(cancelled).toEqual([imsi]);
  });

  test('purges a device that leaves, once', async () => {
    await node.detach(imsi);
    await node.detach(imsi);
    expect(hlr.kinds).toEqual(['purgeMsRequest']);
  });
});

describe('an attached device', () => {
  beforeEach(async () => {
    await node.attach({ usim: card(), imei });
  });

  test('is told once when its access is taken away, however often the HLR says so', async () => {
    hlr.send({ kind: 'deleteDataRequest', imsi, cnDomain: undefined });
    hlr.send({ kind: 'deleteDataRequest', imsi, cnDomain: undefined });
    await until(() => hlr.kinds.filter((kind) => kind === 'deleteDataResult').length === 2);
    expect(cancelled).toEqual([imsi]);
  });

  test('is told when its location is cancelled', async () => {
    hlr.send({ kind: 'locationCancelRequest', imsi, cnDomain: 'ps', cancelType: 'withdraw' });
    await until(() => hlr.kinds.includes('locationCancelResult'));
    expect(cancelled).toEqual([imsi]);
  });

  test('is purged when it leaves, once', async () => {
    await node.detach(imsi);
    await node.detach(imsi);
    expect(hlr.kinds.filter((kind) => kind === 'purgeMsRequest')).toHaveLength(1);
    expect(cancelled).toEqual([]);
  });

  test('stays attached when the HLR sends new data for it', async () => {
    hlr.heard.length = 0;
    hlr.script = () => [];
    hlr.send({ kind: 'insertDataRequest', imsi, cnDomain: 'ps', msisdn: MSISDN });
    await until(() => hlr.kinds.includes('insertDataResult'));
    expect(cancelled).toEqual([]);
  });
});

describe('the connection', () => {
  test('is opened with a unit id and the name by which the HLR knows the node', async () => {
    await until(() => hlr.ccm.length === 2);
    expect(hlr.ccm).toEqual([
      {
        kind: 'identityResponse',
        identities: [
          { tag: 8, value: '0/0/0' },
          { tag: 0, value: 'MME-1' },
        ],
      },
      { kind: 'identityAck' },
    ]);
  });

  test('answers pings', async () => {
    await until(() => hlr.ccm.length === 2);
    hlr.ping();
    await until(() => hlr.ccm.some(({ kind }) => kind === 'pong'));
  });

  test('comes back after it broke, and what was under way is an Error that can be tried again', async () => {
    const attach = hlr.script;
    hlr.script = () => {
      hlr.hangUp();
      return [];
    };
    await expect(refusalOf(card())).resolves.toEqual(
      new Error("the HLR can't be reached: the connection broke before it answered"),
    );
    hlr.script = attach;
    await until(() => hlr.ccm.filter(({ kind }) => kind === 'identityAck').length === 2);
    await expect(node.attach({ usim: card(), imei })).resolves.toEqual({ msisdn: MSISDN });
    expect(lines).toContain('MME-1 lost its connection to the HLR');
  });

  test('is awaited by a node whose HLR starts after it', async () => {
    const { port } = hlr;
    await node.close();
    await hlr.stop();
    node = nodeAt(port);
    await expect(refusalOf(card())).resolves.toMatchObject({
      message: expect.stringMatching(/can't be reached/) as string,
    });
    hlr = await GsupPeer.start(port);
    hlr.script = hospitable({ keys: KEYS });
    await until(() => hlr.ccm.length === 2);
    await expect(node.attach({ usim: card(), imei })).resolves.toEqual({ msisdn: MSISDN });
  });

  test('survives what cannot be read and what was not asked for', async () => {
    await until(() => hlr.ccm.length === 2);
    hlr.sendOctets(Uint8Array.of(5, 0x7f));
    hlr.send({ kind: 'updateLocationResult', imsi });
    hlr.send({ kind: 'sendAuthInfoRequest', imsi, cnDomain: 'ps', vectorsWanted: 1, resynchronisation: undefined });
    await expect(node.attach({ usim: card(), imei })).resolves.toEqual({ msisdn: MSISDN });
    expect(lines).toEqual([
      'MME-1 leaves out a message of the HLR: message type cannot be decoded: its meaning is not known (OsmoHLR manual, GSUP)',
      'MME-1 does not expect sendAuthInfoRequest from the HLR',
    ]);
  });

  test('shows no key in any line', async () => {
    await node.attach({ usim: card(), imei });
    await refusalOf(new TestUsim({ imsi, keys: OTHER_KEYS }));
    expect(lines.join()).not.toMatch(/465b5c|cd63cb|70,91,92/);
  });
});
