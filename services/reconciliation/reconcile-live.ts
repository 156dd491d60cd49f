import type { Database } from '../../adapters/database/database.ts';
import type { ProvisioningClient } from '../../adapters/provisioning/provisioning-client.ts';
import { reconcile } from './reconcile.ts';
import type { ReconciliationFacts, ChangeFact, SubscriberFact, WorkflowFact } from './facts.ts';
import { NEED_AN_HLR, type Finding } from './findings.ts';
import { readRecord, type ReconciliationRecord } from './read-record.ts';

export interface LiveReconciliationDependencies {
  readonly database: Database;
  /** By operator. */
  readonly gateways: ReadonlyMap<string, Pick<ProvisioningClient, 'findSubscriber'>>;
  /** Whether a workflow works for this open change. */
  readonly isCarriedOn: (change: Pick<ChangeFact, 'changeId' | 'iccid'>) => Promise<boolean>;
  /** Called after each question, answered or not. */
  readonly onAsked?: () => void;
  /** When it aborts, nothing more is asked, and the reconciliation rejects. */
  readonly signal?: AbortSignal;
}

/** What a reconciliation of live systems came to. */
export interface LiveReconciliation {
  readonly cards: number;
  readonly changes: number;
  /** How many subscribers the operators were asked for. */
  readonly subscribers: number;
  readonly findings: readonly Finding[];
  /** Cards that could not be judged, and why. */
  readonly leftOut: readonly { readonly iccid: string; readonly reason: string }[];
}

/** A subscriber in one of these states lets no card in. */
const DEAD: readonly string[] = ['barred', 'quarantined', 'deleted'];
const AT_ONCE = 4;
/** An operator that was silent so often is away: asking on would only take time, for each card that of an answer. */
const SILENCES = 3;

/**
 * Compares registry, timeline, read model, the operators’ HLRs and Temporal, for these cards and those that share an IMSI with them.
 * Reads only. A card of which something was recorded meanwhile is left out: it would be judged by facts of different moments. So is one
 * whose operator gives no answer, but for what our own records and Temporal say of it.
 */
export async function reconcileLive(
  dependencies: LiveReconciliationDependencies,
  iccids: readonly string[],
): Promise<LiveReconciliation> {
  const { database } = dependencies;
  const before = await readRecord(database, iccids);
  const { subscribers, silent } = await askHlrs(dependencies, before);
  const workflows = await askTemporal(dependencies, before);
  const after = await readRecord(database, iccids);
  const moved = movedOn(before, after);
  const iccidsOf = (some: LiveReconciliation['leftOut']) => new Set(some.map(({ iccid }) => iccid));
  const movedCards = iccidsOf(moved);
  const silentCards = iccidsOf(silent);
  const isJudged = ({ iccid, kind }: Finding): boolean =>
    iccid === undefined || (!movedCards.has(iccid) && !(silentCards.has(iccid) && NEED_AN_HLR.includes(kind)));
  const facts: ReconciliationFacts = { ...before, subscribers, workflows };
  return {
    ...{ cards: before.cards.length, changes: before.changes.length, subscribers: subscribers.length },
    leftOut: oncePerCard([...silent, ...moved]),
    findings: reconcile(facts).filter(isJudged),
  };
}

const oncePerCard = (leftOut: LiveReconciliation['leftOut']): LiveReconciliation['leftOut'] => [
  ...new Map(leftOut.map((one) => [one.iccid, one])).values(),
];

/** The IMSIs that a card has or had, each at the operator that gave it. */
function subscriptionsOf({
  cards,
  changes,
}: ReconciliationRecord): { iccid: string; operator: string; imsi: string }[] {
  const all = [
    ...cards,
    ...changes.flatMap(({ iccid, source, sourceImsi, target, targetImsi }) => [
      ...(source === null || sourceImsi === null ? [] : [{ iccid, operator: source, imsi: sourceImsi }]),
      ...(targetImsi === null ? [] : [{ iccid, operator: target, imsi: targetImsi }]),
    ]),
  ];
  return [...new Map(all.map((one) => [`${one.iccid}/${one.imsi}`, one])).values()];
}

async function askHlrs(
  dependencies: LiveReconciliationDependencies,
  record: ReconciliationRecord,
): Promise<{ subscribers: SubscriberFact[]; silent: LiveReconciliation['leftOut'] }> {
  const { gateways } = dependencies;
  const subscribers = new Map<string, SubscriberFact>();
  const silent: { iccid: string; reason: string }[] = [];
  const silences = new Map<string, number>();
  await inLanes(dependencies, subscriptionsOf(record), async ({ iccid, operator, imsi }) => {
    if ((silences.get(operator) ?? 0) >= SILENCES) {
      silent.push({ iccid, reason: `${operator} gave no answer ${String(SILENCES)} times, and was not asked again` });
      return;
    }
    try {
      const found = await gateways.get(operator)?.findSubscriber(imsi);
      if (found === undefined) silent.push({ iccid, reason: `${operator} is not registered` });
      else if (found !== null)
        subscribers.set(imsi, { operator, imsi, alive: !DEAD.includes(found.state), attached: found.attached });
      silences.delete(operator);
    } catch (cause) {
      silences.set(operator, (silences.get(operator) ?? 0) + 1);
      silent.push({ iccid, reason: cause instanceof Error ? cause.message : String(cause) });
    }
  });
  return { subscribers: [...subscribers.values()], silent };
}

async function askTemporal(
  dependencies: LiveReconciliationDependencies,
  { changes }: ReconciliationRecord,
): Promise<WorkflowFact[]> {
  const running: WorkflowFact[] = [];
  const open = changes.filter(({ ended }) => !ended);
  await inLanes(dependencies, open, async ({ changeId, iccid }) => {
    if (await dependencies.isCarriedOn({ changeId, iccid })) running.push({ changeId, status: 'RUNNING', faults: [] });
  });
  return running;
}

function movedOn(before: ReconciliationRecord, after: ReconciliationRecord): LiveReconciliation['leftOut'] {
  const marks = ({ changes }: ReconciliationRecord) =>
    new Map(changes.map(({ changeId, iccid, sequence }) => [changeId, { iccid, sequence }]));
  const old = marks(before);
  return [...marks(after)].flatMap(([changeId, { iccid, sequence }]) =>
    old.get(changeId)?.sequence === sequence ? [] : [{ iccid, reason: 'its change went on while it was looked at' }],
  );
}

/** Some at once, so that a reconciliation takes little of what an operator's gateway can do. */
async function inLanes<Value>(
  { onAsked, signal }: Pick<LiveReconciliationDependencies, 'onAsked' | 'signal'>,
  values: readonly Value[],
  job: (value: Value) => Promise<void>,
): Promise<void> {
  const waiting = [...values];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      signal?.throwIfAborted();
      await job(next);
      onAsked?.();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}
