import type { Delivery } from '../../../adapters/smsc/protocol.ts';
import { stampOf } from '../../../services/events/proof-stamp.ts';
import { cardProfiles, type CardProfiles } from '../../../services/packets/card-profiles.ts';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { parseTar } from '../../../telecom/identifiers/tar.ts';
import { toHex } from '../../../telecom/octets/hex.ts';
import { encodeResponsePacket } from '../../../telecom/ota/response-packet.ts';
import { encodeEfImsi } from '../../../telecom/uicc/imsi-file.ts';
import { CARD, CHANGE_ID, INDEX, MSISDN, REQUEST, playedOta as ota } from '../../support/played-ota.ts';
import { hex, keys, spi1619 } from '../../telecom/ota/packets.ts';

describe('a proof of receipt', () => {
  const inFlight = (cntr: number, purpose: 'check' | 'write') => ({
    ...CARD,
    change_id: CHANGE_ID,
    purpose,
    ...{ number: 1, cntr, commands: 1 },
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
    expect(updates).toMatchObject([{ parameters: ['porOk', '9000', null, CHANGE_ID, 'check', 1, 'porOk'] }]);
  });

  test('of a packet by which a torn card is written again says which one, and signs that', async () => {
    const again = { ...inFlight(42, 'write'), purpose: 'rewrite', number: 3 };
    const { take, events } = ota({ packets: [again, ...packets.slice(1)] });
    await take(answer(42));
    const said = { status: 'porOk', statusWord: '9000', purpose: 'rewrite' } as const;
    const claim = { changeId: CHANGE_ID, cntr: 42, ...said, number: 3 };
    expect(events()).toMatchObject([{ data: { ...claim, authenticated: true, stamp: stampOf(INDEX, claim) } }]);
    expect(stampOf(INDEX, { ...claim, number: 2 })).not.toBe(stampOf(INDEX, claim));
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

describe('a proof of receipt of a probe', () => {
  const SOURCE = parseImsi('001010000000001');
  const TARGET = parseImsi('001029000000001');
  const READ_BACK = 'b00011';
  const probe = {
    ...{ ...CARD, change_id: CHANGE_ID, purpose: 'probe', number: 2, cntr: 74, commands: 4 },
    ...{ source_imsi: SOURCE, target_imsi: TARGET, write_cntr: 42 },
  };
  const held = (imsi: string) => toHex(encodeEfImsi(parseImsi(imsi)));
  const answer = (said: string, tar = READ_BACK, cntr = 74): Delivery => ({
    ...{ kind: 'message', source: MSISDN },
    userData: toHex(
      encodeResponsePacket({
        ...{ ...REQUEST.header, tar: parseTar(tar), cntr, keys, status: 'porOk', data: hex(said) },
        spi: spi1619,
      }),
    ),
  });
  const claim = { changeId: CHANGE_ID, cntr: 74, status: 'porOk', statusWord: '9000', purpose: 'probe' } as const;

  test.each([
    ['source', SOURCE],
    ['target', TARGET],
    ['another', '001019999999999'],
  ] as const)(
    'says that the card holds the subscription of the %s, is kept, and stamped with that',
    async (holds, imsi) => {
      const { take, events, updates } = ota({ packets: [probe] });
      await take(answer(`049000${held(imsi)}`));
      expect(events()).toMatchObject([
        { data: { ...claim, holds, authenticated: true, stamp: stampOf(INDEX, { ...claim, holds }) } },
      ]);
      expect(stampOf(INDEX, { ...claim, holds })).not.toBe(stampOf(INDEX, claim));
      expect(updates).toMatchObject([{ parameters: ['porOk', '9000', holds, CHANGE_ID, 'probe', 2, 'porOk'] }]);
    },
  );

  test('that belongs to a reading is kept with what the card holds, and is no event: no change waits for it', async () => {
    const reading = { ...probe, is_reading: true, source_imsi: null, target_imsi: null, write_cntr: null };
    const { take, events, updates } = ota({ packets: [reading] });
    await take(answer(`049000${held(TARGET)}`));
    expect(updates.map(({ parameters }) => parameters)).toEqual([
      [TARGET, CHANGE_ID],
      ['porOk', '9000', null, CHANGE_ID, 'probe', 2, 'porOk'],
    ]);
    expect(events()).toEqual([]);
  });

  test('that belongs to a reading and is not of the application that was asked says nothing', async () => {
    const { take, events, updates } = ota({ packets: [{ ...probe, is_reading: true }] });
    await take(answer(`049000${held(TARGET)}`, 'b00c0a'));
    expect([events(), updates]).toEqual([[], []]);
  });

  test('of a card whose EF.IMSI holds no IMSI says that it is neither of the two', async () => {
    const { take, events } = ota({ packets: [probe] });
    await take(answer(`049000${'ff'.repeat(9)}`));
    expect(events()).toMatchObject([{ data: { holds: 'another' } }]);
  });

  const cpa = (readBack: object) =>
    cardProfiles({
      name: 'profiles.json',
      text: JSON.stringify({ 'cpa-aes': { format: 'cpa', tar: 'b00c0a', spi: '1619', algorithm: 'aes', readBack } }),
    });
  const rfm = () =>
    cardProfiles({
      name: 'profiles.json',
      text: JSON.stringify({
        'cpa-aes': {
          format: 'rfm',
          tar: READ_BACK,
          spi: '1619',
          algorithm: 'aes',
          commands: 'compact',
          files: ['imsi', 'usimAuthKey'],
        },
      }),
    });

  test.each<readonly [string, { readonly packet?: object; readonly profiles?: CardProfiles }]>([
    ['the packet that writes has a higher counter', { packet: { ...probe, write_cntr: 75 } }],
    ['no packet that writes is known', { packet: { ...probe, write_cntr: null } }],
    ['the card counts the two applications apart', { profiles: cpa({ tar: READ_BACK }) }],
  ])(
    'does not call the old IMSI proof that the card is unchanged when %s',
    async (_when, { packet = probe, profiles }) => {
      const { take, events } = ota({ packets: [packet], ...(profiles && { profiles }) });
      await take(answer(`049000${held(SOURCE)}`));
      expect(events()).toMatchObject([{ data: { authenticated: true, statusWord: '9000', purpose: 'probe' } }]);
      expect(events()[0]?.data).not.toHaveProperty('holds');
    },
  );

  test('calls the old IMSI proof where the script begins with EF.IMSI', async () => {
    const { take, events } = ota({ packets: [probe], profiles: rfm() });
    await take(answer(`049000${held(SOURCE)}`));
    expect(events()).toMatchObject([{ data: { holds: 'source' } }]);
  });

  test.each([
    ['was not run as a whole', '036a82'],
    ['was refused the file', '046982'],
    ['brought less than the file', '0490000809'],
    ['brought nothing', '049000'],
  ])('says nothing of what the card holds when the script %s', async (_what, said) => {
    const { take, events } = ota({ packets: [probe] });
    await take(answer(said));
    expect(events()).toMatchObject([{ data: { authenticated: true } }]);
    expect(events()[0]?.data).not.toHaveProperty('holds');
  });

  test('that only announces another answer is told, and not kept as the answer', async () => {
    const { take, events, updates } = ota({ packets: [probe] });
    const announced = encodeResponsePacket({
      ...{ ...REQUEST.header, tar: parseTar(READ_BACK), cntr: 74, keys, status: 'byShortMessage', data: hex('') },
      spi: spi1619,
    });
    await take({ kind: 'message', source: MSISDN, userData: toHex(announced) });
    expect(events()).toMatchObject([{ data: { status: 'byShortMessage', authenticated: true } }]);
    expect(updates).toEqual([]);
  });

  test('is believed only from the application that was asked', async () => {
    const { take, events, updates } = ota({ packets: [probe] });
    await take(answer(`049000${held(TARGET)}`, 'b00c0a'));
    expect(events()).toMatchObject([{ data: { authenticated: false } }]);
    expect(updates).toEqual([]);
  });

  test('reads the last answer of a script in expanded format', async () => {
    const packets = [{ ...probe, profile: 'rfm-aes-expanded' }];
    const { take, events } = ota({ packets });
    await take(answer(`ab1c800104230290002302900023029000230b${held(TARGET)}9000`, 'b20111'));
    expect(events()).toMatchObject([{ data: { holds: 'target' } }]);
  });
});
