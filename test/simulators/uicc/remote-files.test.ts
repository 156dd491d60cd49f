import { REMOTE_FILES_COMPACT_TAR, REMOTE_FILES_EXPANDED_TAR } from '../../../simulators/uicc/applications.ts';
import type { CardConditions } from '../../../simulators/uicc/card-conditions.ts';
import { subscriberKeys } from '../../../simulators/support/subscriber-keys.ts';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { parsePlmn } from '../../../telecom/identifiers/plmn.ts';
import { fromHex, toHex } from '../../../telecom/octets/hex.ts';
import { decodeCompactResponse } from '../../../telecom/ota/compact-response.ts';
import { decodeExpandedResponse, encodeExpandedCommand } from '../../../telecom/ota/expanded-format.ts';
import { REFRESH_UICC_RESET, subscriptionScript } from '../../../telecom/ota/remote-file-script.ts';
import { milenage } from '../../../telecom/milenage.ts';
import { demoCard, seedOf } from '../harness.ts';
import { proofOf, swapMessages } from '../packets.ts';
import { CardReader, type Outcome } from './card-reader.ts';

const factory = demoCard('operator-1', 1);
const target = parseImsi('001029000000001');
const targetKeys = subscriberKeys(seedOf('operator-2'), target);
const verify = `0020000a08${toHex(factory.adminCode.reveal())}`;
const wrongVerify = '0020000a080000000000000000';

let reader: CardReader;
let cntr: number;
beforeEach(() => {
  reader = new CardReader(factory);
  cntr = 0;
});
afterEach(() => {
  reader.remove();
});

interface Script {
  readonly tar?: typeof REMOTE_FILES_COMPACT_TAR;
  readonly conditions?: Partial<CardConditions>;
}

const send = (data: Uint8Array, { tar = REMOTE_FILES_COMPACT_TAR, conditions = {} }: Script = {}): Outcome => {
  cntr += 1;
  const outcomes = swapMessages(factory, { data, cntr, header: { tar } }).map((one) => reader.send(one, conditions));
  return outcomes[outcomes.length - 1] as Outcome;
};
const run = (...commands: readonly string[]) => {
  const { response } = send(fromHex(commands.join(''), 'script'));
  const { commands: executed, statusWord, data } = decodeCompactResponse(proofOf(factory, response).data);
  return { executed, statusWord, data: toHex(data) };
};
const expanded = (...commands: readonly string[]) => {
  const apdus = commands.map((one) => fromHex(one, 'command'));
  const { response } = send(encodeExpandedCommand(apdus), { tar: REMOTE_FILES_EXPANDED_TAR });
  const { executed, responses } = decodeExpandedResponse(proofOf(factory, response).data);
  return { executed, words: responses.map(({ statusWord }) => toHex(statusWord)) };
};
const swapScript = (files: Parameters<typeof subscriptionScript>[2]['files'] = ['imsi', 'ad', 'usimAuthKey', 'loci']) =>
  subscriptionScript(
    factory.adminCode,
    { imsi: target, plmn: parsePlmn('00102'), ...targetKeys },
    { format: 'compact', files, refresh: false },
  ).data;
const accepts = (keys: ReturnType<typeof subscriberKeys>, seq = 1): string => {
  const rand = new Uint8Array(16).fill(seq);
  const sqn = Uint8Array.of(0, 0, 0, 0, (seq * 32) >> 8, (seq * 32) & 0xff);
  return reader.authenticate(rand, milenage(keys).autn({ rand, sqn, amf: Uint8Array.of(0x80, 0) })).kind;
};

