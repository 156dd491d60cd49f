import type { ProvisioningClient } from '../../../../adapters/provisioning/provisioning-client.ts';
import { operatorActivities } from '../../../../activities/change/operator/index.ts';
import type { Vault } from '../../../../adapters/vault/vault.ts';
import { parseIccid } from '../../../../telecom/identifiers/iccid.ts';
import { scriptedDatabase } from '../../../support/scripted-database.ts';

const IMSI = '001029000000001';
const SENT_AT = new Date('2026-01-31T10:00:00.000Z');
const STEP = {
  ...{ changeId: '019376a4-0000-7000-8000-000000000001', sequence: 6 },
  iccid: parseIccid('8999901000000000013'),
};

interface Answer {
  readonly status: string | null;
  readonly statusWord: string | null;
  /** Of the reservation. */
  readonly state?: string;
}

const TAKEN: Answer = { status: 'porOk', statusWord: '9000' };

/** Asks the HLR of the target, where the subscriber registered so long after the packet left, or never. */
async function confirm(
  registeredAfterSeconds: number | undefined,
  answer: Answer = TAKEN,
  { hold, ...traces }: { readonly hold?: { readonly after?: string } } & object = {},
) {
  const renewed: string[] = [];
  const recorded: string[] = [];
  const locationUpdate =
    registeredAfterSeconds === undefined
      ? null
      : { at: new Date(SENT_AT.getTime() + registeredAfterSeconds * 1_000).toISOString(), imei: null };
  const gateway = {
    subscriber: () =>
      Promise.resolve({ state: 'active', attached: locationUpdate !== null, locationUpdate, ...traces }),
    renew: (changeId: string) => {
      renewed.push(changeId);
      return Promise.resolve({ leaseUntil: null });
    },
  } as unknown as ProvisioningClient;
  const database = scriptedDatabase((statement, parameters) => {
    if (statement.includes('from reservations'))
      return [{ imsi: IMSI, msisdn: '491700000001', sentAt: SENT_AT, ...answer }];
    recorded.push(...parameters.filter((one) => typeof one === 'string'));
    return [];
  });
  const vault = {} as unknown as Vault;
  const activities = operatorActivities({ operator: 'operator-2', gateway, database, vault });
  const step = { ...STEP, ...(hold && { hold }) };
  return { answer: await activities.confirmAttach(step), renewed, recorded, activities };
}

test('a registration counts although the clock of the HLR is five minutes behind ours', async () => {
  expect((await confirm(-299)).answer).toMatchObject({ attached: true, imsi: IMSI });
});

test('a registration from before that is somebody else’s', async () => {
  expect((await confirm(-301)).answer).toMatchObject({ attached: false });
});

test.each([undefined, -301])(
  'while the card has not attached, what is reserved for it is kept from running out (registered %s s after)',
  async (registered) => {
    expect((await confirm(registered)).renewed).toEqual([STEP.changeId]);
  },
);

test('what a card has attached with is renewed no more', async () => {
  expect((await confirm(10)).renewed).toEqual([]);
});

const told = (recorded: readonly string[]) => recorded.filter((text) => text.includes('no proof of receipt had come'));

test.each<[what: string, answer: Answer]>([
  ['nothing was heard', { status: null, statusWord: null }],
  ['a copy of the packet was refused', { status: 'cntrLow', statusWord: null }],
  ['an answer was only announced', { status: 'byShortMessage', statusWord: null }],
  ['the command failed', { status: 'porOk', statusWord: '6f00' }],
  ['no status word came', { status: 'porOk', statusWord: null }],
])('an attach of a card of which %s is recorded as one without a proof of receipt', async (_what, answer) => {
  expect(told((await confirm(10, answer)).recorded)).toHaveLength(1);
});

test.each(['9000', '910a'])('an attach of a card that answered %s is recorded as proven', async (statusWord) => {
  expect(told((await confirm(10, { status: 'porOk', statusWord })).recorded)).toEqual([]);
});

