import fc from 'fast-check';
import { DecodeError } from '../../../telecom/decode-error.ts';
import { fromHex, toHex } from '../../../telecom/octets/hex.ts';
import { Secret } from '../../../telecom/secret.ts';
import { COMMAND_IDS, statusName, type CommandName } from '../../../telecom/smpp/commands.ts';
import { TLV_TAGS } from '../../../telecom/smpp/fields.ts';
import { PduFrames } from '../../../telecom/smpp/pdu-frames.ts';
import type { PduBody } from '../../../telecom/smpp/pdu-bodies.ts';
import { decodePdu, decodePduHeader, encodePdu, type Pdu } from '../../../telecom/smpp/pdu.ts';
import type { ShortMessage } from '../../../telecom/smpp/short-message.ts';
import { refusal } from '../refusal.ts';
import { Peer } from './smpp-peer.ts';

const request = (body: PduBody, status = 0): Pdu => ({ sequence: 7, status, body });
const peerReads = (pdu: Pdu) => new Peer(Buffer.from(encodePdu(pdu)));
const weRead = (command: string, fields: Record<string, unknown> = {}) =>
  decodePdu(new Uint8Array(new Peer(command, { sequence_number: 7, ...fields }).toBuffer()));

const MESSAGE: ShortMessage = {
  ...{
    serviceType: '',
    source: { ton: 0, npi: 0, address: '900' },
    destination: { ton: 1, npi: 1, address: '491700000001' },
  },
  ...{
    esmClass: 0x40,
    protocolId: 0x7f,
    priorityFlag: 1,
    scheduleDeliveryTime: '',
    validityPeriod: '000001000000000R',
  },
  ...{ registeredDelivery: 1, replaceIfPresent: 0, dataCoding: 0xf6, defaultMessageId: 0 },
  ...{ shortMessage: fromHex('027000000d', 'test'), tlvs: [{ tag: TLV_TAGS.setDpf, value: Uint8Array.of(1) }] },
};

describe('what we send is read by the package smpp', () => {
  test('a bind of a transceiver', () => {
    const bind = {
      ...{ command: 'bindTransceiver' as const, systemId: 'rehome', password: Secret.of('secret'), systemType: 'OTA' },
      ...{ interfaceVersion: 0x34, addressTon: 1, addressNpi: 2, addressRange: '49*' },
    } as const;
    expect(peerReads(request(bind))).toMatchObject({
      ...{ command: 'bind_transceiver', command_status: 0, sequence_number: 7 },
      ...{ system_id: 'rehome', password: 'secret', system_type: 'OTA', interface_version: 0x34 },
      ...{ addr_ton: 1, addr_npi: 2, address_range: '49*' },
    });
  });

  test('a message for a card, octet by octet', () => {
    expect(peerReads(request({ command: 'submitSm', message: MESSAGE }))).toMatchObject({
      ...{
        command: 'submit_sm',
        source_addr: '900',
        dest_addr_ton: 1,
        dest_addr_npi: 1,
        destination_addr: '491700000001',
      },
      ...{ esm_class: 0x40, protocol_id: 0x7f, priority_flag: 1, validity_period: expect.any(Date) as Date },
      ...{ registered_delivery: 1, data_coding: 0xf6, set_dpf: 1 },
    });
    const octets = Buffer.from(encodePdu(request({ command: 'submitSm', message: MESSAGE })));
    expect(octets.includes(Buffer.from('05027000000d', 'hex'))).toBe(true);
  });

  test.each([
    [{ command: 'submitSmResp', messageId: 'a1', tlvs: [] }, 'submit_sm_resp', { message_id: 'a1' }],
    [{ command: 'deliverSmResp', messageId: '', tlvs: [] }, 'deliver_sm_resp', { message_id: '' }],
    [{ command: 'bindTransceiverResp', systemId: 'smsc', tlvs: [] }, 'bind_transceiver_resp', { system_id: 'smsc' }],
    [
      {
        command: 'alertNotification',
        source: { ton: 1, npi: 1, address: '491700000001' },
        esme: { ton: 0, npi: 0, address: '900' },
        tlvs: [{ tag: TLV_TAGS.msAvailabilityStatus, value: Uint8Array.of(0) }],
      },
      'alert_notification',
      { source_addr: '491700000001', esme_addr: '900', ms_availability_status: 0 },
    ],
    [{ command: 'enquireLink' }, 'enquire_link', {}],
    [{ command: 'enquireLinkResp' }, 'enquire_link_resp', {}],
    [{ command: 'unbind' }, 'unbind', {}],
    [{ command: 'unbindResp' }, 'unbind_resp', {}],
  ] as const)('%j', (body, command, fields) => {
    expect(peerReads(request(body))).toMatchObject({ command, ...fields });
  });

  test('a refusal, which has no body', () => {
    const octets = encodePdu(request({ command: 'submitSmResp', messageId: '', tlvs: [] }, 0x58));
    expect(toHex(octets)).toBe('00000010800000040000005800000007');
    expect(new Peer(Buffer.from(octets))).toMatchObject({ command: 'submit_sm_resp', command_status: 0x58 });
    expect(peerReads(request({ command: 'genericNack' }, 3))).toMatchObject({
      command: 'generic_nack',
      command_status: 3,
    });
  });
});

