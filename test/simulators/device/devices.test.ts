import type { SmscFaultPlan } from '../../../simulators/smsc/faults.ts';
import { decodeChangeRequest } from '../../../telecom/ota/change-request.ts';
import { decodeCommandPacket } from '../../../telecom/ota/command-packet.ts';
import { encodeCpaCommand } from '../../../telecom/ota/cpa-command.ts';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { parsePlmn } from '../../../telecom/identifiers/plmn.ts';
import { subscriptionScript } from '../../../telecom/ota/remote-file-script.ts';
import { decodeDeliverReport } from '../../../telecom/sms/deliver-report-tpdu.ts';
import { parseUserDataHeader } from '../../../telecom/sms/user-data-header.ts';
import { REMOTE_FILES_COMPACT_TAR } from '../../../simulators/uicc/applications.ts';
import { subscriberKeys } from '../../../simulators/support/subscriber-keys.ts';
import { demoCard, eventually, seedOf } from '../harness.ts';
import { proofOf, statusWordOf, swapMessage } from '../packets.ts';
import { Bench } from './bench.ts';

const card = demoCard('operator-1', 1);
const { iccid } = card;
const target = parseImsi('001029000000001');
const targetKeys = subscriberKeys(seedOf('operator-2'), target);
const asking = () =>
  swapMessage(card, {
    data: encodeCpaCommand({ adminCode: card.adminCode, imsi: target, ...targetKeys, askUser: true }),
  });
const script = (cntr: number) =>
  swapMessage(card, {
    ...{ cntr, header: { tar: REMOTE_FILES_COMPACT_TAR } },
    data: subscriptionScript(
      card.adminCode,
      { imsi: target, plmn: parsePlmn('00102'), ...targetKeys },
      { format: 'compact', files: ['imsi', 'usimAuthKey', 'loci'], refresh: false },
    ).data,
  });

let bench: Bench;
afterEach(() => {
  bench.remove();
});

const start = (plan: SmscFaultPlan = {}): void => {
  bench = new Bench([card], plan);
  bench.devices.start();
};
const attachedAs = (imsi: string) =>
  eventually(`the device is attached as ${imsi}`, () => bench.device(card).registration?.imsi === imsi);

describe('a device whose card was changed', () => {
  test('leaves its network, authenticates at the one of its new IMSI, and is called by its new number', async () => {
    start();
    bench.deliver(card, swapMessage(card));
    await attachedAs(target);
    expect(bench.home.detached).toEqual([card.imsi]);
    expect(bench.kinds()).toEqual(['counterConsumed', 'cardUpdated', 'detached', 'sequenceAccepted', 'attached']);
    expect(bench.reachable).toEqual(['999029000000001']);
  });

  test('may ignore REFRESH: it stays as it is until it is switched off and on', async () => {
    start({ ignoreRefresh: [iccid] });
    bench.deliver(card, swapMessage(card));
    expect(bench.kinds()).toContain('refreshIgnored');
    expect(bench.device(card)).toMatchObject({ imsi: card.imsi, registration: { imsi: card.imsi } });
    bench.devices.restart(bench.device(card));
    await attachedAs(target);
  });

  test('that is refused says why, once, and is in no network until it is let in', async () => {
    start();
    bench.visited.refused.set(target, 'unknownSubscriber');
    bench.deliver(card, swapMessage(card));
    await eventually('it is refused', () => bench.of('attachRefused').length > 0);
    expect(bench.of('attachRefused')).toEqual([
      { kind: 'attachRefused', iccid, imsi: target, reason: 'unknownSubscriber' },
    ]);
    expect(bench.device(card).registration).toBeUndefined();
  });

  test('stays where it is while the fault plan says so', async () => {
    start({ deviceStaysOnOldNetwork: true });
    bench.deliver(card, swapMessage(card));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(bench.device(card).registration?.imsi).toBe(card.imsi);
    bench.replaceFaults({});
    await attachedAs(target);
  });
});

describe('a device whose card loses its power between two writes', () => {
  test('starts anew with the new IMSI and the old key, which the new network does not let in', async () => {
    start({ powerCutAfterWrites: { [iccid]: 1 } });
    expect(bench.deliver(card, script(1)).report).toBeUndefined();
    await eventually('it is refused', () => bench.of('attachRefused').length > 0);
    expect(bench.of('powerCut')).toEqual([{ kind: 'powerCut', iccid, writes: 1 }]);
    expect(bench.of('attachRefused')).toMatchObject([{ imsi: target, reason: 'macFailure' }]);
  });

  test('attaches with its old subscription when the cut was before the first write, and takes the next packet', async () => {
    start({ powerCutAfterWrites: { [iccid]: 0 } });
    bench.deliver(card, script(1));
    await attachedAs(card.imsi);
    bench.deliver(card, script(2));
    await attachedAs(target);
  });
});

describe('the user', () => {
  test('who accepts has the card changed, and its proof sent by SMS-SUBMIT before the device moves', async () => {
    start({ userAnswersAfterMs: 0 });
    const { report } = bench.deliver(card, asking());
    expect(proofOf(card, report && decodeDeliverReport(report).userData).status).toBe('moreTime');
    await attachedAs(target);
    expect(statusWordOf(card, bench.sent[0])).toBe('9000');
    expect(bench.kinds().slice(1, 3)).toEqual(['userAsked', 'cardUpdated']);
  });

  test('who declines keeps the subscription', async () => {
    start({ userAnswersAfterMs: 0, users: { [iccid]: 'decline' } });
    bench.deliver(card, asking());
    await eventually('the proof is sent', () => bench.sent.length === 1);
    expect(statusWordOf(card, bench.sent[0])).toBe('6985');
    expect(bench.of('userAsked')).toEqual([{ kind: 'userAsked', iccid, answer: 'declined' }]);
    expect(bench.device(card).card.imsi).toBe(card.imsi);
  });

  test('who thinks keeps the card busy: another message is refused for now', () => {
    start({ users: { [iccid]: 'ignore' } });
    bench.deliver(card, asking());
    const { report } = bench.deliver(card, swapMessage(card, { cntr: 2 }));
    expect(report && decodeDeliverReport(report)).toMatchObject({ kind: 'failed', cause: 0xd4 });
    expect(bench.devices.chooseChange(bench.device(card), parsePlmn('00102'))).toBe(false);
  });

  test('who asks for a network in the menu has the card send a signed request', () => {
    start();
    expect(bench.devices.chooseChange(bench.device(card), parsePlmn('00102'))).toBe(true);
    const { payload } = parseUserDataHeader(bench.sent[0] ?? new Uint8Array(0));
    const { data, integrityOk } = decodeCommandPacket(payload, card.keys);
    expect([integrityOk, decodeChangeRequest(data)]).toEqual([true, { target: '00102' }]);
    expect(bench.of('changeRequested')).toMatchObject([{ iccid, cntr: 1, target: '00102' }]);
  });
});

test('a device whose access is taken away is out, and asks again', async () => {
  start();
  bench.devices.cancelled(card.imsi);
  expect(bench.device(card).registration).toBeUndefined();
  await attachedAs(card.imsi);
});

test('devices that no longer sleep say that they can be reached', () => {
  start({ asleep: true });
  bench.replaceFaults({ asleep: true });
  expect(bench.reachable).toEqual([]);
  bench.replaceFaults({});
  expect(bench.reachable).toEqual([card.msisdn]);
});

test('a silent card is one that its device hands nothing', () => {
  start({ silentCards: true });
  expect(bench.deliver(card, swapMessage(card)).facts).toEqual([]);
});
