import { encodeCommandPacket } from '../../telecom/ota/command-packet.ts';
import { Secret } from '../../telecom/secret.ts';
import { decodeDeliverReport, encodeDeliverReport, FAILURE_CAUSE } from '../../telecom/sms/deliver-report-tpdu.ts';
import { decodeDeliverTpdu, encodeDeliverTpdu } from '../../telecom/sms/deliver-tpdu.ts';
import { parseUserDataHeader, reassemble, segmentCommandPacket } from '../../telecom/sms/segments.ts';
import { decodeSubmitTpdu, encodeSubmitTpdu } from '../../telecom/sms/submit-tpdu.ts';
import { readDeliveryReceipt } from '../../telecom/smpp/delivery-receipt.ts';
import { COMMAND_IDS, type CommandName } from '../../telecom/smpp/commands.ts';
import { TLV_TAGS, type Tlv } from '../../telecom/smpp/fields.ts';
import { PduFrames } from '../../telecom/smpp/pdu-frames.ts';
import { decodeBody, type PduBody } from '../../telecom/smpp/pdu-bodies.ts';
import { decodePdu, decodePduHeader, encodePdu, HEADER_OCTETS } from '../../telecom/smpp/pdu.ts';
import type { ShortMessage } from '../../telecom/smpp/short-message.ts';
import { command, hex } from '../telecom/ota/packets.ts';
import { textTarget, type FuzzTarget } from './target.ts';

const LONG_PACKET = encodeCommandPacket({ ...command, data: new Uint8Array(200) });
const SEGMENTS = [
  ...segmentCommandPacket(encodeCommandPacket(command), { reference: 1 }),
  ...segmentCommandPacket(LONG_PACKET, { reference: 2 }),
  ...segmentCommandPacket(LONG_PACKET, { reference: 3, referenceBits: 16, layout: 'commandFirst' }),
];

/** The segments of packets for a card, each as the message that brings it. */
export const DELIVER_TPDUS = SEGMENTS.map((userData) =>
  encodeDeliverTpdu({
    ...{ hasUserDataHeader: true, moreMessages: false, originator: { ton: 1, npi: 1, digits: '12345' } },
    ...{ protocolId: 0x7f, dataCoding: 0xf6, timestamp: hex('62103001400000'), userData },
  }),
);

/** The same octets, as a card sends them. */
const SUBMIT_TPDUS = SEGMENTS.map((userData) =>
  encodeSubmitTpdu({
    ...{ hasUserDataHeader: true, reference: 1, destination: { ton: 0, npi: 1, digits: '900' } },
    ...{ protocolId: 0x7f, dataCoding: 0xf6, userData },
  }),
);
const DELIVER_REPORTS = [
  encodeDeliverReport({ kind: 'acknowledged', userData: undefined }),
  encodeDeliverReport({ kind: 'acknowledged', userData: hex('027100000b0a0000010000000001000000') }),
  encodeDeliverReport({ kind: 'failed', cause: FAILURE_CAUSE.toolkitBusy, userData: undefined }),
];

const ADDRESS = { ton: 1, npi: 1, address: '491700000001' };
const message = (shortMessage: Uint8Array, tlvs: readonly Tlv[] = []): ShortMessage => ({
  ...{ serviceType: '', source: ADDRESS, destination: ADDRESS, esmClass: 0x40, protocolId: 0x7f, priorityFlag: 0 },
  ...{ scheduleDeliveryTime: '', validityPeriod: '000001000000000R', registeredDelivery: 1, replaceIfPresent: 0 },
  ...{ dataCoding: 0xf6, defaultMessageId: 0, shortMessage, tlvs },
});
const BIND = {
  ...{ systemId: 'rehome', password: Secret.of('secret'), systemType: '', interfaceVersion: 0x34 },
  ...{ addressTon: 0, addressNpi: 0, addressRange: '' },
};
const RECEIPT =
  'id:b877000001 sub:001 dlvrd:001 submit date:2511250800 done date:2511250801 stat:DELIVRD err:000 text:';
