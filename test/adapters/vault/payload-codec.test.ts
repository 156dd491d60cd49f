import { defaultPayloadConverter, type Payload, type SerializationContext } from '@temporalio/common';
import fc from 'fast-check';
import { SealingCodec, isSealed, type PayloadEncryption } from '../../../adapters/vault/payload-codec.ts';
import type { PayloadKey, PayloadKeys } from '../../../adapters/vault/payload-keys.ts';
import { freshPayloadKey } from '../../support/payload-key.ts';

const OURS = 'subscription-change/5d41402abc4b2a76b9719d911017c592';
const ofWorkflow = (workflowId: string, namespace = 'default'): SerializationContext => ({
  ...{ type: 'workflow', namespace, workflowId },
});
const ofActivity = (workflowId: string): SerializationContext => ({
  ...{ type: 'activity', namespace: 'default', workflowId, activityId: '7', isLocal: false },
});

const FIRST = freshPayloadKey('2026-11');
const codecWith = (encryption: PayloadEncryption, ...keys: PayloadKey[]): SealingCodec =>
  new SealingCodec({ keys: keys as unknown as PayloadKeys, namespace: 'default', encryption });
const codec = codecWith('required', FIRST);

const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const valueOf = (payload: Payload | undefined): unknown => payload && defaultPayloadConverter.fromPayload(payload);

async function sealed(value: unknown, context?: SerializationContext, by = codec): Promise<Payload> {
  const [payload] = await by.encode([payloadOf(value)], context);
  if (payload === undefined) throw new Error('the codec has lost a payload');
  return payload;
}

describe('a payload', () => {
  test('comes back as it was, whatever it holds, metadata included', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.string(), fc.uint8Array({ maxLength: 40 })),
        fc.uint8Array({ maxLength: 5_000 }),
        async (metadata, data) => {
          const [back] = await codec.decode(
            await codec.encode([{ metadata, data }], ofWorkflow(OURS)),
            ofWorkflow(OURS),
          );
          expect(Object.entries(back?.metadata ?? {}).map(([name, value]) => [name, [...value]])).toEqual(
            Object.entries(metadata).map(([name, value]) => [name, [...value]]),
          );
          expect([...(back?.data ?? [])]).toEqual([...data]);
        },
      ),
    );
  });

  test('of nothing at all comes back as nothing', async () => {
    expect(valueOf((await codec.decode([await sealed(undefined, ofWorkflow(OURS))], ofWorkflow(OURS)))[0])).toBe(
      undefined,
    );
  });

  test('shows its key and its workflow, and nothing else of what it holds', async () => {
    const { metadata, data } = await sealed({ iccid: '8999901000000000013' }, ofWorkflow(OURS));
    const texts = Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString()]);
    expect(Object.fromEntries(texts)).toEqual({
      ...{ encoding: 'binary/encrypted', 'encryption-key-id': '2026-11', 'workflow-id': OURS },
    });
    expect(Buffer.from(data ?? []).includes('8999901000000000013')).toBe(false);
  });

  test('is never sealed to the same octets twice, so that equal values do not show', async () => {
    const [one, two] = [await sealed('same', ofWorkflow(OURS)), await sealed('same', ofWorkflow(OURS))];
    expect(one.data).not.toEqual(two.data);
  });

  test('that an activity gives opens in its workflow, and the other way', async () => {
    expect(valueOf((await codec.decode([await sealed(1, ofActivity(OURS))], ofWorkflow(OURS)))[0])).toBe(1);
    expect(valueOf((await codec.decode([await sealed(2, ofWorkflow(OURS))], ofActivity(OURS)))[0])).toBe(2);
  });
});

test('what a workflow of a schedule has answered opens in the next one of it, and in that of no other', async () => {
  const answer = await sealed(7, ofWorkflow('queue/reconciliation-2026-11-29T00:00:00Z'));
  const next = ofWorkflow('queue/reconciliation-2026-11-30T00:00:00Z');
  expect(valueOf((await codec.decode([answer], next))[0])).toBe(7);
  await expect(codec.decode([answer], ofWorkflow('other/reconciliation-2026-11-30T00:00:00Z'))).rejects.toThrow(
    'does not open',
  );
});

test('only the workflows of the reconciliation are one place: any other id is whole, whatever it ends with', async () => {
  const moved = ofWorkflow(`${OURS}-2026-01-01T00:00:00Z`);
  await expect(codec.decode([await sealed(7, ofWorkflow(OURS))], moved)).rejects.toThrow('does not open');
});

