import { OctetWriter } from '../octets/writer.ts';
import { Secret } from '../secret.ts';
import { Elements, appendElement } from './elements.ts';

const OCTETS = { rand: 16, autn: 16, ck: 16, ik: 16, sres: 4, kc: 8 } as const;
/** RES has 4 to 16 octets (3GPP TS 33.102 §6.3.7). */
const RES = { shortest: 4, longest: 16 } as const;

/** One authentication vector, as an HLR gives it to a serving node: a quintet, and the triplet that follows from it. */
export interface AuthTuple {
  /** 16 octets. */
  readonly rand: Uint8Array;
  /** 16 octets. */
  readonly autn: Uint8Array;
  /** What the card must answer, 4 to 16 octets. */
  readonly res: Uint8Array;
  readonly ck: Secret<Uint8Array>;
  readonly ik: Secret<Uint8Array>;
  /** For a GSM radio; an HLR may leave it out. */
  readonly triplet: { readonly sres: Uint8Array; readonly kc: Secret<Uint8Array> } | undefined;
}

/** Elements RAND, [SRES, Kc,] IK, CK, AUTN, RES: the value of the element auth tuple (OsmoHLR manual, GSUP, auth tuple). */
export function encodeAuthTuple({ rand, autn, res, ck, ik, triplet }: AuthTuple): Uint8Array {
  const writer = new OctetWriter();
  appendElement(writer, 'rand', rand);
  if (triplet !== undefined) {
    appendElement(writer, 'sres', triplet.sres);
    appendElement(writer, 'kc', triplet.kc.reveal());
  }
  appendElement(writer, 'ik', ik.reveal());
  appendElement(writer, 'ck', ck.reveal());
  appendElement(writer, 'autn', autn);
  appendElement(writer, 'res', res);
  return writer.toOctets();
}

/** Reads the value of the element auth tuple; throws DecodeError, also for a triplet alone, with which no network proves itself. */
export function decodeAuthTuple(octets: Uint8Array): AuthTuple {
  const elements = new Elements(octets);
  const res = elements.get('res');
  if (res.length < RES.shortest || res.length > RES.longest) {
    throw elements.refused('res', `it is not ${String(RES.shortest)} to ${String(RES.longest)} octets long`);
  }
  const hasTriplet = elements.find('sres') !== undefined && elements.find('kc') !== undefined;
  return {
    rand: elements.get('rand', OCTETS.rand),
    autn: elements.get('autn', OCTETS.autn),
    res,
    ck: Secret.of(elements.get('ck', OCTETS.ck)),
    ik: Secret.of(elements.get('ik', OCTETS.ik)),
    triplet: hasTriplet
      ? { sres: elements.get('sres', OCTETS.sres), kc: Secret.of(elements.get('kc', OCTETS.kc)) }
      : undefined,
  };
}
