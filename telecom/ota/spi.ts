import { OctetReader } from '../octets/reader.ts';

const CLAUSE = 'ETSI TS 102 225 §5.1.1';
const COUNTER = ['none', 'carried', 'mustBeHigher', 'mustBeNext'] as const;
const INTEGRITY = ['none', 'redundancyCheck', 'cryptographicChecksum', 'digitalSignature'] as const;
const POR = ['never', 'always', 'onError'] as const;

/** How a packet is protected against change (ETSI TS 102 225 §5.1.1). */
export type Integrity = (typeof INTEGRITY)[number];

/** Security parameter indicator of a command packet (ETSI TS 102 225 §5.1.1). */
export interface Spi {
  readonly counter: (typeof COUNTER)[number];
  readonly ciphered: boolean;
  readonly integrity: Integrity;
  readonly por: (typeof POR)[number];
  readonly porIntegrity: Integrity;
  readonly porCiphered: boolean;
  readonly porBySubmit: boolean;
}

/** First octet: 000cc y ii (counter, ciphering, integrity). Second octet: 00 s y ii pp (submit, ciphering, integrity, PoR). */
export function encodeSpi(spi: Spi): Uint8Array {
  return Uint8Array.of(
    (COUNTER.indexOf(spi.counter) << 3) | (Number(spi.ciphered) << 2) | INTEGRITY.indexOf(spi.integrity),
    (Number(spi.porBySubmit) << 5) |
      (Number(spi.porCiphered) << 4) |
      (INTEGRITY.indexOf(spi.porIntegrity) << 2) |
      POR.indexOf(spi.por),
  );
}

/** First octet: 000cc y ii (counter, ciphering, integrity). Second octet: 00 s y ii pp; a reserved bit or value is a DecodeError. */
export function decodeSpi(octets: Uint8Array): Spi {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  const first = reader.readOctet('SPI');
  const second = reader.readOctet('SPI');
  reader.expectEnd('SPI');
  if (first >> 5 !== 0 || second >> 6 !== 0) throw reader.error('SPI', 'a reserved bit is set');

  const named = <Name>(names: readonly Name[], value: number): Name => {
    const name = names[value & 3];
    if (name === undefined) throw reader.error('SPI', 'a reserved value is used');
    return name;
  };

  return {
    counter: named(COUNTER, first >> 3),
    ciphered: isSet(first >> 2),
    integrity: named(INTEGRITY, first),
    porBySubmit: isSet(second >> 5),
    porCiphered: isSet(second >> 4),
    porIntegrity: named(INTEGRITY, second >> 2),
    por: named(POR, second),
  };
}

function isSet(shifted: number): boolean {
  return (shifted & 1) === 1;
}
