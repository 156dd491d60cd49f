import fc from 'fast-check';

/** One change of a good input; positions and lengths are taken modulo what the input has. */
type Damage = (octets: Uint8Array) => Uint8Array;

const LONGEST_NOISE = 300;
const MOST_DAMAGES = 6;

/** Octets that are special in length fields, headers and texts. */
const TELLING_OCTETS = [
  0x00, 0x01, 0x02, 0x03, 0x0a, 0x20, 0x30, 0x39, 0x70, 0x71, 0x7f, 0x80, 0x81, 0x82, 0xaa, 0xab, 0xae, 0xaf, 0xff,
];

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const within = (position: number, octets: Uint8Array): number => (octets.length === 0 ? 0 : position % octets.length);

const octet = fc.oneof(fc.constantFrom(...TELLING_OCTETS), fc.nat(0xff));
const place = fc.nat(0xffff);

function damage(seeds: readonly Uint8Array[]): fc.Arbitrary<Damage> {
  return fc.oneof(
    fc.tuple(place, fc.nat(7)).map(
      ([at, bit]): Damage =>
        (octets) =>
          setAt(octets, at, (old) => old ^ (1 << bit)),
    ),
    fc.tuple(place, octet).map(
      ([at, value]): Damage =>
        (octets) =>
          setAt(octets, at, () => value),
    ),
    place.map(
      (at): Damage =>
        (octets) =>
          octets.slice(0, within(at, octets)),
    ),
    place.map(
      (at): Damage =>
        (octets) =>
          octets.slice(within(at, octets)),
    ),
    fc.tuple(place, fc.uint8Array({ maxLength: 20 })).map(
      ([at, more]): Damage =>
        (octets) =>
          joined(octets.slice(0, within(at, octets)), more, octets.slice(within(at, octets))),
    ),
    fc.tuple(place, fc.nat(40)).map(([at, length]): Damage => (octets) => {
      const from = within(at, octets);
      return joined(octets.slice(0, from + length), octets.slice(from));
    }),
    fc.tuple(place, fc.nat(20)).map(([at, length]): Damage => (octets) => {
      const from = within(at, octets);
      return joined(octets.slice(0, from), octets.slice(from + length));
    }),
    fc.tuple(place, place, fc.constantFrom(...seeds)).map(
      ([at, cut, other]): Damage =>
        (octets) =>
          joined(octets.slice(0, within(at, octets)), other.slice(within(cut, other))),
    ),
  );
}

function setAt(octets: Uint8Array, at: number, change: (old: number) => number): Uint8Array {
  const index = within(at, octets);
  return octets.map((old, position) => (position === index ? change(old) : old));
}

/** Good inputs with a few damages each, and now and then noise. */
export function damagedInputs(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const damaged = fc
    .tuple(fc.constantFrom(...seeds), fc.array(damage(seeds), { maxLength: MOST_DAMAGES }))
    .map(([seed, damages]) => damages.reduce((octets, one) => one(octets), seed));
  return fc.oneof(
    { weight: 9, arbitrary: damaged },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: LONGEST_NOISE }) },
  );
}
