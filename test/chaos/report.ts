import type { ReconciliationFacts } from '../../services/reconciliation/facts.ts';
import { FINDINGS, type Finding, type FindingKind } from '../../services/reconciliation/findings.ts';
import type { Effect } from './controls.ts';
import type { Performance } from './perform.ts';

/** What a chaos run came to. */
export interface ChaosReport extends Performance {
  readonly seed: string;
  readonly seconds: number;
  readonly changes: number;
  readonly byState: Readonly<Record<string, number>>;
  /** Codes of changes that were not simply completed. */
  readonly byCode: Readonly<Record<string, number>>;
  readonly byFinding: Readonly<Record<FindingKind, number>>;
  /** Where the cards of changes are that wait for a person or their card. */
  readonly parked: Readonly<Record<string, number>>;
  /** How many facts of each sort the reconciliation had: nothing found in nothing proves nothing. */
  readonly compared: Readonly<Record<string, number>>;
  readonly findings: readonly (Finding & { readonly story: readonly string[] })[];
}

export function chaosReport(
  run: Performance & Pick<ChaosReport, 'seed' | 'seconds'>,
  facts: ReconciliationFacts,
  {
    findings,
    effects,
  }: { readonly findings: readonly Finding[]; readonly effects: readonly (Effect & { readonly where: string })[] },
): ChaosReport {
  const { changes } = facts;
  const byFinding = Object.fromEntries(Object.keys(FINDINGS).map((kind) => [kind, 0])) as Record<FindingKind, number>;
  for (const { kind } of findings) byFinding[kind] += 1;
  return {
    ...run,
    changes: changes.length,
    byState: counted(changes.map(({ state }) => state)),
    byCode: counted(changes.flatMap(({ state, code }) => (code === null ? [] : [`${state} ${code}`]))),
    byFinding,
    parked: counted(parkedCards(facts)),
    compared: Object.fromEntries(
      Object.entries(facts).flatMap(([name, of]) => (Array.isArray(of) ? [[name, of.length]] : [])),
    ),
    findings: findings.map((finding) => ({ ...finding, story: storyOf(finding, facts, effects) })),
  };
}

function parkedCards({ changes, devices = [] }: ReconciliationFacts): string[] {
  const at = new Map(devices.map((device) => [device.iccid, device]));
  return changes
    .filter(({ ended }) => !ended)
    .map(({ iccid, state, targetImsi }) => {
      const { imsi, attached } = at.get(iccid) ?? {};
      const holds = imsi === targetImsi ? 'the new' : 'the old';
      return `${state}: holds ${holds} IMSI, ${attached === true ? 'attached' : 'in no network'}`;
    });
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of [...names].sort()) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** All that is known of the card of a finding, in the order of time: what was recorded, and what really happened. */
function storyOf(
  { iccid, imsi }: Finding,
  { changes, timeline }: ReconciliationFacts,
  effects: readonly (Effect & { readonly where: string })[],
): string[] {
  const own = changes.filter(
    (change) => change.iccid === iccid || (imsi !== undefined && [change.sourceImsi, change.targetImsi].includes(imsi)),
  );
  const ids = new Set(own.map(({ changeId }) => changeId));
  const cards = new Set([iccid, ...own.map((change) => change.iccid)]);
  const imsis = new Set([imsi, ...own.flatMap(({ sourceImsi, targetImsi }) => [sourceImsi, targetImsi])]);
  const recorded = timeline
    .filter(({ changeId }) => ids.has(changeId))
    .map(({ at, changeId, sequence, state, cause, actor }) => ({
      at,
      line: `${changeId.slice(-12)} ${String(sequence)} ${state}: ${cause} (${actor})`,
    }));
  const happened = effects
    .filter((effect) =>
      effect.iccid === undefined ? effect.imsi !== undefined && imsis.has(effect.imsi) : cards.has(effect.iccid),
    )
    .map(({ at, where, kind, ...rest }) => ({ at, line: `    ${where}: ${kind} ${JSON.stringify(rest)}` }));
  return [...recorded, ...happened]
    .sort((one, other) => Date.parse(one.at) - Date.parse(other.at))
    .map(({ at, line }) => `${at.slice(11)} ${line}`);
}

/** The report as people read it. */
export function asText(report: ChaosReport): string {
  const {
    seed,
    seconds,
    changes,
    byState,
    byCode,
    byFinding,
    parked,
    compared,
    refused,
    deaths,
    cancellations,
    findings,
  } = report;
  const table = (title: string, counts: Readonly<Record<string, number>>): string[] => [
    title,
    ...Object.entries(counts).map(([name, count]) => `  ${name.padEnd(44)} ${String(count).padStart(5)}`),
  ];
  return [
    `chaos with seed ${seed}: ${String(changes)} changes in ${seconds.toFixed(0)} s`,
    ...table('changes by final state', byState),
    ...table('  by state and code', byCode),
    ...table('cards of parked changes', parked),
    ...table('requests refused', refused),
    ...table('cancellations', cancellations),
    ...table('processes killed', deaths),
    ...table('facts compared', compared),
    ...table('violations by kind', byFinding),
    ...findings.flatMap(({ kind, iccid, changeId, imsi, detail, story }) => [
      '',
      `VIOLATION ${kind}: ${detail}`,
      `  ICCID ${iccid ?? '-'}, change ${changeId ?? '-'}, IMSI ${imsi ?? '-'}; it means: ${FINDINGS[kind]}`,
      ...story.map((line) => `  ${line}`),
    ]),
    '',
  ].join('\n');
}
