import { demoCard } from '../harness.ts';
import { swapMessage } from '../packets.ts';
import { CardReader } from './card-reader.ts';

const factory = demoCard('operator-1', 1);

let reader: CardReader;
beforeEach(() => {
  reader = new CardReader(factory);
});
afterEach(() => {
  reader.remove();
});

const seen = (octets: Uint8Array) =>
  reader.send(octets).facts.flatMap((fact) => ('digest' in fact ? [{ kind: fact.kind, digest: fact.digest }] : []));

test('a card tells a copy of a packet from another packet with the same counter', () => {
  const [first] = seen(swapMessage(factory, { cntr: 1 }));
  expect(first).toEqual({ kind: 'counterConsumed', digest: expect.stringMatching(/^[0-9a-f]{16}$/) as string });
  expect(seen(swapMessage(factory, { cntr: 1 }))).toEqual([{ kind: 'replayRefused', digest: first?.digest }]);
  const [other] = seen(swapMessage(factory, { cntr: 1, imsi: '001029000000002' }));
  expect(other?.kind).toBe('replayRefused');
  expect(other?.digest).not.toBe(first?.digest);
});
