import { encodeTlv, readTlv, readTlvs } from '../octets/ber-tlv.ts';
import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';

const CLAUSE = '3GPP TS 31.111 §7.1.1.2';
/** CLA INS P1 P2 of ENVELOPE (ETSI TS 102 221 §11.2.2). */
const ENVELOPE = Uint8Array.of(0x80, 0xc2, 0x00, 0x00);
const LONGEST_DATA = 255;
/** SMS-PP download, and the objects in it; the top bit of an object's tag only asks for comprehension (ETSI TS 101 220 §7.2). */
const TAG = { smsPpDownload: 0xd1, deviceIdentities: 0x82, address: 0x06, tpdu: 0x8b } as const;
const COMPREHENSION = 0x80;
const NETWORK_TO_UICC = Uint8Array.of(0x83, 0x81);

/** What a device hands to its card when a message for (U)SIM data download comes (3GPP TS 31.111 §7.1.1.2). */
export interface SmsPpDownload {
  /** Address of the service centre as the RP layer had it: TON and NPI, then swapped digits (3GPP TS 24.011 §8.2.5.1). */
  readonly serviceCentre: Uint8Array | undefined;
  /** The SMS-DELIVER (3GPP TS 23.040 §9.2.2.1). */
  readonly tpdu: Uint8Array;
}

/** 80 C2 00 00 Lc, then D1: device identities 83 81, address, SMS TPDU. */
export function encodeSmsPpDownload({ serviceCentre, tpdu }: SmsPpDownload): Uint8Array {
  const objects = new OctetWriter().appendOctets(encodeTlv(TAG.deviceIdentities, NETWORK_TO_UICC));
  if (serviceCentre !== undefined) objects.appendOctets(encodeTlv(TAG.address, serviceCentre));
  const data = encodeTlv(TAG.smsPpDownload, objects.appendOctets(encodeTlv(TAG.tpdu, tpdu)).toOctets());
  if (data.length > LONGEST_DATA) throw new RangeError('the envelope is longer than 255 octets');
  return new OctetWriter().appendOctets(ENVELOPE).appendOctet(data.length).appendOctets(data).toOctets();
}

/** Reads an ENVELOPE (SMS-PP DOWNLOAD), with or without Le; throws only DecodeError. */
export function decodeSmsPpDownload(apdu: Uint8Array): SmsPpDownload {
  const reader = new OctetReader(apdu, { clause: CLAUSE });
  const header = reader.readOctets(ENVELOPE.length, 'header of ENVELOPE');
  if (Buffer.compare(header, ENVELOPE) !== 0) throw reader.error('header of ENVELOPE', 'it is that of another command');
  const data = new OctetReader(reader.readOctets(reader.readOctet('Lc'), 'data'), { clause: CLAUSE });
  if (reader.remaining > 1) throw reader.error('Le', 'there are octets behind it');
  const template = readTlv(data, 'SMS-PP download');
  data.expectEnd('SMS-PP download');
  if (template.tag !== TAG.smsPpDownload) throw data.error('tag of SMS-PP download', 'it is that of another envelope');
  const objects = readTlvs(new OctetReader(template.value, { clause: CLAUSE }), 'object');
  const one = (tag: number) => objects.find((object) => (object.tag | COMPREHENSION) === (tag | COMPREHENSION))?.value;
  const tpdu = one(TAG.tpdu);
  if (tpdu === undefined) throw data.error('SMS TPDU', 'it is missing');
  return { serviceCentre: one(TAG.address), tpdu };
}
