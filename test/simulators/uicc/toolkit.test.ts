import { encodeMenuSelection, encodeTerminalResponse, RESULT } from '../../../simulators/uicc/proactive-commands.ts';
import { subscriberKeys } from '../../../simulators/support/subscriber-keys.ts';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { CHANGE_REQUEST_TAR, decodeChangeRequest } from '../../../telecom/ota/change-request.ts';
import { decodeCommandPacket } from '../../../telecom/ota/command-packet.ts';
import { encodeCpaCommand } from '../../../telecom/ota/cpa-command.ts';
import { decodeSubmitTpdu } from '../../../telecom/sms/submit-tpdu.ts';
import { parseUserDataHeader } from '../../../telecom/sms/user-data-header.ts';
import { anAdminCode, proofOf, SPI_1619, statusWordOf, swapMessage } from '../packets.ts';
import { demoCard, seedOf } from '../harness.ts';
import { CardReader, type Outcome } from './card-reader.ts';

const factory = demoCard('operator-1', 1);
const target = parseImsi('001029000000001');
const YES = { result: RESULT.done, text: Uint8Array.of(1) };
const NO = { result: RESULT.done, text: Uint8Array.of(0) };

let reader: CardReader;
beforeEach(() => {
  reader = new CardReader(factory);
});
afterEach(() => {
  reader.remove();
});

const ask = ({ cntr = 1, adminCode = factory.adminCode } = {}): Outcome => {
  const keys = subscriberKeys(seedOf('operator-2'), target);
  const data = encodeCpaCommand({ adminCode, imsi: target, ...keys, askUser: true });
  return reader.send(swapMessage(factory, { cntr, data }));
};
const sentByCard = (): Uint8Array => {
  const command = reader.performed();
  if (command?.kind !== 'sendShortMessage') throw new Error('the card sends nothing');
  return decodeSubmitTpdu(command.tpdu).userData;
};

describe('the question to the user', () => {
  test('comes before anything is changed, and the report only says that more time is needed', () => {
    const { response } = ask();
    expect(proofOf(factory, response)).toMatchObject({ status: 'moreTime', authenticated: true });
    expect(reader.fetched()).toEqual({ kind: 'askYesOrNo', text: 'Change your operator?' });
    expect(reader.card.imsi).toBe(factory.imsi);
  });

  test('answered yes, changes the card; the proof goes by SMS-SUBMIT, then REFRESH', () => {
    ask();
    reader.performed(YES);
    expect(reader.card.imsi).toBe(target);
    expect(statusWordOf(factory, sentByCard())).toBe('9000');
    expect(reader.fetched()).toEqual({ kind: 'refresh' });
  });

  test.each([
    ['no', NO],
    ['by nobody', { result: RESULT.noAnswer }],
  ])('answered %s, changes nothing: the proof says 6985', (_what, answer) => {
    ask();
    reader.performed(answer);
    expect(reader.card.imsi).toBe(factory.imsi);
    expect(statusWordOf(factory, sentByCard())).toBe('6985');
    expect(reader.fetched()).toBeUndefined();
  });

  test('is not asked when the admin code is wrong', () => {
    const { response } = ask({ adminCode: anAdminCode() });
    expect(statusWordOf(factory, response)).toBe('63c2');
    expect(reader.fetched()).toBeUndefined();
  });

  test('keeps the card busy while it stands', () => {
    ask();
    reader.fetched();
    expect(ask({ cntr: 2 })).toMatchObject({ statusWord: '9300', facts: [] });
  });

  test('is gone after a power cycle, and the same packet is a replay by then', () => {
    ask();
    reader.fetched();
    reader.card.reset();
    expect(reader.fetched()).toBeUndefined();
    expect(proofOf(factory, ask().response).status).toBe('cntrLow');
  });

  test('a packet that asks for no proof gets none by SMS-SUBMIT either', () => {
    const keys = subscriberKeys(seedOf('operator-2'), target);
    const data = encodeCpaCommand({ adminCode: factory.adminCode, imsi: target, ...keys, askUser: true });
    expect(reader.send(swapMessage(factory, { data, spi: { ...SPI_1619, por: 'never' } })).response).toBeUndefined();
    reader.performed(YES);
    expect(reader.allPerformed()).toEqual([{ kind: 'refresh' }]);
  });
});

describe('the menu', () => {
  const choose = (target: string): Uint8Array => {
    reader.transmit(encodeMenuSelection(1));
    expect(reader.performed({ result: RESULT.done, text: Buffer.from(target) })?.kind).toBe('askDigits');
    return sentByCard();
  };
  const opened = (userData: Uint8Array) => decodeCommandPacket(parseUserDataHeader(userData).payload, factory.keys);

  test('sends a signed packet that names the network, under a counter that goes on over a restart', () => {
    const first = opened(choose('00102'));
    expect(first).toMatchObject({ integrityOk: true, header: { tar: CHANGE_REQUEST_TAR, cntr: 1 } });
    expect(decodeChangeRequest(first.data)).toEqual({ target: '00102' });
    reader.restart();
    expect(opened(choose('00101')).header.cntr).toBe(2);
  });

  test('sends nothing for what is no network, or when the user turns away', () => {
    for (const response of [{ result: RESULT.done, text: Buffer.from('12') }, { result: RESULT.noAnswer }]) {
      reader.transmit(encodeMenuSelection(1));
      reader.performed(response);
      expect(reader.fetched()).toBeUndefined();
    }
  });

  test('its counter is not that of packets for the card', () => {
    choose('00102');
    expect(proofOf(factory, reader.send(swapMessage(factory, { cntr: 1 })).response).status).toBe('porOk');
  });
});

test('a device that answers what it did not fetch, or fetches where nothing is, is told so', () => {
  expect(reader.transmit(encodeTerminalResponse({ kind: 'refresh' }, 1, { result: 0 })).statusWord).toBe('6985');
  expect(reader.fetched()).toBeUndefined();
  expect(reader.transmit(Uint8Array.of(0x00, 0xc0, 0x00, 0x00, 0x10)).statusWord).toBe('6985');
  expect(reader.transmit(Uint8Array.of(0x00, 0x44, 0x00, 0x00, 0x00)).statusWord).toBe('6d00');
});
