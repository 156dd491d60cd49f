import type { Delivery } from '../../../adapters/smsc/protocol.ts';
import { DEVICE_REACHABLE } from '../../../services/events/cloud-event.ts';
import { contactStampOf, requestStampOf } from '../../../services/events/proof-stamp.ts';
import { parseTar } from '../../../telecom/identifiers/tar.ts';
import { toHex } from '../../../telecom/octets/hex.ts';
import { CHANGE_REQUEST_SPI } from '../../../telecom/ota/change-request.ts';
import { encodeCommandPacket, type CommandPacket } from '../../../telecom/ota/command-packet.ts';
import { Secret } from '../../../telecom/secret.ts';
import { segmentCommandPacket } from '../../../telecom/sms/segments.ts';
import { CHANGE_ID, ICCID, INDEX, MSISDN, REQUEST, playedOta as ota } from '../../support/played-ota.ts';
import { command as anyCommand, hex, keys } from '../../telecom/ota/packets.ts';

const message = (packet: CommandPacket, source = MSISDN): Delivery => ({
  ...{ kind: 'message', source },
  userData: toHex(segmentCommandPacket(encodeCommandPacket(packet), { reference: 1 })[0] ?? new Uint8Array()),
});

describe('a change that a card asks for', () => {
  const claim = { iccid: ICCID, target: 'operator-2', requestId: `device/${ICCID}/7` };

  test('is published with the stamp of who has seen the signature, under an id of card and counter', async () => {
    const { take, events, updates } = ota();
    await take(message(REQUEST));
    expect(events()).toMatchObject([
      { topic: 'subscription.requests', id: claim.requestId, data: { ...claim, stamp: requestStampOf(INDEX, claim) } },
    ]);
    expect(updates).toMatchObject([{ parameters: [7, ICCID] }]);
  });

  test('is the same request when its message is delivered twice', async () => {
    const { take, events } = ota({ lastRequest: 7 });
    await take(message(REQUEST));
    expect(events()).toMatchObject([{ id: claim.requestId }]);
  });

  const wrongKeys = { ...keys, kid: Secret.of(hex('00'.repeat(16))) };
  const with_ = (header: Partial<CommandPacket['header']>): CommandPacket => ({
    ...REQUEST,
    header: { ...REQUEST.header, ...header },
  });
  const forged: readonly [what: string, delivery: Delivery, reason: RegExp][] = [
    ['signed with another key', message({ ...REQUEST, keys: wrongKeys }), /not signed by that card/],
    ['from a number that no card has', message(REQUEST, '9990110000002'), /no card is registered/],
    ['older than one before', message(with_({ cntr: 6 })), /has sent a later request/],
    ['for a network that is nobody’s', message({ ...REQUEST, data: hex('c10399f999') }), /no registered operator/],
    [
      'under another TAR, as a packet for the card has it',
      message(with_({ tar: parseTar('b00c0a') })),
      /no change request/,
    ],
    ['without counter', message(with_({ spi: { ...CHANGE_REQUEST_SPI, counter: 'none' } })), /no change request/],
    ['under another key set', message(with_({ kic: { algorithm: 'aes', kvn: 3 } })), /not signed by that card/],
    [
      'whose key indication names another algorithm than the card has',
      message(with_({ kic: { algorithm: 'tripleDes2Key', kvn: 2 } })),
      /another algorithm than that card has/,
    ],
    [
      'that is signed with another algorithm than the card has',
      message(with_({ kid: { algorithm: 'tripleDes2Key', kvn: 2 } })),
      /another algorithm than that card has/,
    ],
    ['without content', message({ ...REQUEST, data: hex('') }), /tag of target/],
    [
      'that is one of our own packets, sent back',
      message({ ...anyCommand, data: hex('c10300f120') }),
      /no change request/,
    ],
  ];

  test.each(forged)('%s goes to the dead letters and asks for nothing', async (_what, delivery, reason) => {
    const { take, published, updates } = ota({ lastRequest: 7 });
    await take(delivery);
    expect(published).toMatchObject([
      {
        topic: 'device.events.dead-letters',
        message: { headers: { 'x-reason': expect.stringMatching(reason) as string } },
      },
    ]);
    expect(updates).toEqual([]);
  });
});

describe('word that a device is back', () => {
  const alert = (source = MSISDN): Delivery => ({ kind: 'available', source });
  const waiting = [{ changeId: CHANGE_ID, iccid: ICCID }];

  test('is published for the open change whose packet may have gone there, with a stamp over the moment', async () => {
    const { take, events } = ota({ waiting });
    await take(alert(`+${MSISDN}`));
    const [event] = events() as { id?: string; data: { changeId: string; at: string; stamp: string } }[];
    expect(event).toMatchObject({ topic: 'device.events', type: DEVICE_REACHABLE, subject: ICCID });
    expect(event?.data.stamp).toBe(contactStampOf(INDEX, { changeId: CHANGE_ID, at: event?.data.at ?? '' }));
  });

  test('of a number that no change waits for is dropped', async () => {
    const { take, published } = ota({ waiting });
    await take(alert('9990110000002'));
    await take(alert('no number'));
    expect(published).toEqual([]);
  });
});

describe('dead letters of an SMSC', () => {
  const unreadable: Delivery = { kind: 'unreadable', pdu: '00', reason: 'no parser takes it' };

  test('call somebody at the tenth within a minute, once, and again only after it was calm', async () => {
    let now = 0;
    const { take, called, published } = ota({ now: () => now });
    const flood = async (letters: number) => {
      for (let each = 0; each < letters; each += 1) {
        now += 1_000;
        await take(each % 2 === 0 ? unreadable : message(REQUEST, '9990110000002'));
      }
    };
    await flood(9);
    expect(called).toEqual([]);
    await flood(500);
    expect(called).toEqual(['SMSC_UNREADABLE']);
    now += 300_000;
    await flood(20);
    expect(called).toEqual(['SMSC_UNREADABLE', 'SMSC_UNREADABLE']);
    expect(published).toHaveLength(529);
  });

  test('call nobody when they are few, nor does what is read', async () => {
    let now = 0;
    const { take, called } = ota({ now: () => now });
    for (let each = 0; each < 30; each += 1) {
      now += 7_000;
      await take(unreadable);
      for (let read = 0; read < 10; read += 1) await take(message(REQUEST));
    }
    expect(called).toEqual([]);
  });
});
