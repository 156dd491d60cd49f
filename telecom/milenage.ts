import { createCipheriv, timingSafeEqual } from 'node:crypto';
import { Secret } from './secret.ts';

const BLOCK_OCTETS = 16;
const SQN_OCTETS = 6;
const AMF_OCTETS = 2;
const HALF = BLOCK_OCTETS / 2;
const AK_OCTETS = 6;
/** AMF that a USIM uses in a resynchronisation token (3GPP TS 33.102 §6.3.3). */
const RESYNCHRONISATION_AMF = new Uint8Array(AMF_OCTETS);

/** Rotations r1 to r5, in octets, and the last octet of the constants c1 to c5 (3GPP TS 35.206 §4.1). */
const ROTATION = { f1: 8, f2: 0, f3: 4, f4: 8, f5Star: 12 } as const;
const CONSTANT = { f1: 0, f2: 1, f3: 2, f4: 4, f5Star: 8 } as const;

/** Key of a subscriber and the operator's variant of the algorithm for it, 16 octets each. */
export interface MilenageKeys {
  readonly k: Secret<Uint8Array>;
  readonly opc: Secret<Uint8Array>;
}

/** Challenge of one authentication: RAND (16 octets), SQN (6), AMF (2). */
export interface Challenge {
  readonly rand: Uint8Array;
  readonly sqn: Uint8Array;
  readonly amf: Uint8Array;
}

/** Answer to a challenge and the keys that follow from it: RES (8 octets), CK (16), IK (16), AK (6). */
export interface ChallengeResponse {
  readonly res: Uint8Array;
  readonly ck: Secret<Uint8Array>;
  readonly ik: Secret<Uint8Array>;
  readonly ak: Uint8Array;
}

/** The authentication functions of 3GPP TS 35.206 §4.1 for one subscriber, and the tokens that 3GPP TS 33.102 §6.3 makes of them. */
export interface Milenage {
  /** MAC-A, 8 octets. */
  f1(challenge: Challenge): Uint8Array;
  /** MAC-S of a resynchronisation, 8 octets. */
  f1Star(challenge: Challenge): Uint8Array;
  /** RES, CK, IK and AK. */
  f2345(rand: Uint8Array): ChallengeResponse;
  /** AK of a resynchronisation, 6 octets. */
  f5Star(rand: Uint8Array): Uint8Array;
  /** (SQN xor AK) AMF MAC-A, 16 octets (3GPP TS 33.102 §6.3.2). */
  autn(challenge: Challenge): Uint8Array;
  /** (SQN of the card xor AK*) MAC-S, 14 octets (3GPP TS 33.102 §6.3.3). */
  auts(challenge: Omit<Challenge, 'amf'>): Uint8Array;
  /** SQN and AMF of an AUTN, or undefined when its MAC is wrong. */
  openAutn(rand: Uint8Array, autn: Uint8Array): Omit<Challenge, 'rand'> | undefined;
  /** SQN of the card out of an AUTS, or undefined when its MAC is wrong. */
  openAuts(rand: Uint8Array, auts: Uint8Array): Uint8Array | undefined;
}

/** OPc of a subscriber: E(OP) xor OP under K (3GPP TS 35.206 §4.1, 8.2). */
export function opcOf(k: Secret<Uint8Array>, op: Secret<Uint8Array>): Secret<Uint8Array> {
  const operator = sized(op.reveal(), BLOCK_OCTETS, 'OP');
  return Secret.of(xor(blockEncryption(k)(operator), operator));
}

