import { aes, tripleDes, type BlockCipher } from '../crypto/block-cipher.ts';
import { crc16, crc32 } from '../crypto/crc.ts';
import { DecodeError } from '../decode-error.ts';
import {
  asCipher,
  asRedundancyCheck,
  type CipherAlgorithm,
  type KeyIndication,
  type KidIndication,
} from './key-indication.ts';
import type { OtaKeys } from './ota-keys.ts';
import type { Integrity } from './spi.ts';

/** Octets that a card's profile gives a cryptographic checksum; 8 where nothing else is said. */
export type MacLength = 4 | 8;

/** The algorithms and keys that protect a command and its response. */
export interface PacketSecurity {
  readonly kic: KeyIndication;
  readonly kid: KidIndication;
  readonly keys: OtaKeys;
  readonly macLength?: MacLength | undefined;
}

/** The RC/CC/DS field of one packet: how long it is and how it is computed (ETSI TS 102 225 §5.1.3). */
export interface IntegrityCheck {
  readonly lengthOctets: number;
  /** The check over the parts in order. */
  over(parts: readonly Uint8Array[]): Uint8Array;
}

const KIC_CLAUSE = 'ETSI TS 102 225 §5.1.2';
const KID_CLAUSE = 'ETSI TS 102 225 §5.1.3';
const DEFAULT_MAC_LENGTH = 8;
const AES_KEY_OCTETS = [16, 24, 32];
const TWO_KEY_OCTETS = [16];
const THREE_KEY_OCTETS = [24];
const NO_CHECK: IntegrityCheck = { lengthOctets: 0, over: () => new Uint8Array(0) };
const CRC16_CHECK: IntegrityCheck = { lengthOctets: 2, over: crc16 };
const CRC32_CHECK: IntegrityCheck = { lengthOctets: 4, over: crc32 };

/** The cipher that KIc names; DES, an algorithm the octet does not name, and a key that does not fit are DecodeErrors. */
export function cipherOf({ kic, keys }: PacketSecurity): BlockCipher {
  return blockCipher(kic.algorithm, { key: keys.kic.reveal(), field: 'KIc', clause: KIC_CLAUSE });
}

/** The check that the SPI asks for, by the algorithm that KID names; refuses what `cipherOf` refuses. */
export function checkOf(integrity: Integrity, security: PacketSecurity): IntegrityCheck {
  switch (integrity) {
    case 'none':
      return NO_CHECK;
    case 'redundancyCheck':
      return redundancyCheck(security.kid);
    case 'cryptographicChecksum':
      return cryptographicChecksum(security);
    case 'digitalSignature':
      throw new DecodeError({
        field: 'SPI',
        clause: 'ETSI TS 102 225 §5.1.1',
        problem: 'digital signatures are not supported',
      });
  }
}

function redundancyCheck(kid: KidIndication): IntegrityCheck {
  const algorithm = asRedundancyCheck(kid);
  if (algorithm === 'crc16') return CRC16_CHECK;
  // Implicit means agreed upon outside the packet: the stronger of the two is what this project agrees upon.
  if (algorithm === 'crc32' || algorithm === 'implicit') return CRC32_CHECK;
  throw new DecodeError({
    field: 'KID',
    clause: KID_CLAUSE,
    problem: `a redundancy check that is ${algorithm} is not known`,
  });
}

function cryptographicChecksum({ kid, keys, macLength }: PacketSecurity): IntegrityCheck {
  const cipher = blockCipher(asCipher(kid), { key: keys.kid.reveal(), field: 'KID', clause: KID_CLAUSE });
  const lengthOctets = macLength ?? DEFAULT_MAC_LENGTH;
  return { lengthOctets, over: (parts) => cipher.mac(parts).slice(0, lengthOctets) };
}

interface KeyUse {
  readonly key: Uint8Array;
  readonly field: 'KIc' | 'KID';
  readonly clause: string;
}

function blockCipher(algorithm: CipherAlgorithm, use: KeyUse): BlockCipher {
  switch (algorithm) {
    case 'aes':
      return aes(fitting(AES_KEY_OCTETS, use));
    case 'tripleDes2Key':
      return tripleDes(fitting(TWO_KEY_OCTETS, use));
    case 'tripleDes3Key':
      return tripleDes(fitting(THREE_KEY_OCTETS, use));
    case 'des':
      throw refused(use, 'single DES (CBC) is refused: its keys can be found by trying them all');
    case 'desEcb':
      throw refused(use, 'single DES (ECB) is refused: its keys can be found by trying them all');
    case 'implicit':
    case 'proprietary':
      throw refused(use, `an algorithm that is ${algorithm} is not known`);
  }
}

function fitting(lengths: readonly number[], use: KeyUse): Uint8Array {
  if (lengths.includes(use.key.length)) return use.key;
  throw refused(use, `the key has ${String(use.key.length)} octets, its algorithm takes ${lengths.join(', ')}`);
}

function refused({ field, clause }: KeyUse, problem: string): DecodeError {
  return new DecodeError({ field, clause, problem });
}
