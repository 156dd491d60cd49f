import { NOTHING_WRONG, type CardConditions } from '../../../simulators/uicc/card-conditions.ts';
import { parseTar } from '../../../telecom/identifiers/tar.ts';
import { encodeDeliverTpdu } from '../../../telecom/sms/deliver-tpdu.ts';
import { encodeSmsPpDownload } from '../../../telecom/uicc/sms-pp-download.ts';
import { demoCard } from '../harness.ts';
import {
  anAdminCode,
  proofOf,
  SPI_1619,
  statusWordOf,
  swapMessage,
  swapMessages,
  type PacketOptions,
} from '../packets.ts';
import { CardReader, type Outcome } from './card-reader.ts';

const factory = demoCard('operator-1', 1);
const other = demoCard('operator-1', 2);
const target = '001029000000001';

let reader: CardReader;
beforeEach(() => {
  reader = new CardReader(factory);
});
afterEach(() => {
  reader.remove();
});

const receive = (userData: Uint8Array, conditions: Partial<CardConditions> = {}): Outcome =>
  reader.send(userData, conditions);
const send = (options: PacketOptions = {}, conditions: Partial<CardConditions> = {}): Outcome =>
  receive(swapMessage(factory, options), conditions);
const kinds = ({ facts }: Outcome): string[] => facts.map(({ kind }) => kind);

test('the right packet with the right admin code changes IMSI and keys, and the card proves it', () => {
  const outcome = send();
  expect(reader.card.imsi).toBe(target);
  expect(kinds(outcome)).toEqual(['counterConsumed', 'cardUpdated']);
  expect(proofOf(factory, outcome.response)).toMatchObject({
    status: 'porOk',
    authenticated: true,
    ciphered: true,
    cntr: 1,
  });
  expect(statusWordOf(factory, outcome.response)).toBe('9000');
});

test('the card changes only when the facts are applied: a crash before leaves it as it was', () => {
  const tpdu = encodeDeliverTpdu({
    ...{ hasUserDataHeader: true, moreMessages: false, originator: { ton: 0, npi: 1, digits: '900' } },
    ...{ protocolId: 0x7f, dataCoding: 0xf6, timestamp: new Uint8Array(7), userData: swapMessage(factory) },
  });
  reader.card.transmit(encodeSmsPpDownload({ serviceCentre: undefined, tpdu }), NOTHING_WRONG);
  expect(reader.card.imsi).toBe(factory.imsi);
});

test('a packet that comes again is refused, and the card stays as it is', () => {
  send();
  send({ imsi: '001029000000002', cntr: 2 });
  const outcome = send();
  expect(kinds(outcome)).toEqual(['replayRefused']);
  expect(proofOf(factory, outcome.response)).toMatchObject({ status: 'cntrLow', authenticated: true });
  expect(reader.card.imsi).toBe('001029000000002');
});

test('a script that fails has used its counter up', () => {
  const outcome = send({ data: Uint8Array.of(0, 0xa4, 0, 0) });
  expect(statusWordOf(factory, outcome.response)).toBe('6a80');
  expect(kinds(send())).toEqual(['replayRefused']);
});

test('three wrong admin codes block the card for good, the right code then does not help', () => {
  const words = [1, 2, 3].map((cntr) => statusWordOf(factory, send({ cntr, adminCode: anAdminCode() }).response));
  expect(words).toEqual(['63c2', '63c1', '63c0']);
  expect(statusWordOf(factory, send({ cntr: 4 }).response)).toBe('6983');
  expect(reader.card.imsi).toBe(factory.imsi);
});

test('the right admin code gives back all three tries', () => {
  send({ cntr: 1, adminCode: anAdminCode() });
  send({ cntr: 2 });
  expect(statusWordOf(factory, send({ cntr: 3, adminCode: anAdminCode() }).response)).toBe('63c2');
});

test('a packet made with the keys of another card changes nothing and uses no counter up', () => {
  const outcome = send({ keysOf: other });
  expect(kinds(outcome)).toEqual(['packetRefused']);
  expect(outcome.response).toBeDefined();
  expect(send().facts).toHaveLength(2);
});

test('an application that the card does not have is answered so', () => {
  expect(proofOf(factory, send({ header: { tar: parseTar('b00001') } }).response)).toMatchObject({
    status: 'tarUnknown',
    authenticated: false,
  });
});

for (const [missing, spi] of [
  ['checksum', { ...SPI_1619, integrity: 'none' }],
  ['ciphering', { ...SPI_1619, ciphered: false }],
  ['counter check', { ...SPI_1619, counter: 'carried' }],
] as const) {
  test(`a packet without ${missing} is below the card's security level`, () => {
    expect(proofOf(factory, send({ spi }).response).status).toBe('insufficientSecurity');
    expect(reader.card.imsi).toBe(factory.imsi);
  });
}

test('no proof is sent where the packet asks for none', () => {
  expect(send({ spi: { ...SPI_1619, por: 'never' } }).response).toBeUndefined();
  expect(reader.card.imsi).toBe(target);
});

