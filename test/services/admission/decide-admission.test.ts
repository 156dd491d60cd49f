import type { Admission } from '../../../workflows/change/ports.ts';
import { cardProfiles } from '../../../services/packets/card-profiles.ts';
import {
  ADMISSION_RULES,
  decideAdmission,
  type AdmissionFacts,
  type AdmissionQuestion,
} from '../../../services/admission/decide-admission.ts';
import { parseIccid } from '../../../telecom/identifiers/iccid.ts';
import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { requestedByDevice } from '../../../application/requests.ts';

const PROFILES = cardProfiles();
const ICCID = parseIccid('8999901000000000013');
const EARLIER = '0198c0de-0000-7000-8000-000000000001';

const NOW = new Date('2026-11-25T12:00:00.000Z');
const daysAgo = (days: number): Date => new Date(NOW.getTime() - days * 86_400_000);

const BY_USER: AdmissionQuestion = { iccid: ICCID, target: 'operator-2', requestedBy: 'user:ada', resumed: false };
const BY_DEVICE: AdmissionQuestion = { ...BY_USER, requestedBy: requestedByDevice(ICCID) };

const TERMS = {
  ...{ consent: 'none', deviceRequests: 'allowed' },
  ...{ minimumStayDays: null, cardProfiles: null, overlapHours: null, releaseDays: null, sameDevice: null },
} as const satisfies AdmissionFacts['agreement'];

/** A card against whose change nothing speaks. */
const FREE: AdmissionFacts = {
  now: NOW,
  ...{ source: 'operator-1', sourceImsi: parseImsi('001010000000001'), smsc: 'smsc-1', profile: 'cpa-aes' },
  targetSmsc: 'smsc-2',
  ...{ cameAt: daysAgo(100), targets: null, block: null, targetKnown: true, agreement: TERMS },
  ...{ openChange: null, refusedCode: null, openQuestion: null, openPacket: null, packet: 'none', said: null },
};
const ADMITTED = {
  ...{
    kind: 'admitted',
    source: 'operator-1',
    sourceImsi: '001010000000001',
    smsc: 'smsc-1',
    readBack: 'proves',
    refreshable: true,
  },
  ...{ packet: 'none', askConsent: false },
};

const agreeing = (terms: Partial<NonNullable<AdmissionFacts['agreement']>>): Partial<AdmissionFacts> => ({
  agreement: { ...TERMS, ...terms },
});
const decide = (facts: Partial<AdmissionFacts> = {}, question: AdmissionQuestion = BY_USER) =>
  decideAdmission(question, { ...FREE, ...facts }, PROFILES);

/** One rule, what breaks it, and how that is told. */
interface Broken {
  readonly rule: string;
  readonly code: string;
  readonly facts: Partial<AdmissionFacts>;
  readonly reason: string;
}

