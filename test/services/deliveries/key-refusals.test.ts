import type { Delivery } from '../../../adapters/smsc/protocol.ts';
import { toHex } from '../../../telecom/octets/hex.ts';
import { encodeResponsePacket } from '../../../telecom/ota/response-packet.ts';
import type { ResponseStatus } from '../../../telecom/ota/response-status.ts';
import { CARD, CHANGE_ID, ICCID, MSISDN, REQUEST, playedOta as ota } from '../../support/played-ota.ts';
import { hex, keys, spi1619 } from '../../telecom/ota/packets.ts';
import { parseTar } from '../../../telecom/identifiers/tar.ts';

describe('a card that says it can not read a packet with its keys', () => {
  const packet = { ...CARD, change_id: CHANGE_ID, purpose: 'write', number: 1, cntr: 42, commands: 1 };
  const answer = (status: ResponseStatus, { signed = false, cntr = 42 } = {}): Delivery => ({
    ...{ kind: 'message', source: MSISDN },
    userData: toHex(
      encodeResponsePacket({
        ...{ ...REQUEST.header, tar: parseTar('b00c0a'), cntr, keys, status, data: hex('') },
        spi: signed ? spi1619 : { ...spi1619, porIntegrity: 'none', porCiphered: false },
      }),
    ),
  });

  test.each([
    ['integrityFailed', false],
    ['integrityFailed', true],
    ['cipheringError', false],
    ['cipheringError', true],
    ['securityError', false],
    ['securityError', true],
  ] as const)('%s, signed: %s: it is noted with its packet, and calls somebody', async (status, signed) => {
    const { take, updates, called, logged } = ota({ packets: [packet], keyRefusals: 9 });
    await take(answer(status, { signed }));
    const noted = updates.filter(({ statement }) => statement.includes('key_refusal is null'));
    expect(noted).toMatchObject([{ parameters: [status, CHANGE_ID, 'write', 1, status] }]);
    expect(called).toEqual(['CARD_KEYS_DIFFER']);
    expect(logged).toEqual([
      expect.stringMatching(new RegExp(`^error: a card answers through smsc-1 .*${ICCID}: compare kvn`)),
    ]);
  });

  test('under a counter that no packet has, which it could not read either, speaks of the newest', async () => {
    const { take, updates, called } = ota({ packets: [packet, { ...packet, cntr: 41 }], keyRefusals: 9 });
    await take(answer('cipheringError', { cntr: 0 }));
    expect(updates).toMatchObject([{ parameters: ['cipheringError', CHANGE_ID, 'write', 1, 'cipheringError'] }]);
    expect(called).toHaveLength(1);
  });

  test('while it is asked what it holds, and is not being changed, calls somebody as well', async () => {
    const { take, called } = ota({ packets: [{ ...packet, purpose: 'probe', is_reading: true }], keyRefusals: 9 });
    await take(answer('integrityFailed'));
    expect(called).toEqual(['CARD_KEYS_DIFFER']);
  });

  test('without a signature is told as before, and believed by nobody', async () => {
    const { take, events } = ota({ packets: [packet], keyRefusals: 9 });
    await take(answer('integrityFailed'));
    expect(events()).toMatchObject([{ data: { authenticated: false, status: 'integrityFailed' } }]);
    expect(events()[0]?.data).not.toHaveProperty('stamp');
  });

  test('again, of the same packet, calls nobody', async () => {
    const { take, called } = ota({ packets: [packet] });
    await take(answer('integrityFailed'));
    expect(called).toEqual([]);
  });

  test('calls once in ten minutes, with the number of the cards, however many there are', async () => {
    const rests: (() => void)[] = [];
    const { take, logged } = ota({
      ...{ packets: [packet], keyRefusals: 1_000 },
      later: (action, milliseconds) => {
        expect(milliseconds).toBe(600_000);
        rests.push(action);
      },
    });
    for (let each = 0; each < 100; each += 1) await take(answer('integrityFailed'));
    expect(logged).toHaveLength(1);
    rests[0]?.();
    expect(logged).toHaveLength(2);
  });

  test.each(['porOk', 'cntrLow', 'memoryFull', 'tarUnknown'] as const)(
    '%s says nothing of the keys',
    async (status) => {
      const { take, called, updates } = ota({ packets: [packet], keyRefusals: 9 });
      await take(answer(status));
      expect([called, updates]).toEqual([[], []]);
    },
  );
});
