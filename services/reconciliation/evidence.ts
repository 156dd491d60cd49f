import type { ReconciliationFacts, ChangeFact, HlrFact, OtherKeyFact } from './facts.ts';
import type { Finding } from './findings.ts';
import { groupBy, type Indexed } from './index-facts.ts';

/** The old subscription may be barred only after the target’s HLR has had the new one: both by their own clocks. */
export function reconcileEvidence(
  { hlrHistory, otherKeys = [], timeline }: ReconciliationFacts,
  { changesOf }: Indexed,
): Finding[] {
  if (hlrHistory === undefined) return [];
  const proving = hlrHistory.filter((fact) => !otherKeys.some((other) => isDuring(fact, other)));
  const history = groupBy(proving, ({ imsi }) => imsi);
  const byPerson = new Set(
    timeline
      .filter(({ state, actor }) => state === 'releasing' && actor.startsWith('user:'))
      .map(({ changeId }) => changeId),
  );
  return [...changesOf.values()].flatMap((changes) =>
    changes.flatMap((change, index) =>
      byPerson.has(change.changeId) ? [] : releasedEarly(change, { until: changes[index + 1]?.requestedAt, history }),
    ),
  );
}

const isDuring = ({ kind, imsi, at }: HlrFact, { imsi: of, from, until }: OtherKeyFact): boolean =>
  kind === 'locationUpdated' &&
  imsi === of &&
  Date.parse(at) >= Date.parse(from) &&
  (until === undefined || Date.parse(at) < Date.parse(until));

function releasedEarly(
  { changeId, iccid, sourceImsi, targetImsi, requestedAt }: ChangeFact,
  { until, history }: { readonly until: string | undefined; readonly history: ReadonlyMap<string, readonly HlrFact[]> },
): Finding[] {
  const during = (imsi: string | null): HlrFact[] =>
    (imsi === null ? [] : (history.get(imsi) ?? [])).filter(
      ({ at }) =>
        Date.parse(at) >= Date.parse(requestedAt) && (until === undefined || Date.parse(at) < Date.parse(until)),
    );
  const release = during(sourceImsi).find(({ kind }) => kind !== 'locationUpdated');
  if (release === undefined) return [];
  const evidence = during(targetImsi).find(({ kind }) => kind === 'locationUpdated');
  if (evidence !== undefined && Date.parse(evidence.at) <= Date.parse(release.at)) return [];
  const { kind, operator, imsi, at } = release;
  return [
    {
      ...{ kind: 'releasedBeforeEvidence', iccid, changeId, imsi },
      detail: `${operator} has IMSI ${imsi} ${kind} at ${at}; the target saw IMSI ${targetImsi ?? '(none)'} ${
        evidence === undefined ? 'never' : `at ${evidence.at}`
      }`,
    },
  ];
}