describe('what the package smpp sends is read by us', () => {
  test('a bind, whose password prints as a secret', () => {
    const { body } = weRead('bind_transceiver', {
      system_id: 'esme',
      password: 'pw',
      system_type: 'X',
      address_range: '',
    });
    expect(body).toMatchObject({
      command: 'bindTransceiver',
      systemId: 'esme',
      systemType: 'X',
      interfaceVersion: 0x50,
    });
    expect(body.command === 'bindTransceiver' && body.password.reveal()).toBe('pw');
    expect(JSON.stringify(body)).not.toContain('pw');
  });

  test('a delivered message with its optional parameters', () => {
    const { body } = weRead('deliver_sm', {
      ...{ source_addr: '491700000001', destination_addr: '900', esm_class: 4, data_coding: 4 },
      ...{ short_message: Buffer.from('id:1 stat:DELIVRD'), receipted_message_id: '1', message_state: 2 },
    });
    if (body.command !== 'deliverSm') throw new Error('it was read as something else');
    expect(body.message).toMatchObject({ source: { address: '491700000001' }, esmClass: 4, dataCoding: 4 });
    expect(Buffer.from(body.message.shortMessage).toString()).toBe('id:1 stat:DELIVRD');
    expect(body.message.tlvs.map(({ tag, value }) => [tag, toHex(value)]).sort()).toEqual(
      [
        [TLV_TAGS.receiptedMessageId, '3100'],
        [TLV_TAGS.messageState, '02'],
      ].sort(),
    );
  });

  test.each([
    ['submit_sm_resp', { message_id: '42' }, { command: 'submitSmResp', messageId: '42' }],
    ['deliver_sm_resp', {}, { command: 'deliverSmResp', messageId: '' }],
    [
      'alert_notification',
      { source_addr: '49', esme_addr: '9' },
      { command: 'alertNotification', source: { address: '49' } },
    ],
    ['enquire_link', {}, { command: 'enquireLink' }],
    ['unbind', {}, { command: 'unbind' }],
  ])('%s', (command, fields, body) => {
    expect(weRead(command, fields)).toMatchObject({ sequence: 7, status: 0, body });
  });

  test('a refusal', () => {
    expect(weRead('submit_sm_resp', { command_status: 0x14 })).toEqual({
      ...{ sequence: 7, status: 0x14 },
      body: { command: 'submitSmResp', messageId: '', tlvs: [] },
    });
    expect(statusName(0x14)).toBe('ESME_RMSGQFUL');
    expect(statusName(0x401)).toBe('0x00000401');
  });
});

