import type { Spi } from '../../telecom/ota/spi.ts';
import type { SegmentLayout } from '../../telecom/sms/segments.ts';
import { parseTar, type Tar } from '../../telecom/identifiers/tar.ts';

/** How a kind of card is written over the air. */
export interface CardProfile {
  readonly tar: Tar;
  readonly spi: Spi;
  readonly algorithm: 'aes';
  readonly macLength: 8 | 4;
  readonly maxSegments: number;
  /** How the messages of a long packet begin. */
  readonly layout: SegmentLayout;
}

/** SPI 16 19: CC, ciphered, counter must be higher; PoR always, with CC, ciphered, in the delivery report (TS 102 225 §5.1.1). */
const SIGNED_AND_CIPHERED: Spi = {
  counter: 'mustBeHigher',
  ciphered: true,
  integrity: 'cryptographicChecksum',
  por: 'always',
  porIntegrity: 'cryptographicChecksum',
  porCiphered: true,
  porBySubmit: false,
};

export const CARD_PROFILES: Readonly<Record<string, CardProfile>> = {
  'cpa-aes': {
    tar: parseTar('b00c0a'),
    spi: SIGNED_AND_CIPHERED,
    algorithm: 'aes',
    macLength: 8,
    maxSegments: 1,
    layout: 'standard',
  },
};
