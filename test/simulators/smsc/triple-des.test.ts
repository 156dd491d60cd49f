import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cardProfiles } from '../../../services/packets/card-profiles.ts';
import { readCardsFile } from '../../../simulators/support/cards-file.ts';
import { fromHex } from '../../../telecom/octets/hex.ts';
import { decodeResponsePacket } from '../../../telecom/ota/response-packet.ts';
import { CARDS_FILE, effects, eventually, World } from '../harness.ts';
import { asHex, SPI_1619, swapMessage } from '../packets.ts';
import { Esme } from './esme.ts';

const KEY_TYPES = cardProfiles({
  name: 'profiles.json',
  text: JSON.stringify({
    'cpa-two-keys': { format: 'cpa', tar: 'b00c0a', spi: '1619', algorithm: 'tripleDes2Key', macLength: 4 },
  }),
});

let world: World;
let cardsFile: string;
let esme: Esme | undefined;

beforeEach(() => {
  world = new World();
  cardsFile = join(world.dataFolder, 'cards.csv');
  const [header, first = '', second = '', third = ''] = readFileSync(CARDS_FILE, 'utf8').split('\n');
  const rows = [header, first.replace('cpa-aes', 'cpa-two-keys'), second, third.replace('cpa-aes', 'not-known')];
  writeFileSync(cardsFile, `${rows.join('\n')}\n`);
});
afterEach(async () => {
  esme?.close();
  await world.end();
});

test('a simulated card has the keys that its profile says, and AES without one', () => {
  expect(readCardsFile(cardsFile, KEY_TYPES).map(({ algorithm, macLength }) => [algorithm, macLength])).toEqual([
    ['tripleDes2Key', 4],
    ['aes', 8],
    [undefined, undefined],
  ]);
});

test('a card with keys for 3DES runs a packet that is secured with them, and signs its answer with them', async () => {
  const smsc = await world.withoutOperators({ cardsFile, keyTypes: KEY_TYPES });
  const [card] = readCardsFile(cardsFile, KEY_TYPES);
  if (card === undefined) throw new Error('the file has no card');
  const { kvn, keys, iccid, msisdn } = card;
  const indication = { algorithm: 'tripleDes2Key', kvn } as const;
  const packet = swapMessage(card, { header: { kic: indication, kid: indication }, macLength: 4 });
  esme = await Esme.bound(smsc.port);
  await esme.submit(msisdn, asHex(packet));
  await eventually('the card answers', () => esme?.of('message').length === 1);
  const answer = fromHex(String(esme.of('message')[0]?.['userData']), 'answer');
  expect(
    decodeResponsePacket(answer, { spi: SPI_1619, kic: indication, kid: indication, keys, macLength: 4 }),
  ).toMatchObject({ status: 'porOk', authenticated: true, ciphered: true, cntr: 1 });
  expect((await effects(smsc.controlUrl, 'cardUpdated')).map(({ iccid: updated }) => updated)).toEqual([iccid]);
});

test('the same card refuses a packet under AES', async () => {
  const smsc = await world.withoutOperators({ cardsFile, keyTypes: KEY_TYPES });
  const [card] = readCardsFile(cardsFile, KEY_TYPES);
  if (card === undefined) throw new Error('the file has no card');
  esme = await Esme.bound(smsc.port);
  await esme.submit(card.msisdn, asHex(swapMessage(card)));
  await eventually('the card refuses', async () => (await effects(smsc.controlUrl, 'packetRefused')).length === 1);
  expect(await effects(smsc.controlUrl, 'cardUpdated')).toEqual([]);
});