test('a fault plan can make the proof one that proves nothing', () => {
  expect(proofOf(factory, send({}, { unsignedPor: true }).response)).toMatchObject({
    status: 'porOk',
    authenticated: false,
  });
});

test('damaged messages are refused without harm', () => {
  const message = swapMessage(factory);
  for (let length = 0; length < message.length; length += 1) receive(message.slice(0, length));
  for (let position = 0; position < message.length; position += 1) {
    receive(message.map((octet, index) => (index === position ? octet ^ 0x55 : octet)));
  }
  expect(reader.card.imsi).toBe(factory.imsi);
});

describe('a packet in several messages', () => {
  const long = { data: new Uint8Array(200) };
  const parts = (options: PacketOptions = {}): [Uint8Array, Uint8Array] =>
    swapMessages(factory, { ...long, ...options }) as [Uint8Array, Uint8Array];

  for (const segmentation of [
    {},
    { referenceBits: 16, reference: 0x1234 },
    { layout: 'commandFirst' },
    { layout: 'commandFirst', referenceBits: 16 },
  ] as const) {
    test(`is put together in any order and with parts that come twice: ${JSON.stringify(segmentation)}`, () => {
      const [first, second] = parts({ segmentation });
      expect([second, second, first].flatMap((part) => kinds(receive(part)))).toEqual(['counterConsumed']);
    });
  }

  test('is thrown away by a part of another packet', () => {
    const [first, second] = parts();
    receive(second);
    receive(parts({ segmentation: { reference: 8 } })[0]);
    expect(receive(first).facts).toEqual([]);
    expect(kinds(receive(second))).toEqual(['counterConsumed']);
  });

  test('is thrown away by a packet in one message', () => {
    const [first, second] = parts();
    receive(second);
    receive(swapMessage(factory, { keysOf: other }));
    expect(receive(first).facts).toEqual([]);
  });

  test('is thrown away by a power cycle; the part that was lost then does not help', () => {
    const [first, second] = parts();
    receive(first);
    reader.card.reset();
    expect(receive(second).facts).toEqual([]);
    expect(kinds(receive(first))).toEqual(['counterConsumed']);
  });

  test.each(['without', 'with'])(
    'of which one was lost is run once when all of them are sent again with the same reference, %s a power cycle between',
    (between) => {
      const [first, second] = parts();
      receive(first);
      if (between === 'with') reader.card.reset();
      expect([first, second].flatMap((part) => kinds(receive(part)))).toEqual(['counterConsumed']);
      expect([first, second].flatMap((part) => kinds(receive(part)))).toEqual(['replayRefused']);
    },
  );

  test('is refused as a replay when a newer counter was used in between', () => {
    const [first, second] = parts();
    receive(first);
    send({ cntr: 2 });
    receive(first);
    expect(kinds(receive(second))).toEqual(['replayRefused']);
  });
});

test('what is no command packet gets no answer, and the device is told that it could not be taken', () => {
  expect(receive(Uint8Array.of(0x03, 0x24, 0x01, 0x00, 0xaa))).toMatchObject({
    ...{ response: undefined, statusWord: '6f00' },
    facts: [{ kind: 'packetRefused', status: 'securityError' }],
  });
});

test('a power cut before the change leaves the old subscription, one behind it the new one', () => {
  expect(kinds(send({ cntr: 1 }, { powerCutAfterWrites: () => 0 }))).toEqual(['counterConsumed', 'powerCut']);
  expect(reader.card.imsi).toBe(factory.imsi);
  const cut = send({ cntr: 2 }, { powerCutAfterWrites: () => 1 });
  expect(kinds(cut)).toEqual(['counterConsumed', 'cardUpdated', 'powerCut']);
  expect([reader.card.imsi, cut.response]).toEqual([target, undefined]);
});

test('a counter that must be the next one may not jump', () => {
  const spi = { ...SPI_1619, counter: 'mustBeNext' } as const;
  expect(proofOf(factory, send({ spi, cntr: 2 }).response)).toMatchObject({ status: 'cntrHigh', authenticated: true });
  expect(proofOf(factory, send({ spi, cntr: 1 }).response).status).toBe('porOk');
});

test('the highest counter blocks the key set for ever', () => {
  expect(proofOf(factory, send({ cntr: 2 ** 40 - 1 }).response).status).toBe('porOk');
  expect(proofOf(factory, send({ cntr: 2 ** 40 - 1 }).response).status).toBe('cntrBlocked');
  reader.restart();
  expect(proofOf(factory, send({ cntr: 1 }).response).status).toBe('cntrBlocked');
});

test('a key set that the card does not have is refused', () => {
  const kvn = factory.kvn + 1;
  const header = { kic: { algorithm: 'aes', kvn }, kid: { algorithm: 'aes', kvn } } as const;
  expect(proofOf(factory, send({ header }).response).status).toBe('securityError');
});
