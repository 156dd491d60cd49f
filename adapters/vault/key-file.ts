import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Secret } from '../../telecom/secret.ts';

const KEY_OCTETS = 32;
const OWNER_ONLY = 0o600;
const HEX_KEY = /^[0-9a-f]{64}$/i;

/** Reads a 256-bit key kept as 64 hex digits. */
export function readKeyFile(path: string): Secret<Uint8Array> {
  const text = readFileSync(path, 'utf8').trim();
  if (!HEX_KEY.test(text)) throw new Error(`${path} does not hold a key: 64 hex digits are expected`);
  return Secret.of<Uint8Array>(Buffer.from(text, 'hex'));
}

/** Makes a random key readable by its owner only; a key that is there already is kept. */
export function createKeyFile(path: string, octets = KEY_OCTETS): void {
  createFile(path, `${randomBytes(octets).toString('hex')}\n`);
}

/** Makes a file readable by its owner only; one that is there already is kept. */
export function createFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  try {
    const file = openSync(path, 'wx', OWNER_ONLY);
    writeSync(file, text);
    closeSync(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
  }
}