/** In the order of precedence. */
const BROKEN: readonly Broken[] = [
  {
    ...{ rule: 'card', code: 'ICCID_UNKNOWN' },
    facts: { source: null, sourceImsi: null, smsc: null, profile: null, cameAt: null, agreement: null },
    reason: `ICCID ${ICCID} is not in the card registry`,
  },
  {
    ...{ rule: 'operator', code: 'OPERATOR_UNKNOWN' },
    facts: { targetKnown: false },
    reason: 'operator operator-2 is not registered',
  },
  {
    ...{ rule: 'card.operator', code: 'ALREADY_AT_TARGET' },
    facts: { source: 'operator-2' },
    reason: `card ${ICCID}, operator: it is at operator-2 already`,
  },
  {
    ...{ rule: 'card.blocked', code: 'CARD_BLOCKED' },
    facts: { block: { by: 'user:bob', at: daysAgo(1), reason: 'stolen' } },
    reason: `card ${ICCID}, blocked by user:bob at 2026-11-24T12:00:00.000Z: stolen`,
  },
  {
    ...{ rule: 'agreement', code: 'AGREEMENT_MISSING' },
    facts: { agreement: null },
    reason: 'no agreement lets cards go from operator-1 to operator-2',
  },
  {
    ...{ rule: 'agreement.deviceRequests', code: 'DEVICE_REQUEST_REFUSED' },
    facts: agreeing({ deviceRequests: 'refused' }),
    reason: 'agreement operator-1 → operator-2, deviceRequests refused: a card may not ask for its change by itself',
  },
  {
    ...{ rule: 'agreement.cardProfiles', code: 'TARGET_NOT_ALLOWED' },
    facts: agreeing({ cardProfiles: ['rfm-aes', 'rfm-aes-expanded'] }),
    reason: `agreement operator-1 → operator-2, cardProfiles rfm-aes rfm-aes-expanded: ICCID ${ICCID} has the profile cpa-aes`,
  },
  {
    ...{ rule: 'card.targets', code: 'TARGET_NOT_ALLOWED' },
    facts: { targets: ['operator-3', 'operator-4'] },
    reason: `card ${ICCID}, targets operator-3 operator-4: it may not go to operator-2`,
  },
  {
    ...{ rule: 'card.profile', code: 'CARD_PROFILE_UNKNOWN' },
    facts: { profile: 'constructor' },
    reason: `card ${ICCID}, profile constructor: it is not known`,
  },
  {
    ...{ rule: 'card.openChange', code: 'EARLIER_CHANGE_OPEN' },
    facts: { openChange: EARLIER },
    reason: `change ${EARLIER} of ICCID ${ICCID} is still open, and no workflow carries it on; resume it, and ask again when it has ended`,
  },
  {
    ...{ rule: 'card.adm1', code: 'ADMIN_CODE_WRONG' },
    facts: { refusedCode: { changeId: EARLIER, approvals: [] } },
    reason: `card ${ICCID}, adm1: the card refused its admin code in change ${EARLIER}, and two persons have to approve one more try of the code that the registry has (rehome cards approve ${ICCID} --reason TEXT)`,
  },
  {
    ...{ rule: 'card.question', code: 'EARLIER_QUESTION_OPEN' },
    facts: { openQuestion: { changeId: EARLIER, until: '2026-11-26T09:00:00Z' } },
    reason: `change ${EARLIER} has asked ICCID ${ICCID} whether its adm1 is right, which may cost a try until 2026-11-26T09:00:00Z: ask again when the card has answered, or after that`,
  },
  {
    ...{ rule: 'card.packet', code: 'EARLIER_PACKET_OPEN' },
    facts: { openPacket: { changeId: EARLIER, until: '2026-11-26T09:00:00Z', probed: false } },
    reason: `change ${EARLIER} was undone, and its SMSC may hand its packet to ICCID ${ICCID} until 2026-11-26T09:00:00Z: ask again after that, or as soon as the card has answered`,
  },
  {
    ...{ rule: 'agreement.minimumStayDays', code: 'MINIMUM_STAY' },
    facts: { ...agreeing({ minimumStayDays: 30 }), cameAt: new Date('2026-11-01T08:00:00.250Z') },
    reason: `agreement operator-1 → operator-2, minimumStayDays 30: may leave from 2026-12-01T08:00:01Z; ICCID ${ICCID} came at 2026-11-01T08:00:01Z`,
  },
];

type Terms = NonNullable<AdmissionFacts['agreement']>;

/** What an agreement says other than the one of a free card. */
const saidBy = (terms: Terms): Partial<Terms> =>
  Object.fromEntries(Object.entries(terms).filter(([name, value]) => value !== TERMS[name as keyof Terms]));

/** All of these facts at once, an earlier one before a later one; agreements are laid over one another, and none is none. */
function together(facts: readonly Partial<AdmissionFacts>[]): Partial<AdmissionFacts> {
  const all = facts.reduceRight((sum, broken) => ({ ...sum, ...broken }), {});
  const agreements = facts.flatMap(({ agreement }) => (agreement === undefined ? [] : [agreement]));
  if (agreements.length === 0 || agreements.includes(null)) return all;
  return {
    ...all,
    ...agreeing(Object.assign({}, ...agreements.map((terms) => terms && saidBy(terms))) as Partial<Terms>),
  };
}

describe('the rules of an admission', () => {
  test('each have a line in this table, in their order', () => {
    expect(ADMISSION_RULES.map(({ rule, code }) => ({ rule, code }))).toEqual(
      BROKEN.map(({ rule, code }) => ({ rule, code })),
    );
  });

  test.each(BROKEN)('$rule is told as $code with its name, and with where it stands', ({ facts, ...told }) => {
    expect(decide(facts, BY_DEVICE)).toEqual({ kind: 'rejected', ...told });
  });

  test.each(BROKEN)('$rule is told before every rule that comes after it', ({ rule }) => {
    const from = BROKEN.findIndex((broken) => broken.rule === rule);
    expect(decide(together(BROKEN.slice(from).map(({ facts }) => facts)), BY_DEVICE)).toMatchObject({ rule });
  });

  test('let a card go that breaks none, with the terms of the agreement', () => {
    expect(decide()).toEqual(ADMITTED);
    expect(decide({ ...agreeing({ overlapHours: 48, releaseDays: 14 }) })).toEqual({
      ...ADMITTED,
      overlapSeconds: 172_800,
      releaseDays: 14,
    });
  });

  test('let a card go that is named in both lists', () => {
    expect(decide({ ...agreeing({ cardProfiles: ['cpa-aes'] }), targets: ['operator-2'] })).toEqual(ADMITTED);
  });

  test('let a card go at the very moment when its minimum stay is over, and not a millisecond before', () => {
    const stay = agreeing({ minimumStayDays: 30 });
    expect(decide({ ...stay, cameAt: daysAgo(30) })).toEqual(ADMITTED);
    expect(decide({ ...stay, cameAt: new Date(daysAgo(30).getTime() + 1) })).toMatchObject({ code: 'MINIMUM_STAY' });
  });

  const approval = (by: string, at: Date) => ({ by, at: at.toISOString(), reason: 'compared' });
  const refused = (...approvals: ReturnType<typeof approval>[]) =>
    decide({ refusedCode: { changeId: EARLIER, approvals } });
  const hoursAgo = (hours: number): Date => daysAgo(hours / 24);

  test('let a card try a refused admin code once more when two persons have approved that', () => {
    expect(refused(approval('user:ann', hoursAgo(30)), approval('user:ben', hoursAgo(7)))).toEqual(ADMITTED);
  });

  test('do not let a card try it when one person has, and say who may, and until when', () => {
    expect(refused(approval('user:ann', hoursAgo(1)))).toMatchObject({
      code: 'ADMIN_CODE_WRONG',
      reason: `card ${ICCID}, adm1: the card refused its admin code in change ${EARLIER}, and user:ann has approved one more try at 2026-11-25T11:00:00.000Z, and another person has to until 2026-11-26T11:00:00.000Z (rehome cards approve ${ICCID} --reason TEXT)`,
    });
  });

  test.each<[string, Parameters<typeof refused>]>([
    ['the same person under another spelling', [approval('user:ann', hoursAgo(2)), approval('user: ANN', hoursAgo(1))]],
    ['two persons a day apart', [approval('user:ann', hoursAgo(25)), approval('user:ben', hoursAgo(1))]],
    ['one person a day ago', [approval('user:ann', hoursAgo(24))]],
  ])('do not let a card try it when it was approved by %s', (_whom, approvals) => {
    expect(refused(...approvals)).toMatchObject({ kind: 'rejected', code: 'ADMIN_CODE_WRONG' });
  });

  test('let a person ask where a card may not ask by itself', () => {
    expect(decide(agreeing({ deviceRequests: 'refused' }))).toEqual(ADMITTED);
  });
});