describe('a payload does not open, and says why', () => {
  const opening = (payload: Payload, context?: SerializationContext, by = codec) => by.decode([payload], context);

  test('in another workflow, so that it can’t be moved there', async () => {
    await expect(opening(await sealed(1, ofWorkflow(OURS)), ofWorkflow('another'))).rejects.toThrow(
      /of workflow another in namespace default does not open: its key 2026-11, its namespace, its workflow or its octets/,
    );
  });

  test('in another namespace', async () => {
    await expect(opening(await sealed(1, ofWorkflow(OURS)), ofWorkflow(OURS, 'other'))).rejects.toThrow(
      'in namespace other does not open',
    );
  });

  test('when its label names the workflow it was moved to', async () => {
    const moved = await sealed(1, ofWorkflow(OURS));
    const metadata = { ...moved.metadata, 'workflow-id': Buffer.from('another') };
    await expect(opening({ ...moved, metadata }, ofWorkflow('another'))).rejects.toThrow('does not open');
    expect(() => codec.show({ ...moved, metadata })).toThrow('does not open');
  });

  test('when nobody says whose it is', async () => {
    await expect(opening(await sealed(1, ofWorkflow(OURS)))).rejects.toThrow('a payload of no workflow');
  });

  test('as one of a workflow, when it was nobody’s', async () => {
    await expect(opening(await sealed(1), ofWorkflow(OURS))).rejects.toThrow('does not open');
  });

  test('under another key of the same name', async () => {
    const other = codecWith('required', freshPayloadKey(FIRST.id));
    await expect(opening(await sealed(1, ofWorkflow(OURS)), ofWorkflow(OURS), other)).rejects.toThrow(
      'compare PAYLOAD_KEYS_FILE with that of the other machines',
    );
  });

  test('under a key that is not in the file: that key is named', async () => {
    const other = codecWith('required', freshPayloadKey('2026-12'));
    await expect(opening(await sealed(1, ofWorkflow(OURS)), ofWorkflow(OURS), other)).rejects.toThrow(
      'it was sealed under the key "2026-11", which this process does not have; nothing was done with it: put that key back',
    );
  });

  test('with any single bit of it altered', async () => {
    const { metadata, data } = await sealed('octets', ofWorkflow(OURS));
    const octets = Buffer.from(data ?? []);
    for (let bit = 0; bit < octets.length * 8; bit += 1) {
      const altered = Buffer.from(octets);
      altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      await expect(opening({ metadata: metadata ?? {}, data: altered }, ofWorkflow(OURS))).rejects.toThrow(
        'does not open',
      );
    }
  });

  test('cut short at any octet', async () => {
    const { metadata, data } = await sealed('octets', ofWorkflow(OURS));
    for (let length = 0; length < (data?.length ?? 0); length += 1) {
      const cut = { metadata: metadata ?? {}, data: data?.subarray(0, length) ?? new Uint8Array() };
      await expect(opening(cut, ofWorkflow(OURS))).rejects.toThrow('does not open');
    }
  });

  test('when it is in the clear, unless that is tolerated', async () => {
    const clear = payloadOf('forged');
    await expect(opening(clear, ofWorkflow(OURS))).rejects.toThrow(
      'it is in the clear; nothing was done with it: if it was written before payloads were sealed, set PAYLOAD_ENCRYPTION to tolerant',
    );
    for (const encryption of ['tolerant', 'off'] as const)
      expect(await opening(clear, ofWorkflow(OURS), codecWith(encryption, FIRST))).toEqual([clear]);
  });

  test('and what the Temporal server says itself of an activity that was cancelled is all that passes in the clear', async () => {
    const text = 'ACTIVITY_ID_NOT_STARTED';
    expect(await opening(payloadOf(text), ofWorkflow(OURS))).toEqual([payloadOf(text)]);
    for (const value of ['ACTIVITY_ID_NOT_STARTED ', { text: 'ACTIVITY_ID_NOT_STARTED' }, undefined, ''])
      await expect(opening(payloadOf(value), ofWorkflow(OURS))).rejects.toThrow('it is in the clear');
  });

  test('and the message holds no key and nothing of its content', async () => {
    const message = await opening(await sealed('8999901000000000013', ofWorkflow(OURS)), ofWorkflow('another')).then(
      () => 'it opened',
      (cause: unknown) => String(cause),
    );
    expect(message).toContain('does not open');
    expect(message).not.toContain('8999901000000000013');
    expect(message).not.toContain(Buffer.from(FIRST.key.reveal()).toString('hex'));
  });
});

describe('keys in turn', () => {
  const next = freshPayloadKey('2026-12');
  const both = codecWith('required', next, FIRST);

  test('the first seals, and all of them open', async () => {
    const old = await sealed('old', ofWorkflow(OURS));
    const fresh = await sealed('fresh', ofWorkflow(OURS), both);
    expect(Buffer.from(fresh.metadata?.['encryption-key-id'] ?? []).toString()).toBe('2026-12');
    expect((await both.decode([old, fresh], ofWorkflow(OURS))).map(valueOf)).toEqual(['old', 'fresh']);
  });

  test('a process that has a new key second reads what others seal under it already', async () => {
    const ahead = codecWith('required', FIRST, next);
    expect(valueOf((await ahead.decode([await sealed(1, ofWorkflow(OURS), both)], ofWorkflow(OURS)))[0])).toBe(1);
  });

  test('`off` seals nothing, and still opens what was sealed', async () => {
    const off = codecWith('off', FIRST);
    expect(isSealed(await sealed('clear', ofWorkflow(OURS), off))).toBe(false);
    expect(valueOf((await off.decode([await sealed(1, ofWorkflow(OURS))], ofWorkflow(OURS)))[0])).toBe(1);
  });

  test('`tolerant` seals everything', async () => {
    expect(isSealed(await sealed(1, ofWorkflow(OURS), codecWith('tolerant', FIRST)))).toBe(true);
  });
});

describe('shown to a person', () => {
  test('a payload opens at the place that it names', async () => {
    expect(valueOf(codec.show(await sealed('text', ofWorkflow(OURS))))).toBe('text');
    expect(valueOf(codec.show(await sealed('nobody’s')))).toBe('nobody’s');
  });

  test('one that was never sealed passes as it is', () => {
    const clear = payloadOf('of Temporal itself');
    expect(codec.show(clear)).toBe(clear);
  });

  test('one of another namespace does not open', async () => {
    const payload = await sealed(1, ofWorkflow(OURS, 'other'));
    expect(() => codec.show(payload)).toThrow('does not open');
    expect(valueOf(codec.show(payload, 'other'))).toBe(1);
  });
});
