/** One decoder under fire: octets in, whatever it makes of them out. */
export interface FuzzTarget {
  /** The decoder's name in `telecom/`; how it is called, where there are several ways, stands behind a space. */
  readonly name: string;
  readonly decode: (octets: Uint8Array) => unknown;
  /** Inputs that it takes: damage starts from them, so that it gets past the first field. */
  readonly seeds: readonly Uint8Array[];
}

/** A decoder of text, whose octets are its characters. */
export const textTarget = (name: string, decode: (text: string) => unknown, seeds: readonly string[]): FuzzTarget => ({
  name,
  decode: (octets) => decode(Buffer.from(octets).toString('latin1')),
  seeds: seeds.map((seed) => new Uint8Array(Buffer.from(seed, 'latin1'))),
});
