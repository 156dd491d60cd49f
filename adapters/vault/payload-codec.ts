import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import type { Secret } from '../../telecom/secret.ts';
import type { PayloadKey, PayloadKeys } from './payload-keys.ts';

/**
 * Layout of the data of a sealed payload: IV (12) | tag (16) | ciphertext. What is enciphered: length of the head (4, big endian) |
 * head, the metadata of the payload as JSON | data of the payload.
 */
const IV_OCTETS = 12;
const TAG_OCTETS = 16;
const HEAD_AT = 4;
const TAG_AT = IV_OCTETS;
const CIPHERTEXT_AT = IV_OCTETS + TAG_OCTETS;
const CIPHER = 'aes-256-gcm';
/** Begins the additional authenticated data, so that a later layout can't be taken for this one. */
const LAYOUT = 'rehome payload 1';

/** What Temporal's own tools call an enciphered payload, and where they look for the name of its key. */
const SEALED = Buffer.from('binary/encrypted');
const KEY_ID = 'encryption-key-id';
const WORKFLOW_ID = 'workflow-id';

/**
 * What the Temporal server itself gives a workflow in the clear: the details of an activity that was cancelled between two attempts
 * (`ACTIVITY_ID_NOT_STARTED`). Nobody gains by forging this very text.
 */
const OF_THE_SERVER = Buffer.from('"ACTIVITY_ID_NOT_STARTED"');

/**
 * Whether payloads are sealed, and whether those in the clear are read. `required` seals all and reads only sealed ones; `tolerant`
 * seals all and reads both, for changes that were asked for before; `off` seals none and reads both.
 */
export type PayloadEncryption = 'required' | 'tolerant' | 'off';

/** Whose payload it is. A sealed payload opens only there; one that is nobody's, such as a failure of a workflow task, names no workflow. */
export interface PayloadPlace {
  readonly namespace: string;
  readonly workflowId: string | undefined;
}

/** A payload did not open, so nothing was done with it. Says whose and why, never what it holds. */
export class PayloadError extends Error {
  override readonly name = 'PayloadError';
}

/**
 * Seals every payload that Temporal stores or carries: arguments, results, signals, heartbeats, memos, summaries, and failures, whose
 * texts the failure converter makes a payload of. AES-256-GCM (NIST SP 800-38D) under a random IV; namespace and workflow id are
 * additional authenticated data, so that a payload can't be moved to another workflow.
 */
export class SealingCodec implements PayloadCodec {
  readonly #keys: PayloadKeys;
  readonly #byId: ReadonlyMap<string, PayloadKey>;
  readonly #namespace: string;
  readonly #encryption: PayloadEncryption;

  constructor(options: {
    readonly keys: PayloadKeys;
    readonly namespace: string;
    readonly encryption: PayloadEncryption;
  }) {
    this.#keys = options.keys;
    this.#byId = new Map(options.keys.map((key) => [key.id, key]));
    this.#namespace = options.namespace;
    this.#encryption = options.encryption;
  }

