import type { EventBus, OutgoingMessage } from '../../../activities/adapters/kafka/event-bus.ts';
import type { Delivery } from '../../../activities/adapters/smsc/protocol.ts';
import { requestStampOf, stampOf } from '../../../activities/events/proof-stamp.ts';
import { cardProfiles } from '../../../activities/ota/card-profiles.ts';
import { takeDelivery } from '../../../activities/ota/take-delivery.ts';
import { CardIndex } from '../../../activities/vault/card-index.ts';
import type { Vault } from '../../../activities/vault/vault.ts';
import { parsePlmn } from '../../../telecom/identifiers/plmn.ts';
import { parseTar } from '../../../telecom/identifiers/tar.ts';
import { toHex } from '../../../telecom/octets/hex.ts';
import { CHANGE_REQUEST_SPI, CHANGE_REQUEST_TAR, encodeChangeRequest } from '../../../telecom/ota/change-request.ts';
import { encodeCommandPacket, type CommandPacket } from '../../../telecom/ota/command-packet.ts';
import { encodeResponsePacket } from '../../../telecom/ota/response-packet.ts';
import { Secret } from '../../../telecom/secret.ts';
import { segmentCommandPacket } from '../../../telecom/sms/segments.ts';
import { scriptedDatabase } from '../../support/scripted-database.ts';
import { command as anyCommand, hex, keys, KIC_KEY, KID_KEY, spi1619 } from '../../telecom/ota/packets.ts';

const ICCID = '8999901000000000013';
const MSISDN = '9990110000001';
const CHANGE_ID = '019376a4-0000-7000-8000-000000000001';
const INDEX = new CardIndex(Secret.of<Uint8Array>(Buffer.alloc(32, 7)));
/** Seals nothing: what is stored is what is opened. */
const VAULT = { open: (octets: Uint8Array) => Promise.resolve(Secret.of(octets)) } as unknown as Vault;
const CARD = {
  ...{ iccid: ICCID, profile: 'cpa-aes', kvn: 2 },
  ...{ sealed_adm1: Buffer.alloc(8), sealed_kic: Buffer.from(KIC_KEY, 'hex'), sealed_kid: Buffer.from(KID_KEY, 'hex') },
};

interface Registry {
  readonly lastRequest?: number;
  readonly packets?: readonly object[];
  readonly sent?: readonly object[];
}

/** The OTA worker's side of one card, with all that it talks to played. */
function ota({ lastRequest = 0, packets = [], sent = [] }: Registry = {}) {
  const published: { readonly topic: string; readonly message: OutgoingMessage }[] = [];
  const updates: { readonly statement: string; readonly parameters: readonly unknown[] }[] = [];
  const database = scriptedDatabase((statement, parameters) => {
    if (statement.trimStart().startsWith('update')) {
      updates.push({ statement, parameters });
      return [];
    }
    if (statement.includes('request_cntr'))
      return parameters[0] === MSISDN ? [{ ...CARD, request_cntr: lastRequest }] : [];
    if (statement.includes('from operators')) return parameters[0] === '00102' ? [{ id: 'operator-2' }] : [];
    if (statement.includes('with newest')) return [...packets];
    return parameters[0] === MSISDN ? [...sent] : [];
  });
  const bus = {
    publish: (topic: string, messages: readonly OutgoingMessage[]) => {
      published.push(...messages.map((message) => ({ topic, message })));
      return Promise.resolve([]);
    },
  } as unknown as EventBus;
  const logged: string[] = [];
  const take = takeDelivery({
    ...{ smsc: 'smsc-1', database, vault: VAULT, profiles: cardProfiles(), bus, index: INDEX },
    log: (level, told) => logged.push(`${level}: ${told}`),
  });
  const events = () =>
    published.map(({ topic, message: { value } }) => ({ topic, ...(JSON.parse(String(value)) as { data: object }) }));
  return { take, published, updates, events, logged };
}

const REQUEST: CommandPacket = {
  header: {
    ...{ spi: CHANGE_REQUEST_SPI, tar: CHANGE_REQUEST_TAR, cntr: 7 },
    ...{ kic: { algorithm: 'aes', kvn: 2 }, kid: { algorithm: 'aes', kvn: 2 } },
  },
  data: encodeChangeRequest({ target: parsePlmn('00102') }),
  keys,
};
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

