import { REMOTE_FILES_COMPACT_TAR } from '../../../simulators/uicc/applications.ts';
import { toHex } from '../../../telecom/octets/hex.ts';
import { decodeCompactResponse, encodeCpaCommand, IDLE_CPA_COMMAND } from '../../../telecom/ota/cpa-command.ts';
import { idleScript, imsiScript } from '../../../telecom/ota/remote-file-script.ts';
import { subscriberKeys } from '../../../simulators/support/subscriber-keys.ts';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { encodeEfImsi } from '../../../telecom/uicc/imsi-file.ts';
import { demoCard, seedOf } from '../harness.ts';
import { proofOf, swapMessage, swapMessages } from '../packets.ts';
import { CardReader, type Outcome } from './card-reader.ts';

const factory = demoCard('operator-1', 1);
const target = parseImsi('001029000000001');

let reader: CardReader;
beforeEach(() => {
  reader = new CardReader(factory);
});
afterEach(() => {
  reader.remove();
});

const probe = (cntr: number, data = imsiScript('compact').data): Outcome =>
  reader.send(swapMessage(factory, { data, cntr, header: { tar: REMOTE_FILES_COMPACT_TAR } }));
const said = ({ response }: Outcome) => {
  const { commands, statusWord, data } = decodeCompactResponse(proofOf(factory, response).data);
  return [commands, statusWord, toHex(data)];
};

test('a probe reads the IMSI without the admin code, before and after the card was changed', () => {
  expect(said(probe(1))).toEqual([4, '9000', toHex(encodeEfImsi(factory.imsi))]);
  reader.send(swapMessage(factory, { cntr: 2 }));
  expect(said(probe(3))).toEqual([4, '9000', toHex(encodeEfImsi(target))]);
});

test('behind a probe with a higher counter the card runs no packet with a lower one, whatever application that is for', () => {
  probe(17);
  const late = reader.send(swapMessage(factory, { cntr: 1 }));
  expect(proofOf(factory, late.response)).toMatchObject({ status: 'cntrLow', authenticated: true });
  expect(reader.card.imsi).toBe(factory.imsi);
});

test('the idle script is answered, and changes nothing but the counter', () => {
  const outcome = probe(1, idleScript('compact').data);
  expect(said(outcome)).toEqual([1, '9000', '']);
  expect(outcome.facts.map(({ kind }) => kind)).toEqual(['counterConsumed']);
});

test('the command of the card application without fields is answered with 6a80, and costs no try of the admin code', () => {
  const outcome = reader.send(swapMessage(factory, { data: IDLE_CPA_COMMAND, cntr: 1 }));
  expect(said(outcome)).toEqual([1, '6a80', '']);
  expect(outcome.facts.map(({ kind }) => kind)).toEqual(['counterConsumed']);
});

test('a card whose user has not been asked yet answers a probe with the old IMSI, and may change afterwards', () => {
  const keys = subscriberKeys(seedOf('operator-2'), target);
  const asking = encodeCpaCommand({ adminCode: factory.adminCode, imsi: target, ...keys, askUser: true });
  for (const message of swapMessages(factory, { data: asking, cntr: 1 })) reader.send(message);
  expect(said(probe(17))).toEqual([4, '9000', toHex(encodeEfImsi(factory.imsi))]);
  reader.performed({ result: 0, text: Uint8Array.of(1) });
  expect(reader.card.imsi).toBe(target);
});