  /** Seals each payload for the workflow of the context. */
  encode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    if (this.#encryption === 'off') return Promise.resolve(payloads);
    const place = this.#placeOf(context);
    return Promise.resolve(payloads.map((payload) => sealPayload(payload, this.#keys[0], place)));
  }

  /** Opens each payload as one of the workflow of the context; rejects with PayloadError. */
  decode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    const place = this.#placeOf(context);
    // Synchronous within: an error becomes a rejection only here.
    return new Promise((resolve) => {
      resolve(payloads.map((payload) => this.#open(payload, place)));
    });
  }

  /**
   * Opens a payload for a person who may read, at the place that it names itself; what is in the clear passes. Not for workers, which
   * have to know whose payload they read. Throws PayloadError.
   */
  show(payload: Payload, namespace = this.#namespace): Payload {
    return isSealed(payload)
      ? openPayload(payload, this.#byId, { namespace, workflowId: claimedBy(payload) })
      : payload;
  }

  #open(payload: Payload, place: PayloadPlace): Payload {
    if (isSealed(payload)) return openPayload(payload, this.#byId, place);
    if (this.#encryption !== 'required' || OF_THE_SERVER.equals(payload.data ?? new Uint8Array())) return payload;
    throw fault(
      place,
      'it is in the clear',
      'if it was written before payloads were sealed, set PAYLOAD_ENCRYPTION to tolerant until its change has ended; ' +
        'else somebody who is not Rehome has written it',
    );
  }

  #placeOf(context: SerializationContext | undefined): PayloadPlace {
    const namespace = context?.namespace ?? this.#namespace;
    return { namespace, workflowId: context?.workflowId?.replace(TIME_OF_A_RECONCILIATION, '') };
  }
}

/**
 * What the schedule of the reconciliation appends to the id of each workflow that it starts. All of that schedule are one place: the server hands
 * what one of them has answered to the next. The id of a workflow that no schedule starts is left whole.
 */
const TIME_OF_A_RECONCILIATION = /(?<=\/reconciliation)-\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

export const isSealed = ({ metadata }: Payload): boolean => SEALED.equals(metadata?.['encoding'] ?? new Uint8Array());

/** Seals one payload, metadata and data, for its place. */
export function sealPayload(payload: Payload, { id, key }: PayloadKey, place: PayloadPlace): Payload {
  const iv = randomBytes(IV_OCTETS);
  const cipher = createCipheriv(CIPHER, key.reveal(), iv).setAAD(aad(place));
  const head = Buffer.from(JSON.stringify(textsOf(payload.metadata ?? {})));
  const length = Buffer.alloc(HEAD_AT);
  length.writeUInt32BE(head.length);
  // Absent octets may come as an empty array of numbers.
  const data = payload.data?.length ? payload.data : new Uint8Array();
  const ciphertext = cipher.update(Buffer.concat([length, head, data]));
  cipher.final();
  return {
    metadata: {
      encoding: SEALED,
      [KEY_ID]: Buffer.from(id),
      ...(place.workflowId !== undefined && { [WORKFLOW_ID]: Buffer.from(place.workflowId) }),
    },
    data: Buffer.concat([iv, cipher.getAuthTag(), ciphertext]),
  };
}

function openPayload({ metadata, data }: Payload, keys: ReadonlyMap<string, PayloadKey>, place: PayloadPlace): Payload {
  const id = textOf(metadata?.[KEY_ID]) ?? '';
  const key = keys.get(id);
  if (key === undefined)
    throw fault(
      place,
      `it was sealed under the key ${JSON.stringify(id)}, which this process does not have`,
      'put that key back into PAYLOAD_KEYS_FILE and restart',
    );
  const plain = unseal(data ?? new Uint8Array(), key.key, place);
  if (plain === undefined)
    throw fault(
      place,
      `its key ${id}, its namespace, its workflow or its octets are not those it was sealed with`,
      'compare PAYLOAD_KEYS_FILE with that of the other machines; if it is the same, somebody has altered or moved the payload',
    );
  const end = HEAD_AT + plain.readUInt32BE(0);
  const head = JSON.parse(plain.toString('utf8', HEAD_AT, end)) as Record<string, string>;
  return { metadata: octetsOf(head), data: plain.subarray(end) };
}

function unseal(sealed: Uint8Array, key: Secret<Uint8Array>, place: PayloadPlace): Buffer | undefined {
  if (sealed.length < CIPHERTEXT_AT + HEAD_AT) return undefined;
  const decipher = createDecipheriv(CIPHER, key.reveal(), sealed.subarray(0, TAG_AT), { authTagLength: TAG_OCTETS });
  decipher.setAAD(aad(place)).setAuthTag(sealed.subarray(TAG_AT, CIPHERTEXT_AT));
  try {
    const plain = decipher.update(sealed.subarray(CIPHERTEXT_AT));
    decipher.final();
    return plain;
  } catch {
    return undefined;
  }
}

const aad = ({ namespace, workflowId }: PayloadPlace): Buffer =>
  Buffer.from(JSON.stringify([LAYOUT, namespace, workflowId ?? null]));

const claimedBy = ({ metadata }: Payload): string | undefined => textOf(metadata?.[WORKFLOW_ID]);

const textOf = (octets: Uint8Array | null | undefined): string | undefined =>
  octets == null ? undefined : Buffer.from(octets).toString();

/** Metadata as JSON can hold them, octet by octet (ISO 8859-1). */
const textsOf = (metadata: Record<string, Uint8Array>): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata).map(([name, octets]) => [name, Buffer.from(octets).toString('latin1')]));

const octetsOf = (texts: Record<string, string>): Record<string, Uint8Array> =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, Buffer.from(text, 'latin1')]));

const fault = ({ namespace, workflowId }: PayloadPlace, problem: string, remedy: string): PayloadError =>
  new PayloadError(
    `a payload of ${workflowId === undefined ? 'no workflow' : `workflow ${workflowId}`} in namespace ${namespace} does not open: ` +
      `${problem}; nothing was done with it: ${remedy}`,
  );