describe('what can not be a PDU', () => {
  const hex = (text: string) => fromHex(text.replaceAll(' ', ''), 'test');

  test.each([
    ['a header that is cut', '00000010 80000004', 'command_status'],
    ['another length than its own', '00000011 00000015 00000000 00000001', 'command_length'],
    ['an unknown command', '00000010 00000099 00000000 00000001', 'command_id'],
    ['octets behind its body', '00000011 00000015 00000000 00000001 00', 'body'],
    ['a text that does not end', '00000012 80000004 00000000 00000001 4141', 'message_id'],
    ['an optional parameter that is cut', '00000015 80000004 00000000 00000001 00 04240009', 'optional parameter'],
    ['no body, though it is no refusal', '00000010 80000004 00000000 00000001', 'message_id'],
  ])('%s is refused', (_what, octets, field) => {
    expect(() => decodePdu(hex(octets))).toThrow(refusal(field));
  });

  test('its header can be read all the same, so that it can be refused under its number', () => {
    expect(decodePduHeader(hex('00000010 00000099 00000000 00000005'))).toEqual({
      ...{ length: 16, commandId: 0x99, command: undefined, status: 0, sequence: 5 },
    });
  });

  test('a text longer than its field is refused in both directions', () => {
    const long = { command: 'submitSmResp', messageId: 'x'.repeat(65), tlvs: [] } as const;
    expect(() => encodePdu(request(long))).toThrow(RangeError);
    const octets = hex(`00000052 80000004 00000000 00000001 ${'41'.repeat(65)}00`);
    expect(() => decodePdu(octets)).toThrow(refusal('message_id'));
  });

  test('a text with a zero, or a character that is not ASCII, is not sent', () => {
    for (const messageId of ['a\0b', 'ä'])
      expect(() => encodePdu(request({ command: 'submitSmResp', messageId, tlvs: [] }))).toThrow(RangeError);
  });
});

const octet = fc.integer({ min: 0, max: 255 });
const text = (size: number) =>
  fc.string({ unit: fc.constantFrom('a', 'Z', '0', '9', ':', '+', '*', ' '), maxLength: size - 1 });
const address = fc.record({ ton: octet, npi: octet, address: text(21) });
const tlvs = fc.array(
  fc.record({ tag: fc.integer({ min: 0, max: 0xffff }), value: fc.uint8Array({ maxLength: 300 }) }),
  { maxLength: 3 },
);
const message: fc.Arbitrary<ShortMessage> = fc.record({
  ...{
    serviceType: text(6),
    source: address,
    destination: address,
    esmClass: octet,
    protocolId: octet,
    priorityFlag: octet,
  },
  ...{ scheduleDeliveryTime: text(17), validityPeriod: text(17), registeredDelivery: octet, replaceIfPresent: octet },
  ...{ dataCoding: octet, defaultMessageId: octet, shortMessage: fc.uint8Array({ maxLength: 254 }), tlvs },
});

test('every message that is encoded is decoded to the same', () => {
  fc.assert(
    fc.property(message, fc.integer({ min: 0, max: 0xffff_ffff }), (one, sequence) => {
      const pdu: Pdu = { sequence, status: 0, body: { command: 'submitSm', message: one } };
      const { body, sequence: read } = decodePdu(encodePdu(pdu));
      expect(read).toBe(sequence);
      expect(body).toEqual({
        command: 'submitSm',
        message: { ...one, shortMessage: new Uint8Array(one.shortMessage) },
      });
    }),
  );
});

test('whatever the octets are, nothing but a DecodeError is thrown', () => {
  const ids = Object.keys(COMMAND_IDS) as CommandName[];
  const damaged = fc
    .tuple(fc.constantFrom(...ids), fc.integer({ min: 0, max: 1 }), fc.uint8Array({ maxLength: 80 }))
    .map(([name, status, rest]) => {
      const octets = Buffer.alloc(16 + rest.length);
      octets.writeUInt32BE(octets.length, 0);
      octets.writeUInt32BE(COMMAND_IDS[name], 4);
      octets.writeUInt32BE(status, 8);
      octets.set(rest, 16);
      return new Uint8Array(octets);
    });
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), damaged), (octets) => {
      try {
        decodePdu(octets);
      } catch (cause) {
        expect(cause).toBeInstanceOf(DecodeError);
      }
    }),
    { numRuns: 3_000 },
  );
});

describe('PDUs on a connection', () => {
  const pdus = [1, 2, 3].map((sequence) =>
    encodePdu({ sequence, status: 0, body: { command: 'submitSm', message: MESSAGE } }),
  );
  const stream = new Uint8Array(Buffer.concat(pdus));

  test('come out whole however the octets are cut into chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: stream.length }), { maxLength: 12 }), (cuts) => {
        const frames = new PduFrames();
        const edges = [0, ...cuts.toSorted((one, other) => one - other), stream.length];
        const whole = edges.slice(1).flatMap((end, index) => frames.take(stream.subarray(edges[index], end)));
        expect(whole.map(toHex)).toEqual(pdus.map(toHex));
      }),
    );
  });

  test.each(['00000000', '0000000f', '7fffffff'])('with the length %s end it', (length) => {
    expect(() => new PduFrames().take(fromHex(length, 'test'))).toThrow(refusal('command_length'));
  });
});