describe('the terms of an admission', () => {
  const consents = [
    ['none', false, false],
    ['ask', true, true],
    ['askForDeviceRequests', false, true],
  ] as const;
  test.each(consents)('with the consent %s ask the source: for a person %s, for a card %s', (consent, user, device) => {
    expect(decide(agreeing({ consent }))).toMatchObject({ askConsent: user });
    expect('askPool' in decide(agreeing({ consent }))).toBe(user);
    expect(decide(agreeing({ consent }), BY_DEVICE)).toMatchObject({ askConsent: device });
  });

  test('have a card checked first whose script goes on after a wrong admin code', () => {
    expect(decide({ profile: 'rfm-aes' })).toEqual({
      ...ADMITTED,
      refreshable: undefined,
      checkAdminCode: true,
      askPool: true,
      ...{ tearable: true, targetSmsc: 'smsc-2' },
    });
  });

  test('say nothing of the SMSC of the target where the card can’t be written again: its application swaps everything at once, or the keys are shredded', () => {
    expect(decide({ profile: 'cpa-aes' })).not.toHaveProperty('targetSmsc');
    const { targetSmsc, tearable } = decide({ profile: 'rfm-aes', targetSmsc: null }) as Partial<Admission>;
    expect([targetSmsc, tearable]).toEqual([undefined, true]);
  });

  test('count an overlap that is no whole number of hours in seconds, never shorter', () => {
    expect(decide(agreeing({ overlapHours: 0.001 }))).toMatchObject({ overlapSeconds: 4 });
  });
});

describe('a change that goes on', () => {
  const against = BROKEN.filter(({ rule }) => rule !== 'card');

  test.each(against)('is not rejected for $rule: what it began has to be brought to an end', ({ facts }) => {
    expect(decide(facts, { ...BY_DEVICE, resumed: true }).kind).toBe('admitted');
  });

  test.each(against)('is not rejected for $rule when it was admitted, and only the answer was lost', ({ facts }) => {
    expect(decide({ ...facts, said: 'admitted' }, BY_DEVICE).kind).toBe('admitted');
  });

  test('is told the same rejection again when the answer was lost, although nothing stands against it any more', () => {
    const said = { kind: 'rejected', code: 'CARD_BLOCKED', reason: 'blocked then', rule: 'card.blocked' } as const;
    expect(decide({ said })).toEqual(said);
  });
});

test.each([
  ['counts both with one counter', true, 'admitted'],
  ['counts them apart', false, 'rejected'],
  ['is probed where it is written', undefined, 'admitted'],
])('a card that has answered a probe since, and %s (%s): %s', (_what, sameCounter, kind) => {
  const profile = PROFILES['cpa-aes'];
  if (profile === undefined || profile.readBack === 'none') throw new Error('the profile is built in');
  const readBack = sameCounter === undefined ? 'none' : { ...profile.readBack, sameCounter };
  const openPacket = { changeId: EARLIER, until: '2026-11-26T09:00:00Z', probed: true };
  const profiles: typeof PROFILES = { 'cpa-aes': { ...profile, readBack } };
  expect(decideAdmission(BY_USER, { ...FREE, openPacket }, profiles).kind).toBe(kind);
});
