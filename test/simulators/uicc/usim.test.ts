import { subscriberKeys } from '../../../simulators/support/subscriber-keys.ts';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { milenage } from '../../../telecom/milenage.ts';
import { OctetWriter } from '../../../telecom/octets/writer.ts';
import { demoCard, seedOf } from '../harness.ts';
import { swapMessage } from '../packets.ts';
import { CardReader } from './card-reader.ts';

const factory = demoCard('operator-1', 1);
const target = parseImsi('001029000000001');
const own = milenage(subscriberKeys(seedOf('operator-1'), factory.imsi));
const next = milenage(subscriberKeys(seedOf('operator-2'), target));
const rand = new Uint8Array(16).fill(7);
const amf = Uint8Array.of(0x80, 0);
const sqnOf = (seq: number, ind = 0): Uint8Array => new OctetWriter().appendUint(seq * 32 + ind, 6).toOctets();

let reader: CardReader;
beforeEach(() => {
  reader = new CardReader(factory);
});
afterEach(() => {
  reader.remove();
});

const challenge = (seq: number, ind = 0, network = own) =>
  reader.authenticate(rand, network.autn({ rand, sqn: sqnOf(seq, ind), amf }));

test('a card answers challenges of its own authentication centre, and of no other', () => {
  expect(challenge(1, 0, next)).toEqual({ kind: 'macFailure' });
  expect(challenge(1)).toEqual({ kind: 'res', res: own.f2345(rand).res });
});

test('a challenge that comes again is answered with the highest number that the card has accepted', () => {
  challenge(5, 3);
  challenge(9, 4);
  const again = challenge(5, 3);
  if (again.kind !== 'synchronisationFailure') throw new Error('it was accepted');
  expect(own.openAuts(rand, again.auts)).toEqual(sqnOf(9, 4));
});

test('each array element has a number of its own: vectors that one serving node kept stay good', () => {
  expect(challenge(9, 1).kind).toBe('res');
  expect(challenge(5, 2).kind).toBe('res');
  expect(challenge(5, 2).kind).toBe('synchronisationFailure');
  expect(challenge(6, 2).kind).toBe('res');
});

test('a jump that would wear the numbers out is not accepted', () => {
  challenge(1);
  expect(challenge(2 ** 28 + 2).kind).toBe('synchronisationFailure');
  expect(challenge(2 ** 28 + 1).kind).toBe('res');
});

test('the numbers survive a restart and a power cycle', () => {
  challenge(5);
  reader.restart();
  reader.card.reset();
  expect(challenge(5).kind).toBe('synchronisationFailure');
});

test('the card application begins with fresh numbers for its new subscription', () => {
  challenge(100);
  reader.send(swapMessage(factory));
  expect(challenge(1, 0, next)).toEqual({ kind: 'res', res: next.f2345(rand).res });
  expect(challenge(101).kind).toBe('macFailure');
});
