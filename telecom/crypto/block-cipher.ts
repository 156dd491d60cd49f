import { createCipheriv, createDecipheriv, type Cipher } from 'node:crypto';

/** A block cipher with one key, used in CBC mode with the initial value zero that the OTA standards prescribe. */
export interface BlockCipher {
  readonly blockOctets: number;
  /** Ciphers whole blocks. */
  encrypt(octets: Uint8Array): Uint8Array;
  /** Deciphers whole blocks. */
  decrypt(octets: Uint8Array): Uint8Array;
  /** A checksum of one block over the parts in order, which together may have any length. */
  mac(parts: readonly Uint8Array[]): Uint8Array;
}

const AES_BLOCK_OCTETS = 16;
const TRIPLE_DES_BLOCK_OCTETS = 8;
const DES_KEY_OCTETS = 8;
const CMAC_RB = 0x87;
const CMAC_PADDING_MARK = 0x80;

/** AES-CBC with CMAC (NIST SP 800-38A, SP 800-38B) for a key of 16, 24 or 32 octets. */
export function aes(key: Uint8Array): BlockCipher {
  const name = `aes-${String(key.length * 8)}-cbc`;
  const cbc = cbcOf(name, { key, blockOctets: AES_BLOCK_OCTETS });
  return { ...cbc, mac: (parts) => cmac(parts, cbc.start()) };
}

/** 3DES in EDE form for a key of 16 octets (K1 K2 K1) or 24; its checksum is the last block of zero-padded CBC (ISO/IEC 9797-1). */
export function tripleDes(key: Uint8Array): BlockCipher {
  const isTwoKey = key.length === 2 * DES_KEY_OCTETS;
  const threeKeys = isTwoKey ? Uint8Array.from([...key, ...key.subarray(0, DES_KEY_OCTETS)]) : key;
  const cbc = cbcOf('des-ede3-cbc', { key: threeKeys, blockOctets: TRIPLE_DES_BLOCK_OCTETS });
  const mac = (parts: readonly Uint8Array[]): Uint8Array =>
    lastBlock(cbc.encrypt(inBlocks(parts, { blockOctets: cbc.blockOctets }).message), cbc.blockOctets);
  return { ...cbc, mac };
}

type Cbc = Omit<BlockCipher, 'mac'> & { readonly start: () => Cipher };

function cbcOf(name: string, { key, blockOctets }: { key: Uint8Array; blockOctets: number }): Cbc {
  const zero = new Uint8Array(blockOctets);
  const start = (): Cipher => createCipheriv(name, key, zero).setAutoPadding(false);
  return {
    blockOctets,
    start,
    encrypt: (octets) => plain(start().update(octets)),
    decrypt: (octets) => plain(createDecipheriv(name, key, zero).setAutoPadding(false).update(octets)),
  };
}

/** CMAC (NIST SP 800-38B §6.2): CBC over the message whose last block is XORed with a key derived from E(0). */
function cmac(parts: readonly Uint8Array[], cipher: Cipher): Uint8Array {
  const blockOctets = AES_BLOCK_OCTETS;
  const { message, isWhole } = inBlocks(parts, { blockOctets, mark: CMAC_PADDING_MARK });

  // Starting a cipher costs more than using it, so E(0) comes from the same one, and is taken out of the chain again.
  const encryptedZero = cipher.update(new Uint8Array(blockOctets));
  xorInto(message, encryptedZero);
  const k1 = doubled(encryptedZero);
  xorInto(message.subarray(message.length - blockOctets), isWhole ? k1 : doubled(k1));
  return lastBlock(cipher.update(message), blockOctets);
}

/** The parts joined, and filled with the mark and zeros to a whole number of blocks, at least one. */
function inBlocks(
  parts: readonly Uint8Array[],
  { blockOctets, mark }: { blockOctets: number; mark?: number },
): { message: Uint8Array; isWhole: boolean } {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const isWhole = length > 0 && length % blockOctets === 0;
  const message = new Uint8Array(Math.max(1, Math.ceil(length / blockOctets)) * blockOctets);
  let position = 0;
  for (const part of parts) {
    message.set(part, position);
    position += part.length;
  }
  if (!isWhole && mark !== undefined) message[length] = mark;
  return { message, isWhole };
}

/** Multiplication by x in GF(2^128). */
function doubled(block: Uint8Array): Uint8Array {
  const result = new Uint8Array(block.length);
  let carry = 0;
  for (let index = block.length - 1; index >= 0; index -= 1) {
    const octet = block[index] ?? 0;
    result[index] = (octet << 1) | carry;
    carry = octet >> 7;
  }
  if (carry === 1) result[block.length - 1] = (result[block.length - 1] ?? 0) ^ CMAC_RB;
  return result;
}

/** XORs the first octets of the target, as many as the other has. */
function xorInto(target: Uint8Array, other: Uint8Array): void {
  for (let index = 0; index < other.length; index += 1) target[index] = (target[index] ?? 0) ^ (other[index] ?? 0);
}

function lastBlock(octets: Uint8Array, blockOctets: number): Uint8Array {
  return plain(octets.subarray(octets.length - blockOctets));
}

/** The same octets, not as a Buffer, whose `slice` does not copy. */
function plain(octets: Uint8Array): Uint8Array {
  return new Uint8Array(octets.buffer, octets.byteOffset, octets.byteLength);
}
