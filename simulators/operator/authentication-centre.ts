import { createHash, randomBytes } from 'node:crypto';
import type { AuthTuple } from '../../telecom/gsup/auth-tuple.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { milenage } from '../../telecom/milenage.ts';
import { OctetReader } from '../../telecom/octets/reader.ts';
import { OctetWriter } from '../../telecom/octets/writer.ts';
import type { NewFact } from './facts.ts';
import type { Network } from './network.ts';
import type { Subscriber } from './subscribers.ts';

const RAND_OCTETS = 16;
const SQN_OCTETS = 6;
/** The "separation bit" is 1 for E-UTRAN (3GPP TS 33.401 §6.1.2). */
const AMF = Uint8Array.of(0x80, 0x00);
/** SQN is SEQ and 5 bits of IND (3GPP TS 33.102 C.1.1.1, C.3.2). */
const IND_VALUES = 32;
const MOST_VECTORS = 5;

export interface VectorRequest {
  readonly node: string;
  readonly wanted: number;
  readonly resynchronisation: { readonly rand: Uint8Array; readonly auts: Uint8Array } | undefined;
}

/** The card's token of resynchronisation does not have its own checksum: it proves nothing, and nothing was changed. */
export class AutsRefused extends Error {
  override readonly name = 'AutsRefused';

  constructor(imsi: Imsi) {
    super(`the resynchronisation token for IMSI ${imsi} is not of its card`);
  }
}

/**
 * Makes vectors (3GPP TS 33.102 §6.3.2). Each has a SEQ that was never used, durably before the vector leaves; each serving node has
 * an IND of its own, so that vectors that one of them kept do not make those of another stale (C.3.4). A token of the card sets SEQ
 * to what the card has (§6.3.5); throws AutsRefused when its MAC-S is wrong.
 */
export function vectorsFor(network: Network, subscriber: Subscriber, request: VectorRequest): AuthTuple[] {
  const { imsi } = subscriber;
  const { node, resynchronisation } = request;
  const algorithm = milenage(network.keys.of(subscriber));
  const facts: NewFact[] = [];
  let { seq } = subscriber;
  if (resynchronisation !== undefined) {
    const sqn = algorithm.openAuts(resynchronisation.rand, resynchronisation.auts);
    if (sqn === undefined) throw new AutsRefused(imsi);
    seq = Math.floor(numberOf(sqn) / IND_VALUES);
    facts.push({ kind: 'resynchronised', imsi, node, seq });
  }
  const count = Math.min(Math.max(request.wanted, 1), MOST_VECTORS);
  network.record(...facts, { kind: 'authenticationSeen', imsi, node, seq: seq + count });
  return Array.from({ length: count }, (_, index) => {
    const rand = new Uint8Array(randomBytes(RAND_OCTETS));
    const sqn = octetsOf((seq + 1 + index) * IND_VALUES + indOf(node));
    const { res, ck, ik } = algorithm.f2345(rand);
    return { rand, autn: algorithm.autn({ rand, sqn, amf: AMF }), res, ck, ik, triplet: undefined };
  });
}

/** The same for a node on every run. */
function indOf(node: string): number {
  return createHash('sha256').update(node).digest().readUInt8(0) % IND_VALUES;
}

const numberOf = (sqn: Uint8Array): number =>
  new OctetReader(sqn, { clause: '3GPP TS 33.102 C.1.1.1' }).readUint(SQN_OCTETS, 'SQN');

const octetsOf = (sqn: number): Uint8Array => new OctetWriter().appendUint(sqn, SQN_OCTETS).toOctets();