describe('a proof of receipt', () => {
  const inFlight = (cntr: number, purpose: 'check' | 'write') => ({
    ...CARD,
    change_id: CHANGE_ID,
    purpose,
    cntr,
    commands: 1,
  });
  const answer = (cntr: number, { signed = true, said = '019000', tar = 'b00c0a' } = {}): Delivery => ({
    ...{ kind: 'message', source: MSISDN },
    userData: toHex(
      encodeResponsePacket({
        ...{ ...REQUEST.header, tar: parseTar(tar), cntr, keys, status: 'porOk', data: hex(said) },
        spi: signed ? spi1619 : { ...spi1619, porIntegrity: 'none', porCiphered: false },
      }),
    ),
  });
  const packets = [inFlight(42, 'write'), inFlight(41, 'check')];

  test('belongs to the packet of its counter, also when a later one is in flight', async () => {
    const { take, events, updates } = ota({ packets });
    await take(answer(41));
    const claim = { changeId: CHANGE_ID, cntr: 41, status: 'porOk', statusWord: '9000', purpose: 'check' } as const;
    expect(events()).toMatchObject([
      { topic: 'device.events', data: { ...claim, authenticated: true, stamp: stampOf(INDEX, claim) } },
    ]);
    expect(updates).toMatchObject([{ parameters: ['porOk', '9000', CHANGE_ID, 'check'] }]);
  });

  test('of a counter that no packet in flight has is told without being believed or kept', async () => {
    const { take, events, updates } = ota({ packets });
    await take(answer(40));
    expect(events()).toMatchObject([{ data: { authenticated: false, cntr: 40 } }]);
    expect(events()[0]?.data).not.toHaveProperty('stamp');
    expect(updates).toEqual([]);
  });

  test('of another application of the card is not that of our packet, though it is signed and has its counter', async () => {
    const { take, events, updates } = ota({ packets });
    await take(answer(42, { tar: '000000' }));
    expect(events()).toMatchObject([{ data: { authenticated: false, tar: '000000' } }]);
    expect(events()[0]?.data).not.toHaveProperty('stamp');
    expect(updates).toEqual([]);
  });

  test('of a card that wrote everything and could not have its device read it counts, and the log says so', async () => {
    const { take, events, logged } = ota({ packets: [{ ...inFlight(42, 'write'), profile: 'rfm-aes-expanded' }] });
    await take(answer(42, { tar: 'b20111', said: 'ab0a80010123029000810101' }));
    expect(events()).toMatchObject([{ data: { statusWord: '9000', authenticated: true } }]);
    expect(logged).toEqual([expect.stringMatching(/^warn: .*8999901000000000013.*REFRESH.*suspensionError/)]);
  });

  test('leaves no line in the log when the card has nothing to complain of, or has not signed', async () => {
    const { take, logged } = ota({ packets: [{ ...inFlight(42, 'write'), profile: 'rfm-aes-expanded' }] });
    await take(answer(42, { tar: 'b20111', said: 'ab0780010123029000' }));
    await take(answer(42, { tar: 'b20111', said: 'ab0a80010123029000810101', signed: false }));
    expect(logged).toEqual([]);
  });

  test('that is not signed is neither believed nor kept', async () => {
    const { take, events, updates } = ota({ packets });
    await take(answer(42, { signed: false }));
    expect(events()).toMatchObject([{ data: { authenticated: false } }]);
    expect(updates).toEqual([]);
  });
});

describe('a receipt', () => {
  const sent = (messageIds: readonly string[]) => ({ changeId: CHANGE_ID, purpose: 'write', iccid: ICCID, messageIds });
  const receipt = (messageId: string): Delivery => ({
    kind: 'receipt',
    messageId,
    destination: MSISDN,
    state: 'delivered',
  });

  test.each([
    ['b877000001', '792270471169'],
    ['792270471169', 'B877000001'],
    ['1a', '26'],
    ['26', '1A'],
  ])('finds the segment that the SMSC took as %s when it calls it %s', async (taken, called) => {
    const { take, events, updates } = ota({ sent: [sent(['7']), sent([taken])] });
    await take(receipt(called));
    expect(events()).toMatchObject([{ data: { changeId: CHANGE_ID, messageId: called, state: 'delivered' } }]);
    expect(updates).toHaveLength(1);
  });

  test('is of the segment that has its very id before it is of one whose id is the same number in another base', async () => {
    const other = { ...sent(['100']), changeId: '019376a4-0000-7000-8000-000000000009' };
    const { take, events } = ota({ sent: [other, sent(['256'])] });
    await take(receipt('0000000256'));
    expect(events()).toMatchObject([{ data: { changeId: CHANGE_ID } }]);
  });

  test('finds its segment when it writes the number in the international form', async () => {
    const { take, updates } = ota({ sent: [sent(['7'])] });
    await take({ kind: 'receipt', messageId: '7', destination: `+${MSISDN}`, state: 'delivered' });
    expect(updates).toHaveLength(1);
  });

  test('that comes before the SMSC’s answer belongs to the packet that waits for that answer', async () => {
    const { take, updates } = ota({ sent: [sent([]), sent(['7'])] });
    await take(receipt('8'));
    expect(updates).toHaveLength(1);
  });

  test.each([
    ['no id', ''],
    ['an id that is longer than SMPP has it', '7'.repeat(66)],
    ['an id with an octet that PostgreSQL does not store', 'a\0b'],
    ['an id that is no ASCII', '\u00e9'],
  ])('with %s is dropped, and not delivered again and again', async (_what, messageId) => {
    const { take, published, updates } = ota({ sent: [sent([]), sent([messageId])] });
    await take(receipt(messageId));
    expect([...published, ...updates]).toEqual([]);
  });

  test('with the longest id that SMPP has is taken', async () => {
    const { take, updates } = ota({ sent: [sent([])] });
    await take(receipt('7'.repeat(65)));
    expect(updates).toHaveLength(1);
  });

  test('adds no id to a packet that has six hundred of them', async () => {
    const { take, updates } = ota({ sent: [sent([])] });
    await take(receipt('8'));
    expect(updates[0]?.statement).toContain('(select count(*) from jsonb_object_keys(receipts)) <');
    expect(updates[0]?.parameters).toContain(600);
  });

  test('for nothing of ours is dropped', async () => {
    const { take, published, updates } = ota({ sent: [sent(['7'])] });
    await take(receipt('8'));
    expect([...published, ...updates]).toEqual([]);
  });
});
