import { hkdfSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Imsi } from '../telecom/identifiers/imsi.ts';
import { opcOf } from '../telecom/milenage.ts';
import { Secret } from '../telecom/secret.ts';

const MASTER_OCTETS = 32;
const OP_OCTETS = 16;
const SESSION_KEY_OCTETS = 32;
const K_OCTETS = 16;
const NO_SALT = new Uint8Array(0);
/** Names the use of the derived octets (RFC 5869 §3.2), so that no other use of the master key gives the same ones. */
const USE = 'rehome gateway, K of a subscriber, 1';

/** From which the keys of all subscribers follow, so that none of them is stored. */
export interface OperatorKeys {
  readonly master: Secret<Uint8Array>;
  /** OP of the operator (3GPP TS 35.206). */
  readonly op: Secret<Uint8Array>;
}

/** K and OPc of a subscriber; another generation of the same IMSI has others, so that an old card can't use them. */
export function subscriberKeys(
  { master, op }: OperatorKeys,
  { imsi, generation }: { readonly imsi: Imsi; readonly generation: number },
): { readonly k: Secret<Uint8Array>; readonly opc: Secret<Uint8Array> } {
  const info = `${USE}|${imsi}|${String(generation)}`;
  const k = Secret.of(new Uint8Array(hkdfSync('sha256', master.reveal(), NO_SALT, info, K_OCTETS)));
  return { k, opc: opcOf(k, op) };
}

/** Reads the master key: a file of 64 hex digits. */
export const readMasterKey = (path: string): Secret<Uint8Array> => readHexKey(path, MASTER_OCTETS);

/** Reads OP: a file of 32 hex digits. */
export const readOp = (path: string): Secret<Uint8Array> => readHexKey(path, OP_OCTETS);

/** Reads a session key: a file of 64 hex digits. */
export const readSessionKey = (path: string): Secret<Uint8Array> => readHexKey(path, SESSION_KEY_OCTETS);

/** The error names the file, and nothing of what is in it. */
function readHexKey(path: string, octets: number): Secret<Uint8Array> {
  const text = readFileSync(path, 'utf8').trim();
  if (!/^[0-9a-f]*$/i.test(text) || text.length !== 2 * octets)
    throw new Error(`${path} does not hold a key: ${String(2 * octets)} hex digits are expected`);
  return Secret.of(new Uint8Array(Buffer.from(text, 'hex')));
}
