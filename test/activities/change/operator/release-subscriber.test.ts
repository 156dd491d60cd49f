import type { ProvisioningClient } from '../../../../adapters/provisioning/provisioning-client.ts';
import { operatorActivities } from '../../../../activities/change/operator/index.ts';
import type { Vault } from '../../../../adapters/vault/vault.ts';
import { parseIccid } from '../../../../telecom/identifiers/iccid.ts';
import { parseImsi } from '../../../../telecom/identifiers/imsi.ts';
import { failure } from '../../../../workflows/shared/failures.ts';
import type { Release } from '../../../../workflows/change/ports.ts';
import { scriptedDatabase } from '../../../support/scripted-database.ts';

const IMEI = '001010010000014';
const OTHER_IMEI = '001010010000022';
const OLD_IMSI = parseImsi('001010000000001');
const REGISTERED_AT = '2026-01-30T10:00:00.000Z';
const RELEASE: Release = {
  ...{ changeId: '019376a4-0000-7000-8000-000000000001', sequence: 7, iccid: parseIccid('8999901000000000013') },
  ...{ imsi: OLD_IMSI, attachedAt: '2026-01-31T10:00:00.000Z', imei: IMEI },
};

interface Case {
  /** IMEI of the old subscription's last registration at the source; null: that HLR does not know it; undefined: never registered. */
  readonly before: string | null | undefined;
  readonly release?: Partial<Release>;
  readonly barred?: () => Promise<'done' | 'unknown'>;
  /** When the old subscription registered last at the source; as a rule before the attach at the target. */
  readonly registeredAt?: string;
  /** What earlier requests of the change have noted, and what its timeline says of its attach. */
  readonly earlier?: {
    readonly deletionAsked?: true;
    readonly registeredAt?: Date;
    readonly imei?: string;
    readonly attachedAt?: Date;
    readonly attachAccepted?: true;
  };
  /** The same, once the source has been asked to bar. */
  readonly later?: Case['earlier'];
}

/** Has operator-1 let go of a card that attached at the target; resolves to what was done, noted and recorded. */
async function release({
  before,
  registeredAt = REGISTERED_AT,
  release: given = {},
  barred = () => Promise.resolve('done'),
  earlier,
  later = earlier,
}: Case) {
  const done: string[] = [];
  const gateway = {
    findSubscriber: () => {
      done.push('ask');
      return Promise.resolve({ locationUpdate: before === undefined ? null : { at: registeredAt, imei: before } });
    },
    bar: () => {
      done.push('bar');
      return barred();
    },
    remove: () => {
      done.push('remove');
      return Promise.resolve('done');
    },
  } as unknown as ProvisioningClient;
  const noted: (readonly unknown[])[] = [];
  const database = scriptedDatabase((statement, parameters) => {
    if (statement.includes('insert into release_requests')) noted.push(parameters);
    return statement.includes('"deletionAsked"') ? [{ ...(done.includes('bar') ? later : earlier) }] : [];
  });
  const activities = operatorActivities({ operator: 'operator-1', gateway, database, vault: {} as unknown as Vault });
  const failed: unknown = await activities.releaseSubscriber({ ...RELEASE, ...given }).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  return { done, failed, noted };
}

const BARE = `operator-1 barred and deleted IMSI ${OLD_IMSI}`;

test.each<[what: string, one: Case, said: { readonly cause: string; readonly sameDevice?: boolean }]>([
  [
    'the same device',
    { before: IMEI },
    { cause: `${BARE}; the card attached in the same device as before, IMEI ${IMEI}`, sameDevice: true },
  ],
  [
    'another device',
    { before: OTHER_IMEI },
    {
      cause: `${BARE}; the card attached in another device than before: IMEI ${IMEI}, and at operator-1 IMEI ${OTHER_IMEI}`,
      sameDevice: false,
    },
  ],
  ['a device that the source does not know', { before: null }, { cause: BARE }],
  ['a device that the target does not know', { before: IMEI, release: { imei: undefined as never } }, { cause: BARE }],
  ['a device, and was in none before', { before: undefined }, { cause: BARE }],
])('a card that attached in %s is released, and that is said', async (_what, one, { cause, sameDevice }) => {
  const { done, failed, noted } = await release(one);
  expect({ done, failed }).toEqual({ done: ['ask', 'bar', 'remove'], failed: undefined });
  expect(noted).toHaveLength(1);
  expect(noted[0]).toContain(cause);
  const data = noted[0]?.find((value) => typeof value === 'string' && value.startsWith('{'));
  expect((JSON.parse(String(data)) as { sameDevice?: boolean }).sameDevice).toBe(sameDevice);
});

