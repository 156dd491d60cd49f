import type { OperatorFaultPlan } from '../../simulators/operator/faults.ts';
import type { SmscFaultPlan } from '../../simulators/smsc/faults.ts';
import { seededRandom, shuffled, type Random } from '../../simulators/support/seeded-random.ts';
import type { RoleName } from '../../workers/role-table.ts';

export const ELEMENTS = ['operator-1', 'operator-2', 'smsc'] as const;
export type Element = (typeof ELEMENTS)[number];

export const ENGINES = ['temporal', 'kafka', 'postgres'] as const;
export type Victim = RoleName | (typeof ENGINES)[number];

/** A card that may take part. */
export interface PlannedCard {
  readonly iccid: string;
  readonly profile: string;
}

/** What happens at one moment of the run. */
export type Happening = { readonly atMs: number } & (
  | {
      readonly kind: 'change';
      readonly iccid: string;
      /** When somebody wants it back, after its request. */ readonly cancelAfterMs?: number;
    }
  | { readonly kind: 'faults'; readonly element: Element; readonly plan: OperatorFaultPlan | SmscFaultPlan }
  | { readonly kind: 'kill'; readonly victim: Victim }
);

export interface ChaosPlan {
  readonly seed: string;
  /** In the order in which they happen. */
  readonly happenings: readonly Happening[];
  /** Until when things go wrong; afterwards nothing does, and everything has to come to rest. */
  readonly stormMs: number;
}

interface PlanOptions {
  readonly seed: string;
  readonly changes: number;
  readonly stormMs: number;
  readonly cards: readonly PlannedCard[];
}

/** Some cards are asked for a second change. */
const CARDS_PER_CHANGE = 0.8;
/** Requests end early enough for the last changes to meet some weather. */
const REQUESTS_UNTIL = 0.85;
const SHORTEST_SPELL_MS = 2_500;
const LONGEST_SPELL_MS = 8_000;
const SHORTEST_PEACE_MS = 4_000;
const LONGEST_PEACE_MS = 14_000;
const WORKERS: readonly Victim[] = ['orchestrator', 'operator', 'ota', 'reconciler', 'event-router', 'outbox-relay'];
const OTHERS: readonly Victim[] = ['gateway', 'simulated-operators', 'simulated-smsc'];

/** Longer than an attempt at a step, so that answers come after the time-out. */
const TOO_LATE_MS = 4_000;

const OPERATOR_WEATHER: readonly OperatorFaultPlan[] = [
  { down: true },
  { downFor: { calls: 5 } },
  { loseAnswers: { probability: 0.4 } },
  { delayMs: 400, loseAnswers: { probability: 0.2 } },
  { delayMs: TOO_LATE_MS },
  { duplicateEvents: true, reorderEvents: true },
  { holdEvents: true },
  { releaseRefused: true },
  { poolEmpty: true },
  { refuseUpdates: 'roamingNotAllowed' },
  { consent: 'pending' },
  { consent: 'refused' },
];

const SMSC_WEATHER: readonly SmscFaultPlan[] = [
  { throttleFirst: 8 },
  { throttleAbovePerSecond: 2 },
  { refuse: 'ESME_RTHROTTLED' },
  { refuse: 'ESME_RMSGQFUL' },
  { refuse: 'ESME_RSYSERR' },
  { refuse: 'ESME_RINVDSTADR' },
  { loseMessages: 0.4 },
  { loseReceipts: 0.6, dropPor: true },
  { delayMs: 2_500, loseMessages: 0.1, expireParts: [2] },
  { reorder: true, duplicateDeliveries: true },
  { dropPor: true },
  { unsignedPor: true },
  { silentCards: true },
  { deviceStaysOnOldNetwork: true },
  { attachAfterMs: 3_000, reorder: true },
  { asleep: true, validitySeconds: 2 },
  { asleep: true },
  { porHeader: 'stripped', receiptForm: 'tlvs' },
  { porInReceipt: true },
  { messageIds: 'hexThenDecimal', receiptForm: 'text' },
  { dataDownload: 'stripped' },
];

/** Everything that happens in a run, from its seed alone: the same seed, the same plan. */
export function chaosPlan({ seed, changes, stormMs, cards }: PlanOptions): ChaosPlan {
  const random = (subject: string): Random => seededRandom(`chaos/${seed}/${subject}`);
  const chosen = chooseCards(cards, { count: Math.ceil(changes * CARDS_PER_CHANGE), random: random('cards') });
  const happenings: Happening[] = [
    ...requests(chosen, { changes, until: stormMs * REQUESTS_UNTIL, random: random('requests') }),
    ...ELEMENTS.flatMap((element) =>
      weather(element, {
        seed,
        stormMs,
        random: random(element),
        always: element === 'smsc' ? cardFaults(chosen, random('card faults')) : {},
      }),
    ),
    ...deaths(stormMs, random('deaths')),
  ];
  return { seed, stormMs, happenings: happenings.sort((one, other) => one.atMs - other.atMs) };
}

