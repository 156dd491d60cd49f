import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Secret } from '../../telecom/secret.ts';
import { createFile } from './key-file.ts';

const KEY_OCTETS = 32;
/** `ID KEY`: a name of up to 64 characters, and 256 bits as hex digits. */
const LINE = /^([A-Za-z0-9._-]{1,64})\s+([0-9a-fA-F]{64})$/;

/** A key that payloads are sealed under, and the name by which they tell it. */
export interface PayloadKey {
  readonly id: string;
  readonly key: Secret<Uint8Array>;
}

/** The keys of an installation in the order of their file: the first seals, every one of them opens. */
export type PayloadKeys = readonly [PayloadKey, ...PayloadKey[]];

/** The file holds no usable keys. Says where and what, and never quotes a line, which may hold a key. */
export class PayloadKeysError extends Error {
  override readonly name = 'PayloadKeysError';
}

/** Reads one `ID KEY` a line; empty lines and those that begin with `#` are skipped. Throws PayloadKeysError. */
export function readPayloadKeys(path: string): PayloadKeys {
  const keys = new Map<string, PayloadKey>();
  for (const [index, line] of textOf(path).split('\n').entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    const [, id, hex] = LINE.exec(text) ?? [];
    if (id === undefined || hex === undefined)
      throw new PayloadKeysError(
        `line ${String(index + 1)} of ${path} is not a key: an id, a space and 64 hex digits are expected`,
      );
    if (keys.has(id)) throw new PayloadKeysError(`${path} holds two keys with the id ${id}`);
    keys.set(id, { id, key: Secret.of<Uint8Array>(Buffer.from(hex, 'hex')) });
  }
  const [first, ...others] = keys.values();
  if (first === undefined) throw new PayloadKeysError(`${path} holds no key`);
  return [first, ...others];
}

/** Makes a file with one random key, named after the day; a file that is there already is kept. */
export function createPayloadKeys(path: string): void {
  const id = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length);
  createFile(path, `${id} ${randomBytes(KEY_OCTETS).toString('hex')}\n`);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new PayloadKeysError(
      `${path}, which holds the payload keys, can't be read (${String((cause as NodeJS.ErrnoException).code)}): ` +
        'set PAYLOAD_KEYS_FILE to the file that every process of this installation has',
    );
  }
}