test('a card that has to stay in its device and attached in another is not barred, and both devices are named', async () => {
  const { done, failed, noted } = await release({ before: OTHER_IMEI, release: { sameDevice: 'required' } });
  expect(done).toEqual(['ask']);
  expect(failed).toMatchObject({
    ...{ type: 'OTHER_DEVICE', nonRetryable: true },
    message: expect.stringMatching(new RegExp(`${IMEI}.*${OTHER_IMEI}`)) as string,
  });
  expect(noted).toHaveLength(1);
  expect(noted[0]).toContain('OTHER_DEVICE');
});

test.each([IMEI, null, undefined])(
  'a card that has to stay in its device is released unless it is known to be in another (before: %s)',
  async (before) => {
    const { done, failed } = await release({ before, release: { sameDevice: 'required' } });
    expect({ done, failed }).toEqual({ done: ['ask', 'bar', 'remove'], failed: undefined });
  },
);

test('a refusal is noted with its code and words, and is still the failure', async () => {
  const barred = () => Promise.reject(failure('RELEASE_REFUSED', 'operator-1 refused: a debt'));
  const { failed, noted } = await release({ before: IMEI, barred });
  expect(failed).toMatchObject({ type: 'RELEASE_REFUSED', message: 'operator-1 refused: a debt' });
  expect(noted).toHaveLength(1);
  expect(noted[0]).toEqual(
    expect.arrayContaining(['RELEASE_REFUSED', 'operator-1 refused: a debt', REGISTERED_AT, IMEI]),
  );
});

test('a release whose answer was lost says of the device what was known before the old subscriber was gone', async () => {
  const { done, failed, noted } = await release({
    ...{ before: OTHER_IMEI, barred: () => Promise.resolve('unknown') },
    earlier: { deletionAsked: true, registeredAt: new Date(REGISTERED_AT), imei: IMEI },
  });
  expect({ done, failed }).toEqual({ done: ['bar'], failed: undefined });
  expect(noted[0]).toContain(`${BARE}; the card attached in the same device as before, IMEI ${IMEI}`);
});

test('a release that an earlier attempt overtook, which nobody waits for any more, is done and not missing', async () => {
  const { done, failed } = await release({
    ...{ before: IMEI, barred: () => Promise.resolve('unknown') },
    later: { deletionAsked: true, registeredAt: new Date(REGISTERED_AT), imei: IMEI },
  });
  expect({ done, failed }).toEqual({ done: ['ask', 'bar'], failed: undefined });
});

describe('an old IMSI that registered half an hour after the card had attached', () => {
  const half = { before: IMEI, registeredAt: '2026-01-31T10:30:00.000Z' } as const;
  /** What a workflow that was resumed hears: by now the card has made a periodic update at the target. */
  const resumed = { ...half, release: { attachedAt: '2026-01-31T11:00:00.000Z' } } as const;
  const attachedAt = new Date('2026-01-31T10:00:00.000Z');

  test.each<[what: string, one: Case]>([
    ['and nothing else is known', half],
    ['and the card has made a periodic update since', { ...resumed, earlier: { attachedAt } }],
  ])('is not barred: there are two cards, %s', async (_what, one) => {
    const { done, failed } = await release(one);
    expect(done).toEqual(['ask']);
    expect(failed).toMatchObject({
      type: 'BOTH_ATTACHED',
      message: expect.stringContaining('at its target at 2026-01-31T10:00:00.000Z') as string,
    });
  });

  test('is barred once two persons have said that the card is at the target, also by a workflow that was resumed', async () => {
    const { done, failed } = await release({ ...resumed, earlier: { attachedAt, attachAccepted: true } });
    expect({ done, failed }).toEqual({ done: ['bar', 'remove'], failed: undefined });
  });

  test('is barred if it registered before the first attach that is on record', async () => {
    const { failed } = await release({ ...resumed, earlier: { attachedAt: new Date('2026-01-31T10:40:00.000Z') } });
    expect(failed).toBeUndefined();
  });
});
