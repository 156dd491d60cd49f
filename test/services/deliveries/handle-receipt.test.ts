import type { Delivery } from '../../../adapters/smsc/protocol.ts';
import { DELIVERY_FAILED, DELIVERY_RECEIPT } from '../../../services/events/cloud-event.ts';
import { failureStampOf } from '../../../services/events/proof-stamp.ts';
import type { MessageState } from '../../../telecom/smpp/delivery-receipt.ts';
import { CHANGE_ID, ICCID, INDEX, MSISDN, playedOta as ota } from '../../support/played-ota.ts';

describe('a receipt', () => {
  const sent = (messageIds: readonly string[]) => ({
    ...{ changeId: CHANGE_ID, purpose: 'write', number: 1, iccid: ICCID, newest: 1, answered: false },
    submissions: [{ submission: 1, messageIds }],
  });
  const receipt = (messageId: string, state: MessageState = 'delivered'): Delivery => ({
    ...{ kind: 'receipt', messageId, destination: MSISDN, state },
  });
  const twice = {
    ...sent([]),
    newest: 2,
    submissions: [{ submission: 2, messageIds: ['8'] }, ...sent(['7']).submissions],
  };

  test.each(['expired', 'undeliverable', 'rejected', 'deleted'] as const)(
    'that says %s of the subscription’s packet tells that its submission has failed, with a stamp',
    async (state) => {
      const { take, events } = ota({ sent: [sent(['7'])] });
      await take(receipt('7', state));
      const claim = { changeId: CHANGE_ID, submission: 1 };
      expect(events()).toMatchObject([
        { type: DELIVERY_RECEIPT },
        {
          ...{ topic: 'device.events', type: DELIVERY_FAILED, id: `${CHANGE_ID}/delivery-failed/1` },
          data: { ...claim, iccid: ICCID, messageId: '7', state, stamp: failureStampOf(INDEX, claim) },
        },
      ]);
    },
  );

  test('of one segment that is given up, while the others arrive, tells that the submission of all of them has failed', async () => {
    const { take, events } = ota({ sent: [sent(['7', '8', '9'])] });
    await take(receipt('7'));
    await take(receipt('9'));
    expect(events()).toMatchObject([{ type: DELIVERY_RECEIPT }, { type: DELIVERY_RECEIPT }]);
    await take(receipt('8', 'expired'));
    expect(events().slice(2)).toMatchObject([
      { type: DELIVERY_RECEIPT },
      { type: DELIVERY_FAILED, data: { submission: 1 } },
    ]);
  });

  test('of the second submission tells that this one has failed', async () => {
    const { take, events } = ota({ sent: [twice] });
    await take(receipt('8', 'expired'));
    expect(events()).toMatchObject([{ type: DELIVERY_RECEIPT }, { data: { submission: 2 } }]);
  });

  test.each<readonly [string, object, Delivery]>([
    ['of a submission before the last', twice, receipt('7', 'expired')],
    [
      'of an unknown one of several',
      { ...twice, submissions: [twice.submissions[0], { submission: 1, messageIds: [] }] },
      receipt('9', 'expired'),
    ],
    ['of the question about the admin code', { ...sent(['7']), purpose: 'check' }, receipt('7', 'expired')],
    ['of a probe', { ...sent(['7']), purpose: 'probe' }, receipt('7', 'expired')],
    ['of a packet that the card has answered', { ...sent(['7']), answered: true }, receipt('7', 'undeliverable')],
    ['that the device has the packet', sent(['7']), receipt('7', 'delivered')],
    ['that the SMSC does not know', sent(['7']), receipt('7', 'unknown')],
    ['that somebody else has read it', sent(['7']), receipt('7', 'accepted')],
  ])('%s is noted, and tells of no failure', async (_what, packet, given) => {
    const { take, events, updates } = ota({ sent: [packet] });
    await take(given);
    expect(updates).toHaveLength(1);
    expect(events()).toMatchObject([{ type: DELIVERY_RECEIPT }]);
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

  test.each(['delivered', 'expired', 'enroute', 'accepted', 'unknown'] as const)(
    'that says %s outdoes what was said before only if that is final',
    async (state) => {
      const { take, updates } = ota({ sent: [sent(['7'])] });
      await take(receipt('7', state));
      const [, first] = /receipts = (receipts )?/.exec(updates[0]?.statement ?? '') ?? [];
      expect(first !== undefined).toBe(state === 'delivered' || state === 'expired');
    },
  );

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
