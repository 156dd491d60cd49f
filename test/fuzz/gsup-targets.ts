import { decodeAuthTuple, encodeAuthTuple } from '../../telecom/gsup/auth-tuple.ts';
import { decodeCountedDigits, decodeDigits } from '../../telecom/gsup/elements.ts';
import { decodeGsup, encodeGsup } from '../../telecom/gsup/gsup.ts';
import { decodeCcm, encodeCcm } from '../../telecom/gsup/ipa-ccm.ts';
import { decodeControl, encodeControl } from '../../telecom/gsup/ipa-control.ts';
import { encodeIpaFrame, IPA_PROTOCOL, IpaFrames } from '../../telecom/gsup/ipa-frames.ts';
import { GSUP_CAUSE, type GsupMessage } from '../../telecom/gsup/message.ts';
import { parseImei } from '../../telecom/identifiers/imei.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { parseMsisdn } from '../../telecom/identifiers/msisdn.ts';
import { Secret } from '../../telecom/secret.ts';
import { hex } from '../telecom/ota/packets.ts';
import type { FuzzTarget } from './target.ts';

const imsi = parseImsi('901990000000001');
const sixteen = hex('000102030405060708090a0b0c0d0e0f');
const TUPLE = {
  ...{ rand: sixteen, autn: sixteen, res: hex('d0b3ae104508da83'), ck: Secret.of(sixteen), ik: Secret.of(sixteen) },
  triplet: { sres: hex('95bb7493'), kc: Secret.of(hex('60a7ef9595d0bf2e')) },
};
const RESYNCHRONISATION = { rand: sixteen, auts: hex('ba853f3c123ccf44e93596e355c6') };
const MESSAGES: readonly GsupMessage[] = [
  { kind: 'updateLocationRequest', imsi, cnDomain: 'ps' },
  { kind: 'updateLocationError', imsi, cause: GSUP_CAUSE.imsiUnknown },
  { kind: 'updateLocationResult', imsi },
  { kind: 'sendAuthInfoRequest', imsi, cnDomain: 'ps', vectorsWanted: 1, resynchronisation: RESYNCHRONISATION },
  { kind: 'sendAuthInfoResult', imsi, tuples: [TUPLE, TUPLE] },
  { kind: 'insertDataRequest', imsi, cnDomain: 'ps', msisdn: parseMsisdn('491700000001') },
  { kind: 'locationCancelRequest', imsi, cnDomain: 'ps', cancelType: 'withdraw' },
  { kind: 'checkImeiRequest', imsi, imei: parseImei('490154203237518') },
  { kind: 'checkImeiResult', imsi, accepted: true },
];
const CCM = [
  encodeCcm({ kind: 'ping' }),
  encodeCcm({ kind: 'identityRequest', tags: [0, 1, 8] }),
  encodeCcm({ kind: 'identityResponse', identities: [{ tag: 1, value: 'serving-node' }] }),
];
const CONTROL = [
  encodeControl({ kind: 'get', id: '1', variable: 'subscriber.by-imsi-901990000000001.info' }),
  encodeControl({ kind: 'getReply', id: '1', variable: 'subscriber.by-imsi-901990000000001.id', value: '7' }),
  encodeControl({ kind: 'error', id: 'err', reason: 'Command not found' }),
];
const FRAMES = [
  ...CCM.map((payload) => encodeIpaFrame({ protocol: IPA_PROTOCOL.ccm, payload })),
  ...CONTROL.map((payload) => encodeIpaFrame({ protocol: IPA_PROTOCOL.osmo, payload })),
];

/** Takes a stream in pieces of changing sizes. */
function readStream(octets: Uint8Array): void {
  const frames = new IpaFrames();
  for (let from = 0, size = 1; from < octets.length; from += size, size = (size * 3) % 61) {
    frames.take(octets.slice(from, from + size));
  }
}

/** What serving nodes and HLRs say to each other, and what an HLR is told by its operator. */
export const GSUP_TARGETS: readonly FuzzTarget[] = [
  { name: 'decodeGsup', decode: decodeGsup, seeds: MESSAGES.map(encodeGsup) },
  { name: 'decodeAuthTuple', decode: decodeAuthTuple, seeds: [encodeAuthTuple(TUPLE)] },
  { name: 'decodeDigits', decode: decodeDigits, seeds: [hex('09910900000000f1')] },
  {
    name: 'decodeCountedDigits',
    decode: (octets) => decodeCountedDigits(octets, 'fuzz'),
    seeds: [hex('06947100000010')],
  },
  { name: 'decodeCcm', decode: decodeCcm, seeds: CCM },
  { name: 'decodeControl', decode: decodeControl, seeds: CONTROL },
  { name: 'IpaFrames', decode: readStream, seeds: [...FRAMES, new Uint8Array(Buffer.concat(FRAMES))] },
];