describe('reading', () => {
  test('the files of the subscription are where 3GPP TS 31.102 has them, by short identifier and by SELECT', () => {
    expect(run('00b0870009')).toEqual({ executed: 1, statusWord: '9000', data: '080910100000000010' });
    expect(run('00a4000c026f07', '00b0000009')).toEqual({
      executed: 2,
      statusWord: '9000',
      data: '080910100000000010',
    });
    expect(run('00a4080c047fff6f78', '00b0000000')).toEqual({ executed: 2, statusWord: '9000', data: '0002' });
    expect(run('00b0830301')).toEqual({ executed: 1, statusWord: '9000', data: '02' });
  });

  test('EF.ICCID is under the master file', () => {
    expect(run('00a4000c022fe2', '00b000000a')).toMatchObject({ executed: 1, statusWord: '6a82' });
    expect(run('00a4080c022fe2', '00b000000a')).toEqual({
      ...{ executed: 2, statusWord: '9000', data: '989909010000000010f3' },
    });
  });

  test('a SELECT that asks for it is answered with the size of the file', () => {
    expect(run('00a40004026f07').data).toBe('620c8202412183026f0780020009');
  });

  test('K and OPc cannot be read, also with the admin code', () => {
    expect(run(verify, '00a4000c02af20', '00b0000000')).toEqual({ executed: 3, statusWord: '6982', data: '' });
  });

  test.each([
    ['behind the end of the file', ['00b0870901'], '6b00'],
    ['more than the file has', ['00b087000a'], '6700'],
    ['without a file', ['00b0000001'], '6986'],
    ['a file that is not there', ['00a4000c026f99'], '6a82'],
    ['with a command that is not known', ['00e2000001aa'], '6d00'],
    ['with a command that is cut', ['00d6870009aa'], '6700'],
  ])('reading %s ends the script', (_what, commands, statusWord) => {
    expect(run(...commands, '00b0870009')).toMatchObject({ executed: commands.length, statusWord });
  });
});

describe('writing', () => {
  test('needs the admin code in the same script', () => {
    expect(run('00d683030103')).toMatchObject({ statusWord: '6982' });
    expect(run(verify, '00d683030103', '00b0830301')).toEqual({ executed: 3, statusWord: '9000', data: '03' });
    expect(run('00d683030102')).toMatchObject({ statusWord: '6982' });
  });

  test('a part of a file is written at its offset, and the rest of the file stays', () => {
    expect(run(verify, '00d6830003810203', '00d683030103', '00b0830004').data).toBe('81020303');
    expect(run(verify, '00a4000c026fad', '00d600030102', '00b0000004').data).toBe('81020302');
  });

  test('a wrong admin code costs a try and does not stop the script; UPDATE behind it does', () => {
    expect(run(wrongVerify, '00b0830301')).toEqual({ executed: 2, statusWord: '9000', data: '02' });
    expect(run(wrongVerify, '00d683030103', '00b0830301')).toEqual({ executed: 2, statusWord: '6982', data: '' });
    expect(run('0020000a00')).toMatchObject({ statusWord: '63c1' });
  });

  test('three wrong admin codes block it for the remote files and for the card application alike', () => {
    expect(run(wrongVerify, wrongVerify, wrongVerify)).toMatchObject({ executed: 3, statusWord: '63c0' });
    expect(run(verify)).toMatchObject({ statusWord: '6983' });
    const [swap] = swapMessages(factory, { cntr: 100 });
    const { response } = reader.send(swap as Uint8Array);
    expect(decodeCompactResponse(proofOf(factory, response).data).statusWord).toBe('6983');
  });

  test('EF.ICCID cannot be written', () => {
    expect(run(verify, '00a4080c022fe2', '00d600000199')).toMatchObject({ statusWord: '6982' });
  });

  test('more than the file takes is not written', () => {
    expect(run(verify, '00d683030203ff')).toMatchObject({ statusWord: '6b00' });
    expect(run('00b0830301').data).toBe('02');
  });

  test('in expanded format each command has its answer, and an error ends the script', () => {
    expect(expanded(wrongVerify, '00d683030103', '00b0830301')).toEqual({ executed: 2, words: ['63c2', '6982'] });
    expect(expanded(verify, '00d683030103')).toEqual({ executed: 2, words: ['9000', '9000'] });
  });

  test('a script that is one of a chain is not run: the card knows no chains', () => {
    const update = [fromHex(verify, 'verify'), fromHex('00d683030103', 'update')];
    const chained = encodeExpandedCommand(update, { scriptChaining: Uint8Array.of(1) });
    const { response } = send(chained, { tar: REMOTE_FILES_EXPANDED_TAR });
    expect(decodeExpandedResponse(proofOf(factory, response).data)).toMatchObject({
      ...{ executed: 0, responses: [], scriptChaining: 'notSupported' },
    });
    expect(run('00b0830301').data).toBe('02');
  });

  test('a script that is no script is answered so', () => {
    const { response } = send(Uint8Array.of(0xaa, 0x05, 0x22), { tar: REMOTE_FILES_EXPANDED_TAR });
    expect(decodeExpandedResponse(proofOf(factory, response).data)).toMatchObject({ badFormat: 'wrongLength' });
  });
});

