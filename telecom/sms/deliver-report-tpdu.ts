import { OctetReader } from '../octets/reader.ts';
import { OctetWriter } from '../octets/writer.ts';

const CLAUSE = '3GPP TS 23.040 §9.2.2.1a';
const MESSAGE_TYPE = 0x03;
/** Bits of TP-PI: which of the optional fields follow (3GPP TS 23.040 §9.2.3.27). */
const HAS = { protocolId: 0x01, dataCoding: 0x02, userData: 0x04 } as const;
/** What the answer of a card comes with (3GPP TS 31.111 §7.1.1.1): (U)SIM data download, 8-bit data of class 2. */
const FROM_THE_CARD = { protocolId: 0x7f, dataCoding: 0xf6 } as const;
/** TP-FCS begins here, which tells a report for RP-ERROR, which has one, from a report for RP-ACK, which has none (§9.2.3.22). */
const FIRST_FAILURE_CAUSE = 0x80;
/** Octets that a report for RP-ACK takes (3GPP TS 23.040 §9.2.2.1a). */
const USER_DATA_OCTETS = 159;

/** TP-FCS of what a card or its device could not do (3GPP TS 23.040 §9.2.3.22). */
export const FAILURE_CAUSE = { toolkitBusy: 0xd4, dataDownloadError: 0xd5, unspecified: 0xff } as const;

/** What a device answers to an SMS-DELIVER: what its card answered, or that it failed (3GPP TS 23.040 §9.2.2.1a). */
export type DeliverReport =
  | { readonly kind: 'acknowledged'; readonly userData: Uint8Array | undefined }
  | { readonly kind: 'failed'; readonly cause: number; readonly userData: Uint8Array | undefined };

/** TP-MTI(1), TP-FCS(1) of a failure, TP-PI(1), then with user data TP-PID(1) TP-DCS(1) TP-UDL(1) TP-UD; TP-UDHI is always 0. */
export function encodeDeliverReport(report: DeliverReport): Uint8Array {
  const { userData } = report;
  const writer = new OctetWriter().appendOctet(0);
  if (report.kind === 'failed') {
    if (report.cause < FIRST_FAILURE_CAUSE) throw new RangeError('a failure cause is 80 to FF');
    writer.appendOctet(report.cause);
  }
  if (userData === undefined) return writer.appendOctet(0).toOctets();
  if (userData.length > USER_DATA_OCTETS) throw new RangeError('the user data is longer than 159 octets');
  return writer
    .appendOctet(HAS.protocolId | HAS.dataCoding | HAS.userData)
    .appendOctet(FROM_THE_CARD.protocolId)
    .appendOctet(FROM_THE_CARD.dataCoding)
    .appendOctet(userData.length)
    .appendOctets(userData)
    .toOctets();
}

/** Reads a report with 8-bit user data, or none; throws only DecodeError. */
export function decodeDeliverReport(octets: Uint8Array): DeliverReport {
  const reader = new OctetReader(octets, { clause: CLAUSE });
  if ((reader.readOctet('TP-MTI') & MESSAGE_TYPE) !== 0)
    throw reader.error('TP-MTI', 'it is not that of an SMS-DELIVER-REPORT');
  const causeOrIndicator = reader.readOctet('TP-FCS');
  if (causeOrIndicator < FIRST_FAILURE_CAUSE)
    return { kind: 'acknowledged', userData: readUserData(reader, causeOrIndicator) };
  return { kind: 'failed', cause: causeOrIndicator, userData: readUserData(reader, reader.readOctet('TP-PI')) };
}

function readUserData(reader: OctetReader, indicator: number): Uint8Array | undefined {
  if ((indicator & HAS.protocolId) !== 0) reader.readOctet('TP-PID');
  if ((indicator & HAS.dataCoding) !== 0) reader.readOctet('TP-DCS');
  const userData =
    (indicator & HAS.userData) === 0 ? undefined : reader.readOctets(reader.readOctet('TP-UDL'), 'TP-UD');
  reader.expectEnd('TP-UD');
  return userData;
}
