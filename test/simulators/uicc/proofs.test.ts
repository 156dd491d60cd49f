import { REMOTE_FILES_EXPANDED_TAR } from '../../../simulators/uicc/applications.ts';
import type { FactoryCard } from '../../../simulators/support/cards-file.ts';
import { parseTar } from '../../../telecom/identifiers/tar.ts';
import { fromHex, toHex } from '../../../telecom/octets/hex.ts';
import { decodeExpandedResponse, encodeExpandedCommand } from '../../../telecom/ota/expanded-format.ts';
import { decodeResponsePacket, type DecodedResponse } from '../../../telecom/ota/response-packet.ts';
import type { Spi } from '../../../telecom/ota/spi.ts';
import { reassemble } from '../../../telecom/sms/segments.ts';
import { decodeSubmitTpdu } from '../../../telecom/sms/submit-tpdu.ts';
import { demoCard } from '../harness.ts';
import { SPI_1619, swapMessages, type PacketOptions } from '../packets.ts';
import { CardReader, type Outcome } from './card-reader.ts';

const factory = demoCard('operator-1', 1);
const other = demoCard('operator-1', 2);
const tripleDes: FactoryCard = { ...factory, algorithm: 'tripleDes2Key' };
const UNKNOWN = { tar: parseTar('b00001') };

let readers: CardReader[];
beforeEach(() => {
  readers = [];
});
afterEach(() => {
  for (const reader of readers) reader.remove();
});

const inserted = (card: FactoryCard): CardReader => {
  const reader = new CardReader(card);
  readers.push(reader);
  return reader;
};
const send = (reader: CardReader, card: FactoryCard, options: PacketOptions = {}): Outcome => {
  const { algorithm = 'aes', kvn } = card;
  const keys = { kic: { algorithm, kvn }, kid: { algorithm, kvn } };
  const messages = swapMessages(card, { ...options, header: { ...keys, ...options.header } });
  return messages.map((one) => reader.send(one)).at(-1) as Outcome;
};
const read = (card: FactoryCard, userData: Uint8Array | undefined, spi: Spi): DecodedResponse | undefined => {
  const { algorithm = 'aes', kvn, keys } = card;
  if (userData === undefined) return undefined;
  return decodeResponsePacket(userData, { spi, kic: { algorithm, kvn }, kid: { algorithm, kvn }, keys });
};

describe('whether a proof is sent', () => {
  test.each([
    ['never', {}, undefined],
    ['never', UNKNOWN, undefined],
    ['always', {}, 'porOk'],
    ['always', UNKNOWN, 'tarUnknown'],
    ['onError', {}, undefined],
    ['onError', UNKNOWN, 'tarUnknown'],
  ] as const)('asked %s, a packet with %j is answered with %s', (por, header, status) => {
    const spi = { ...SPI_1619, por };
    const { response } = send(inserted(factory), factory, { spi, header });
    expect(read(factory, response, spi)?.status).toBe(status);
  });
});

describe('how a proof is protected', () => {
  test.each([
    ['none', false, { authenticated: false, integrityOk: false, ciphered: false }],
    ['none', true, { authenticated: false, integrityOk: false, ciphered: true }],
    ['redundancyCheck', false, { authenticated: false, integrityOk: true, ciphered: false }],
    ['redundancyCheck', true, { authenticated: false, integrityOk: true, ciphered: true }],
    ['cryptographicChecksum', false, { authenticated: true, integrityOk: true, ciphered: false }],
    ['cryptographicChecksum', true, { authenticated: true, integrityOk: true, ciphered: true }],
  ] as const)('with %s, ciphered: %s', (porIntegrity, porCiphered, expected) => {
    const spi = { ...SPI_1619, porIntegrity, porCiphered };
    const { response } = send(inserted(tripleDes), tripleDes, { spi });
    expect(read(tripleDes, response, spi)).toMatchObject({ status: 'porOk', cntr: 1, ...expected });
  });

  test('a checksum of four octets, where the card is made so', () => {
    const card: FactoryCard = { ...factory, macLength: 4 };
    const { response } = send(inserted(card), card, { macLength: 4 });
    const { kvn, keys } = card;
    const indication = { algorithm: 'aes', kvn } as const;
    expect(
      decodeResponsePacket(response ?? new Uint8Array(0), {
        ...{ spi: SPI_1619, kic: indication, kid: indication, keys, macLength: 4 },
      }),
    ).toMatchObject({ authenticated: true });
    expect(send(inserted(card), card).facts).toMatchObject([{ kind: 'packetRefused' }]);
  });

  test('a check that the key set cannot make is left out', () => {
    const spi: Spi = { ...SPI_1619, porIntegrity: 'redundancyCheck' };
    const { response } = send(inserted(factory), factory, { spi });
    expect(read(factory, response, SPI_1619)).toMatchObject({ status: 'porOk', authenticated: false, ciphered: false });
  });

  test('nothing is signed for a stranger, who would learn what the keys make of known octets', () => {
    const { response } = send(inserted(factory), factory, { keysOf: other });
    expect(read(factory, response, SPI_1619)).toMatchObject({ authenticated: false, ciphered: false });
  });

  test('an algorithm that the key set is not made for is refused', () => {
    const { response } = send(inserted(factory), { ...factory, algorithm: 'tripleDes2Key' });
    expect(read(factory, response, SPI_1619)?.status).toBe('securityError');
  });
});

describe('a proof by SMS-SUBMIT', () => {
  const spi: Spi = { ...SPI_1619, porBySubmit: true };

  test('is announced in the delivery report, and leaves before the device is made to read its card', () => {
    const reader = inserted(factory);
    const { response, statusWord } = send(reader, factory, { spi });
    expect(read(factory, response, spi)).toMatchObject({ status: 'byShortMessage', authenticated: true });
    expect(statusWord).toMatch(/^91/);
    const [message, refresh] = reader.allPerformed();
    expect(refresh).toEqual({ kind: 'refresh' });
    if (message?.kind !== 'sendShortMessage') throw new Error('the proof is not sent');
    const { destination, userData, hasUserDataHeader } = decodeSubmitTpdu(message.tpdu);
    expect({ digits: destination.digits, hasUserDataHeader }).toEqual({ digits: '900', hasUserDataHeader: true });
    expect(read(factory, userData, spi)).toMatchObject({ status: 'porOk', authenticated: true });
  });

  test('takes over where a proof is too long for the report, in several messages where it must', () => {
    const reader = inserted(factory);
    const readAll = Array.from({ length: 8 }, () => fromHex('00b08c000e', 'READ BINARY'));
    const data = encodeExpandedCommand(readAll);
    const { response } = send(reader, factory, { data, header: { tar: REMOTE_FILES_EXPANDED_TAR } });
    expect(read(factory, response, SPI_1619)?.status).toBe('moreTime');
    const messages = reader.allPerformed().flatMap((command) => {
      return command.kind === 'sendShortMessage' ? [decodeSubmitTpdu(command.tpdu).userData] : [];
    });
    expect(messages).toHaveLength(2);
    const proof = read(factory, reassemble(messages), SPI_1619);
    expect(proof).toMatchObject({ status: 'porOk', authenticated: true });
    const { executed, responses } = decodeExpandedResponse(proof?.data ?? new Uint8Array(0));
    expect(executed).toBe(8);
    expect(new Set(responses.map(({ statusWord }) => toHex(statusWord)))).toEqual(new Set(['9000']));
  });
});