const RECEIPT_TLVS = [
  { tag: TLV_TAGS.receiptedMessageId, value: hex('623837373030303030310000') },
  { tag: TLV_TAGS.messageState, value: hex('02') },
];
const BODIES: readonly PduBody[] = [
  { command: 'bindTransceiver', ...BIND },
  { command: 'bindTransceiverResp', systemId: 'smsc', tlvs: [{ tag: 0x0210, value: hex('34') }] },
  ...SEGMENTS.map((segment) => ({ command: 'submitSm' as const, message: message(segment) })),
  { command: 'submitSmResp', messageId: 'b877000001', tlvs: [] },
  { command: 'deliverSm', message: message(new Uint8Array(Buffer.from(RECEIPT)), RECEIPT_TLVS) },
  { command: 'deliverSmResp', messageId: '', tlvs: [] },
  { command: 'alertNotification', source: ADDRESS, esme: ADDRESS, tlvs: [] },
  { command: 'enquireLink' },
];
const PDUS = BODIES.map((body, index) => encodePdu({ sequence: index + 1, status: 0, body }));

/** Takes a stream in pieces of changing sizes, and reads every PDU that comes out of it. */
function readStream(octets: Uint8Array): void {
  const frames = new PduFrames();
  for (let from = 0, size = 1; from < octets.length; from += size, size = (size * 3) % 61) {
    for (const pdu of frames.take(octets.slice(from, from + size))) decodePdu(pdu);
  }
}

const COMMANDS = Object.keys(COMMAND_IDS) as CommandName[];

/** The first octet chooses the command, the second whether it was refused. */
function decodeAnyBody([chosen = 0, status = 0, ...body]: Uint8Array): unknown {
  return decodeBody(COMMANDS[chosen % COMMANDS.length] ?? 'submitSm', Uint8Array.from(body), status & 1);
}

/** Cut at a length that the input itself tells, as messages that belong together. */
function reassembleParts(octets: Uint8Array): unknown {
  const [cut = 0, ...rest] = octets;
  return reassemble([Uint8Array.from(rest.slice(0, cut)), Uint8Array.from(rest.slice(cut))]);
}

const bodiesFor = (command: number): Uint8Array[] =>
  PDUS.map((pdu) => Uint8Array.from([command, 0, ...pdu.subarray(HEADER_OCTETS)]));

const pairs = SEGMENTS.slice(1).flatMap((one, index) => {
  const next = SEGMENTS[index + 2];
  return next === undefined ? [] : [Uint8Array.from([one.length, ...one, ...next])];
});

/** Messages, and the PDUs in which they come. */
export const MESSAGE_TARGETS: readonly FuzzTarget[] = [
  { name: 'parseUserDataHeader', decode: parseUserDataHeader, seeds: SEGMENTS },
  { name: 'reassemble', decode: reassembleParts, seeds: pairs },
  { name: 'decodeDeliverTpdu', decode: decodeDeliverTpdu, seeds: DELIVER_TPDUS },
  { name: 'decodeSubmitTpdu', decode: decodeSubmitTpdu, seeds: SUBMIT_TPDUS },
  { name: 'decodeDeliverReport', decode: decodeDeliverReport, seeds: DELIVER_REPORTS },
  { name: 'decodePdu', decode: decodePdu, seeds: PDUS },
  { name: 'decodeBody', decode: decodeAnyBody, seeds: COMMANDS.flatMap((_, index) => bodiesFor(index)) },
  { name: 'decodePduHeader', decode: decodePduHeader, seeds: PDUS },
  { name: 'PduFrames', decode: readStream, seeds: [...PDUS, new Uint8Array(Buffer.concat(PDUS))] },
  textTarget(
    'readDeliveryReceipt',
    (text) => readDeliveryReceipt({ shortMessage: new Uint8Array(Buffer.from(text, 'latin1')), tlvs: [] }),
    [RECEIPT],
  ),
];