describe('a change of subscription by files', () => {
  test('gives the card its new subscription, and has the device read it', () => {
    const { response } = send(swapScript());
    expect(decodeCompactResponse(proofOf(factory, response).data).statusWord).toBe('9000');
    expect(reader.card.imsi).toBe(target);
    expect(accepts(targetKeys)).toBe('res');
    expect(reader.allPerformed()).toEqual([{ kind: 'refresh' }]);
  });

  test('keeps the operation mode of the device, also when the card application makes the change', () => {
    run(verify, '00d6830003810203');
    cntr += 1;
    const [swap] = swapMessages(factory, { cntr });
    reader.send(swap as Uint8Array);
    expect(run('00b0830004').data).toBe('81020302');
  });

  test('survives a restart, and nothing that is put down holds the key', () => {
    send(swapScript());
    const told = JSON.stringify(reader.facts);
    expect(told).toContain('EF.USIM_AUTH_KEY');
    expect(told).not.toContain(toHex(targetKeys.k.reveal()));
    reader.restart();
    expect(reader.card.imsi).toBe(target);
    expect(accepts(targetKeys)).toBe('res');
  });

  test('in expanded format the device reads the card only where an immediate action says so', () => {
    const imsi = [fromHex(verify, 'verify'), fromHex('00d6870009080910200900000010', 'update')];
    send(encodeExpandedCommand(imsi), { tar: REMOTE_FILES_EXPANDED_TAR });
    expect(reader.allPerformed()).toEqual([]);
    const asking = encodeExpandedCommand(imsi, { immediateAction: REFRESH_UICC_RESET });
    send(asking, { tar: REMOTE_FILES_EXPANDED_TAR });
    expect(reader.allPerformed()).toEqual([{ kind: 'refresh' }]);
  });

  test('a power cut between two writes leaves the new IMSI with the old key', () => {
    const outcome = send(swapScript(), { conditions: { powerCutAfterWrites: () => 1 } });
    expect(outcome.response).toBeUndefined();
    expect(outcome.facts.at(-1)).toMatchObject({ kind: 'powerCut', writes: 1 });
    expect(reader.card.imsi).toBe(target);
    expect(accepts(targetKeys)).toBe('macFailure');
    expect(accepts(subscriberKeys(seedOf('operator-1'), factory.imsi))).toBe('res');
  });

  test('after a power cut the counter is used up, and a new packet can write the rest', () => {
    send(swapScript(), { conditions: { powerCutAfterWrites: () => 0 } });
    expect(reader.card.imsi).toBe(factory.imsi);
    cntr = 0;
    expect(proofOf(factory, send(swapScript()).response).status).toBe('cntrLow');
    expect(proofOf(factory, send(swapScript()).response).status).toBe('porOk');
    expect(reader.card.imsi).toBe(target);
  });

  test('keeps the sequence numbers: a stale challenge of the new network is resynchronised', () => {
    expect(accepts(subscriberKeys(seedOf('operator-1'), factory.imsi), 100)).toBe('res');
    send(swapScript());
    expect(accepts(targetKeys, 1)).toBe('synchronisationFailure');
    expect(accepts(targetKeys, 101)).toBe('res');
  });
});