const refusedAfter = (seconds: number) => ({
  refusal: { at: new Date(SENT_AT.getTime() + seconds * 1_000).toISOString(), cause: 'roamingNotAllowed' },
});

test.each([
  [-301, 'somebody else’s', {}],
  [-299, 'of this card', { refusal: { cause: 'roamingNotAllowed' } }],
  [60, 'of this card', { refusal: { cause: 'roamingNotAllowed' } }],
])('a refusal from %s is %s', async (seconds, _whose, told) => {
  expect((await confirm(undefined, TAKEN, refusedAfter(seconds))).answer).toEqual({ attached: false, ...told });
});

test('a refusal from before the card registered after all says nothing any more', async () => {
  expect((await confirm(10, TAKEN, refusedAfter(5))).answer).not.toHaveProperty('refusal');
});

test('the watch ends with a refusal that is news, and goes on with one that is known', async () => {
  const { activities } = await confirm(undefined, TAKEN, refusedAfter(60));
  const watch = { ...STEP, tornIsNews: true, lapseIsNews: true };
  await expect(activities.watchAttach({ ...watch, refusalIsNews: true })).resolves.toBeUndefined();
  await expect(activities.watchAttach({ ...watch, refusalIsNews: false })).rejects.toMatchObject({
    type: 'ATTACH_NOT_SEEN',
  });
});

describe('of a card that was torn', () => {
  const at = (seconds: number) => new Date(SENT_AT.getTime() + seconds * 1_000).toISOString();

  test.each([
    ['that is not proven yet', {}],
    ['from before the card had proven itself', { after: at(20) }],
    ['which the HLR had when the card had proven itself', { after: at(10) }],
  ])('an attach %s is only told: nothing is recorded, and what is reserved is kept', async (_what, hold) => {
    const { answer, renewed, recorded } = await confirm(10, TAKEN, { hold });
    expect(answer).toEqual({ attached: true, imsi: IMSI, at: at(10), held: true });
    expect(recorded).toEqual([]);
    expect(renewed).toEqual([STEP.changeId]);
  });

  test('a later attach counts as any does, however the HLR writes its time', async () => {
    const after = at(9).replace('Z', '+00:00');
    const { answer, recorded } = await confirm(10, TAKEN, { hold: { after } });
    expect(answer).toEqual({ attached: true, imsi: IMSI, at: at(10) });
    expect(recorded).toContain('releasing');
  });

  test.each([
    ['failed', 15, true],
    ['seen', 5, true],
    ['seen', 10, undefined],
  ] as const)(
    'a registration whose last authentication was %s at %s s proves the new key: unless held, %s',
    async (outcome, seconds, held) => {
      const traces = { hold: { after: at(9) }, authentication: { at: at(seconds), outcome } };
      expect((await confirm(10, TAKEN, traces)).answer).toEqual({
        ...{ attached: true, imsi: IMSI, at: at(10) },
        ...(held && { held }),
      });
    },
  );

  test('an attach that is on record already is not held any more: only the answer to that step was lost', async () => {
    const { answer, recorded } = await confirm(10, { ...TAKEN, state: 'active' }, { hold: {} });
    expect(answer).toEqual({ attached: true, imsi: IMSI, at: at(10) });
    expect(recorded).toContain('releasing');
  });

  test('the watch goes on over an attach that is known, keeps what is reserved, and ends with another one', async () => {
    const { activities, renewed } = await confirm(10, TAKEN, { hold: {} });
    const watch = (heldAttach: string) =>
      activities.watchAttach({ ...STEP, tornIsNews: true, lapseIsNews: true, refusalIsNews: true, heldAttach });
    await expect(watch(at(10))).rejects.toMatchObject({ type: 'ATTACH_NOT_SEEN' });
    expect(renewed).toHaveLength(2);
    await expect(watch(at(5))).resolves.toBeUndefined();
  });
});
