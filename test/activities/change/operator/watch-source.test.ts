import type { ProvisioningClient } from '../../../../adapters/provisioning/provisioning-client.ts';
import { operatorActivities } from '../../../../activities/change/operator/index.ts';
import type { Vault } from '../../../../adapters/vault/vault.ts';
import { parseIccid } from '../../../../telecom/identifiers/iccid.ts';
import { parseImsi } from '../../../../telecom/identifiers/imsi.ts';
import { failure } from '../../../../workflows/shared/failures.ts';
import type { OldSubscriber } from '../../../../workflows/change/ports.ts';
import { scriptedDatabase } from '../../../support/scripted-database.ts';

const SENT_AT = new Date('2026-01-31T10:00:00.000Z');
const STEP = {
  ...{ changeId: '019376a4-0000-7000-8000-000000000001', sequence: 6, imsi: parseImsi('001010000000001') },
  iccid: parseIccid('8999901000000000013'),
};
const SERVED: OldSubscriber = { standing: 'served' };
const MISSING: OldSubscriber = { standing: 'missing' };
const FAILING: OldSubscriber = { standing: 'served', failsToAuthenticate: true };

interface Case {
  /** What the gateway answers, or null where it says that the HLR does not know the subscriber. */
  readonly found?: object | null;
  readonly told?: OldSubscriber;
  readonly refused?: Error;
  /** The change still waits for its card. */
  readonly awaited?: boolean;
}

function watch({ found = { state: 'active' }, told = SERVED, refused, awaited = true }: Case) {
  const asked: string[] = [];
  const gateway = {
    findSubscriber: (imsi: string) => {
      asked.push(imsi);
      return refused === undefined ? Promise.resolve(found) : Promise.reject(refused);
    },
  } as unknown as ProvisioningClient;
  const statements: string[] = [];
  const database = scriptedDatabase((statement) => {
    statements.push(statement);
    return awaited ? [{ sentAt: SENT_AT }] : [];
  });
  const vault = {} as unknown as Vault;
  const activities = operatorActivities({ operator: 'operator-1', gateway, database, vault });
  return { answer: activities.watchSource({ ...STEP, told }), asked, statements };
}

const authentication = (outcome: 'seen' | 'failed', secondsAfter: number) => ({
  state: 'active',
  authentication: { at: new Date(SENT_AT.getTime() + secondsAfter * 1_000).toISOString(), outcome },
});

test.each<[says: string, standing: OldSubscriber['standing'], found: object | null]>([
  ['barred', 'barred', { state: 'barred' }],
  ['quarantined', 'barred', { state: 'quarantined' }],
  ['deleted', 'missing', { state: 'deleted' }],
  ['that it does not know it', 'missing', null],
])('a source that says %s tells that the old subscriber is %s', async (_says, standing, found) => {
  await expect(watch({ found }).answer).resolves.toEqual({ standing });
});

test.each([
  ['as before', { state: 'active' }, SERVED],
  ['as before, where it was never used', { state: 'reserved' }, SERVED],
  ['missing still', null, MISSING],
  ['in a word that is not agreed', { state: 'suspended' }, SERVED],
  ['in a word that is not agreed, of one that was missing', { state: 'suspended' }, MISSING],
  ['failing still', authentication('failed', 301), FAILING],
  ['failing for longer than this change', authentication('failed', 299), SERVED],
  ['seen, as always', authentication('seen', 600), SERVED],
])('a source that has the old subscriber %s is asked again', async (_how, found, told) => {
  const { answer, asked } = watch({ found, told });
  await expect(answer).rejects.toMatchObject({ type: 'ATTACH_NOT_SEEN', category: 'BENIGN', nonRetryable: false });
  expect(asked).toEqual([STEP.imsi]);
});

test('a source that has the old subscriber again says so', async () => {
  await expect(watch({ told: MISSING }).answer).resolves.toEqual(SERVED);
});

test('a failed authentication counts once no clock can be to blame that it was before the packet left', async () => {
  await expect(watch({ found: authentication('failed', 301) }).answer).resolves.toEqual(FAILING);
});

test('only an authentication that succeeds takes back that one has failed, not an HLR that forgot', async () => {
  await expect(watch({ found: authentication('seen', 900), told: FAILING }).answer).resolves.toEqual(SERVED);
  await expect(watch({ found: { state: 'active' }, told: FAILING }).answer).rejects.toMatchObject({
    type: 'ATTACH_NOT_SEEN',
  });
});

test('once the card has attached, or the source was asked to let go, it is not asked any more', async () => {
  const { answer, asked, statements } = watch({ awaited: false, found: null });
  await expect(answer).resolves.toBeNull();
  expect(asked).toEqual([]);
  expect(statements.join()).toMatch(/state <> 'active' and reservation.release_asked_at is null/);
});

test.each([
  ['is away', failure('HLR_UNREACHABLE', 'away')],
  ['may not be asked', failure('HLR_REFUSED', 'operator-1 refused GET: status 403')],
  ['has no such route', failure('HLR_REFUSED', 'operator-1 refused GET: status 404')],
])('a gateway that %s proves nothing, and is asked again', async (_how, refused) => {
  await expect(watch({ refused }).answer).rejects.toMatchObject({ type: refused.type, nonRetryable: false });
});