/** Milenage with AES-128 for one subscriber; inputs of a wrong length throw RangeError, which names them and not their value. */
export function milenage({ k, opc }: MilenageKeys): Milenage {
  const encrypt = blockEncryption(k);
  const variant = sized(opc.reveal(), BLOCK_OCTETS, 'OPc');
  const temp = (rand: Uint8Array): Uint8Array => encrypt(xor(sized(rand, BLOCK_OCTETS, 'RAND'), variant));

  /** OUT1: E(TEMP xor rot(IN1 xor OPc, r1) xor c1) xor OPc, with IN1 = SQN AMF SQN AMF. */
  const out1 = ({ rand, sqn, amf }: Challenge): Uint8Array => {
    const half = [...sized(sqn, SQN_OCTETS, 'SQN'), ...sized(amf, AMF_OCTETS, 'AMF')];
    const in1 = Uint8Array.from([...half, ...half]);
    const input = withConstant(rotated(xor(in1, variant), ROTATION.f1), CONSTANT.f1);
    return xor(encrypt(xor(temp(rand), input)), variant);
  };

  /** OUT2 to OUT5: E(rot(TEMP xor OPc, r) xor c) xor OPc. */
  const out = (rand: Uint8Array, name: Exclude<keyof typeof ROTATION, 'f1'>): Uint8Array =>
    xor(encrypt(withConstant(rotated(xor(temp(rand), variant), ROTATION[name]), CONSTANT[name])), variant);

  const f1 = (challenge: Challenge): Uint8Array => out1(challenge).slice(0, HALF);
  const f1Star = (challenge: Challenge): Uint8Array => out1(challenge).slice(HALF);
  const f2345 = (rand: Uint8Array): ChallengeResponse => {
    const out2 = out(rand, 'f2');
    return {
      res: out2.slice(HALF),
      ak: out2.slice(0, AK_OCTETS),
      ck: Secret.of(out(rand, 'f3')),
      ik: Secret.of(out(rand, 'f4')),
    };
  };
  const f5Star = (rand: Uint8Array): Uint8Array => out(rand, 'f5Star').slice(0, AK_OCTETS);

  return {
    f1,
    f1Star,
    f2345,
    f5Star,
    autn: (challenge) =>
      Uint8Array.from([...xor(challenge.sqn, f2345(challenge.rand).ak), ...challenge.amf, ...f1(challenge)]),
    auts: ({ rand, sqn }) =>
      Uint8Array.from([...xor(sqn, f5Star(rand)), ...f1Star({ rand, sqn, amf: RESYNCHRONISATION_AMF })]),
    openAutn: (rand, autn) => {
      sized(autn, SQN_OCTETS + AMF_OCTETS + HALF, 'AUTN');
      const sqn = xor(autn.slice(0, SQN_OCTETS), f2345(rand).ak);
      const amf = autn.slice(SQN_OCTETS, SQN_OCTETS + AMF_OCTETS);
      return timingSafeEqual(f1({ rand, sqn, amf }), autn.slice(SQN_OCTETS + AMF_OCTETS)) ? { sqn, amf } : undefined;
    },
    openAuts: (rand, auts) => {
      sized(auts, SQN_OCTETS + HALF, 'AUTS');
      const sqn = xor(auts.slice(0, SQN_OCTETS), f5Star(rand));
      return timingSafeEqual(f1Star({ rand, sqn, amf: RESYNCHRONISATION_AMF }), auts.slice(SQN_OCTETS))
        ? sqn
        : undefined;
    },
  };
}

function blockEncryption(k: Secret<Uint8Array>): (block: Uint8Array) => Uint8Array {
  const cipher = createCipheriv('aes-128-ecb', sized(k.reveal(), BLOCK_OCTETS, 'K'), null).setAutoPadding(false);
  return (block) => cipher.update(block);
}

function sized(octets: Uint8Array, length: number, name: string): Uint8Array {
  if (octets.length === length) return octets;
  throw new RangeError(`${name} is ${String(length)} octets, not ${String(octets.length)}`);
}

function xor(one: Uint8Array, other: Uint8Array): Uint8Array {
  return Uint8Array.from(one, (octet, index) => octet ^ (other[index] ?? 0));
}

/** Cyclic rotation to the left, towards the most significant octet. */
function rotated(block: Uint8Array, octets: number): Uint8Array {
  return Uint8Array.from([...block.subarray(octets), ...block.subarray(0, octets)]);
}

function withConstant(block: Uint8Array, constant: number): Uint8Array {
  const last = block.length - 1;
  return Uint8Array.from(block, (octet, index) => (index === last ? octet ^ constant : octet));
}