/** Every kind of card takes part, the rare ones first: those can be torn, and ask their users. */
function chooseCards(
  cards: readonly PlannedCard[],
  { count, random }: { count: number; random: Random },
): PlannedCard[] {
  const common = mostCommon(cards);
  const mixed = shuffled(cards, random);
  const rare = mixed.filter(({ profile }) => profile !== common);
  return [...rare.slice(0, Math.ceil(count / 2)), ...mixed.filter(({ profile }) => profile === common)].slice(0, count);
}

function mostCommon(cards: readonly PlannedCard[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { profile } of cards) counts.set(profile, (counts.get(profile) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0];
}

function requests(
  cards: readonly PlannedCard[],
  { changes, until, random }: { changes: number; until: number; random: Random },
): Happening[] {
  return Array.from({ length: changes }, (_, index): Happening => {
    // The first time every card in turn; those that go again do so late, when the first change may be over.
    const again = index >= cards.length;
    const card = cards[again ? Math.floor(random() * cards.length) : index];
    if (card === undefined) throw new Error('a chaos run needs cards');
    const atMs = Math.round(again ? until * (0.6 + 0.4 * random()) : until * random());
    const cancelled = random() < 0.06;
    const cancelAfterMs = Math.round(random() * 4_000);
    return { kind: 'change', atMs, iccid: card.iccid, ...(cancelled && { cancelAfterMs }) };
  });
}

/** What is wrong with single cards for the whole run. */
function cardFaults(cards: readonly PlannedCard[], random: Random): SmscFaultPlan {
  const some = (share: number, among = cards): string[] =>
    among.filter(() => random() < share).map(({ iccid }) => iccid);
  const asking = cards.filter(({ profile }) => profile.includes('consent'));
  const files = cards.filter(({ profile }) => profile.startsWith('rfm'));
  const cuts = [...some(0.6, files), ...some(0.04)].map((iccid) => [iccid, Math.floor(random() * 4)] as const);
  const users = asking.map(
    ({ iccid }) => [iccid, (['accept', 'decline', 'ignore'] as const)[Math.floor(random() * 3)] ?? 'accept'] as const,
  );
  return {
    wrongAdminCode: some(0.05),
    ignoreRefresh: some(0.05),
    powerCutAfterWrites: Object.fromEntries(cuts),
    users: Object.fromEntries(users),
  };
}

/** Spells of faults with peace between them. */
function weather(
  element: Element,
  { seed, stormMs, random, always }: { seed: string; stormMs: number; random: Random; always: SmscFaultPlan },
): Happening[] {
  const kinds: readonly (OperatorFaultPlan | SmscFaultPlan)[] = element === 'smsc' ? SMSC_WEATHER : OPERATOR_WEATHER;
  const between = (shortest: number, longest: number): number => Math.round(shortest + random() * (longest - shortest));
  const happenings: Happening[] = [];
  const set = (atMs: number, plan: OperatorFaultPlan | SmscFaultPlan): void =>
    void happenings.push({
      kind: 'faults',
      atMs,
      element,
      plan: { ...always, ...plan, seed: `${seed}/${String(happenings.length)}` },
    });
  set(0, {});
  let waiting: readonly (OperatorFaultPlan | SmscFaultPlan)[] = [];
  for (let atMs = between(1_000, LONGEST_PEACE_MS); atMs < stormMs;) {
    if (waiting.length === 0) waiting = shuffled(kinds, random);
    const [next = {}, ...others] = waiting;
    waiting = others;
    set(atMs, next);
    atMs += between(SHORTEST_SPELL_MS, LONGEST_SPELL_MS);
    if (random() < 0.7 && atMs < stormMs) {
      set(atMs, {});
      atMs += between(SHORTEST_PEACE_MS, LONGEST_PEACE_MS);
    }
  }
  return happenings;
}

/** Each engine and every worker dies at least once, when the run is long enough for that; at most one death in a few seconds. */
function deaths(stormMs: number, random: Random): Happening[] {
  const happenings: Happening[] = [];
  let waiting: readonly Victim[] = [];
  for (let atMs = 4_000 + random() * 4_000; atMs < stormMs; atMs += 5_000 + random() * 7_000) {
    if (waiting.length === 0) waiting = shuffled([...WORKERS, ...OTHERS, ...ENGINES], random);
    const [victim = 'orchestrator', ...others] = waiting;
    waiting = others;
    happenings.push({ kind: 'kill', atMs: Math.round(atMs), victim });
  }
  return happenings;
}
