import { parseImei } from '../identifiers/imei.ts';
import { parseImsi, type Imsi } from '../identifiers/imsi.ts';
import { parseMsisdn } from '../identifiers/msisdn.ts';
import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';
import { decodeAuthTuple, encodeAuthTuple } from './auth-tuple.ts';
import {
  Elements,
  GSUP_CLAUSE,
  appendElement,
  decodeCountedDigits,
  decodeDigits,
  encodeCountedDigits,
  encodeDigits,
} from './elements.ts';
import { OSMO_EXTENSION } from './ipa-frames.ts';
import {
  MESSAGE_TYPE,
  type CancelType,
  type CnDomain,
  type GsupKind,
  type GsupMessage,
  type SendAuthInfoRequest,
} from './message.ts';

const DOMAINS: readonly (readonly [number, CnDomain])[] = [
  [0x01, 'ps'],
  [0x02, 'cs'],
];
const CANCEL_TYPES: readonly CancelType[] = ['update', 'withdraw'];
const IMEI_ACCEPTED = 0x00;
const IMEI_REFUSED = 0x01;
const RAND_OCTETS = 16;
const AUTS_OCTETS = 14;
/** The 15th digit of an IMEI is its check digit, which is not sent: osmo-hlr refuses an IMEI with it. */
const IMEI_DIGITS_SENT = 14;

const KINDS: ReadonlyMap<number, GsupKind> = new Map(
  (Object.keys(MESSAGE_TYPE) as GsupKind[]).map((kind) => [MESSAGE_TYPE[kind], kind]),
);

/** 05, message type(1), elements, the IMSI first: the payload of a frame of `IPA_PROTOCOL.osmo`. A value that does not fit is a RangeError. */
export function encodeGsup(message: GsupMessage): Uint8Array {
  const writer = new OctetWriter().appendOctet(OSMO_EXTENSION.gsup).appendOctet(MESSAGE_TYPE[message.kind]);
  appendElement(writer, 'imsi', encodeDigits(message.imsi));
  appendElements(writer, message);
  return writer.toOctets();
}

/** Reads the payload of a frame of `IPA_PROTOCOL.osmo`; elements that are not known are skipped; throws only DecodeError. */
export function decodeGsup(octets: Uint8Array): GsupMessage {
  const reader = new OctetReader(octets, { clause: GSUP_CLAUSE });
  if (reader.readOctet('extension') !== OSMO_EXTENSION.gsup) throw reader.error('extension', 'it is another protocol');
  const kind = KINDS.get(reader.readOctet('message type'));
  if (kind === undefined) throw reader.error('message type', 'its meaning is not known');
  const elements = new Elements(reader.readRest());
  return readMessage(kind, parseImsi(decodeDigits(elements.get('imsi'))), elements);
}

function appendElements(writer: OctetWriter, message: GsupMessage): void {
  if ('cause' in message) appendElement(writer, 'cause', Uint8Array.of(message.cause));
  if ('tuples' in message) {
    for (const tuple of message.tuples) appendElement(writer, 'authTuple', encodeAuthTuple(tuple));
  }
  if ('cancelType' in message) {
    appendElement(writer, 'cancelType', Uint8Array.of(CANCEL_TYPES.indexOf(message.cancelType)));
  }
  if ('msisdn' in message && message.msisdn !== undefined) {
    appendElement(writer, 'msisdn', encodeCountedDigits(message.msisdn));
  }
  if ('resynchronisation' in message && message.resynchronisation !== undefined) {
    appendElement(writer, 'auts', message.resynchronisation.auts);
    appendElement(writer, 'rand', message.resynchronisation.rand);
  }
  if ('cnDomain' in message && message.cnDomain !== undefined) {
    appendElement(writer, 'cnDomain', Uint8Array.of(message.cnDomain === 'ps' ? 0x01 : 0x02));
  }
  if ('imei' in message) {
    appendElement(writer, 'imei', encodeCountedDigits(message.imei.slice(0, IMEI_DIGITS_SENT)));
  }
  if ('accepted' in message) {
    appendElement(writer, 'imeiResult', Uint8Array.of(message.accepted ? IMEI_ACCEPTED : IMEI_REFUSED));
  }
  if ('vectorsWanted' in message && message.vectorsWanted !== undefined) {
    appendElement(writer, 'vectorsWanted', Uint8Array.of(message.vectorsWanted));
  }
}

function readMessage(kind: GsupKind, imsi: Imsi, elements: Elements): GsupMessage {
  switch (kind) {
    case 'updateLocationResult':
    case 'purgeMsResult':
    case 'insertDataResult':
    case 'deleteDataResult':
    case 'locationCancelResult':
      return { kind, imsi };
    case 'updateLocationError':
    case 'sendAuthInfoError':
    case 'purgeMsError':
    case 'insertDataError':
    case 'deleteDataError':
    case 'locationCancelError':
    case 'checkImeiError':
      return { kind, imsi, cause: elements.octet('cause') };
    case 'updateLocationRequest':
    case 'authFailReport':
    case 'purgeMsRequest':
    case 'deleteDataRequest':
      return { kind, imsi, cnDomain: readDomain(elements) };
    case 'sendAuthInfoRequest':
      return readSendAuthInfoRequest(imsi, elements);
    case 'sendAuthInfoResult':
      return { kind, imsi, tuples: elements.all('authTuple').map(decodeAuthTuple) };
    case 'insertDataRequest': {
      const msisdn = elements.find('msisdn');
      return {
        ...{ kind, imsi, cnDomain: readDomain(elements) },
        msisdn: msisdn === undefined ? undefined : parseMsisdn(decodeCountedDigits(msisdn, 'msisdn')),
      };
    }
    case 'locationCancelRequest':
      return { kind, imsi, cnDomain: readDomain(elements), cancelType: readCancelType(elements) };
    case 'checkImeiRequest':
      return { kind, imsi, imei: parseImei(decodeCountedDigits(elements.get('imei'), 'imei')) };
    case 'checkImeiResult':
      return { kind, imsi, accepted: elements.octet('imeiResult') === IMEI_ACCEPTED };
  }
}

function readSendAuthInfoRequest(imsi: Imsi, elements: Elements): SendAuthInfoRequest {
  const resynchronises = elements.find('auts') !== undefined || elements.find('rand') !== undefined;
  return {
    ...{ kind: 'sendAuthInfoRequest', imsi, cnDomain: readDomain(elements) },
    vectorsWanted: elements.find('vectorsWanted') === undefined ? undefined : elements.octet('vectorsWanted'),
    resynchronisation: resynchronises
      ? { rand: elements.get('rand', RAND_OCTETS), auts: elements.get('auts', AUTS_OCTETS) }
      : undefined,
  };
}

function readDomain(elements: Elements): CnDomain | undefined {
  if (elements.find('cnDomain') === undefined) return undefined;
  const value = elements.octet('cnDomain');
  const found = DOMAINS.find(([octet]) => octet === value);
  if (found === undefined) throw elements.refused('cnDomain', 'it is neither of the packet nor of the circuit domain');
  return found[1];
}

/** None said is that the subscriber is elsewhere now. */
function readCancelType(elements: Elements): CancelType {
  if (elements.find('cancelType') === undefined) return 'update';
  const type = CANCEL_TYPES[elements.octet('cancelType')];
  if (type === undefined) throw elements.refused('cancelType', 'its meaning is not known');
  return type;
}
