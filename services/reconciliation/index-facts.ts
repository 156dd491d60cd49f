import type { ReconciliationFacts, ChangeFact, SubscriberFact } from './facts.ts';

/** Groups in the order of the values. */
export function groupBy<Value, Key>(values: readonly Value[], keyOf: (value: Value) => Key): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}

/** Facts as the rules look them up. */
export interface Indexed {
  /** Of one card, oldest first, without those that were rejected: nothing was done in these. */
  readonly changesOf: ReadonlyMap<string, readonly ChangeFact[]>;
  /** By IMSI; an IMSI begins with the PLMN of its operator, so that no two HLRs have the same. */
  readonly subscriber: ReadonlyMap<string, SubscriberFact>;
  /** The cards that the registry or an open change gives an IMSI to. */
  readonly ownersOf: ReadonlyMap<string, ReadonlySet<string>>;
}

export function indexFacts({ cards, changes, subscribers }: ReconciliationFacts): Indexed {
  const done = changes.filter(({ state }) => state !== 'rejected');
  const inTime = [...done].sort((one, other) => Date.parse(one.requestedAt) - Date.parse(other.requestedAt));
  const owners = new Map<string, Set<string>>();
  const own = (imsi: string | null, iccid: string): void => {
    if (imsi === null) return;
    const known = owners.get(imsi);
    if (known === undefined) owners.set(imsi, new Set([iccid]));
    else known.add(iccid);
  };
  for (const { imsi, iccid } of cards) own(imsi, iccid);
  for (const { ended, sourceImsi, targetImsi, iccid } of done) {
    if (ended) continue;
    own(sourceImsi, iccid);
    own(targetImsi, iccid);
  }
  return {
    changesOf: groupBy(inTime, ({ iccid }) => iccid),
    subscriber: new Map(subscribers.map((one) => [one.imsi, one])),
    ownersOf: owners,
  };
}
