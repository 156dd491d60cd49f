import { STATES } from '../../workflows/shared/states.ts';
import type { ReconciliationFacts, ChangeFact, EventFact, StateFact } from './facts.ts';
import type { Finding } from './findings.ts';
import { groupBy } from './index-facts.ts';

const idOf = ({ changeId, sequence }: Pick<StateFact, 'changeId' | 'sequence'>): string =>
  `${changeId}/${String(sequence)}`;

/** The timeline is the truth of what was recorded: the read model is its last rows, the events are all of them, in order. */
export function reconcileRecord({ changes, timeline, events }: ReconciliationFacts): Finding[] {
  const entries = groupBy(
    [...timeline].sort((one, other) => one.order - other.order),
    ({ changeId }) => changeId,
  );
  const findings = changes.flatMap((change) => [
    ...readModelWrong(change, entries.get(change.changeId) ?? []),
    ...stateAfterEnd(change, entries.get(change.changeId) ?? []),
  ]);
  return events === undefined ? findings : [...findings, ...reconciliationEvents({ changes, timeline }, events)];
}

function readModelWrong({ changeId, iccid, state, sequence }: ChangeFact, entries: readonly StateFact[]): Finding[] {
  const last = entries.toSorted((one, other) => one.sequence - other.sequence).at(-1);
  if (last?.state === state && last.sequence === sequence) return [];
  return [
    {
      ...{ kind: 'readModelWrong', iccid, changeId },
      detail: `the read model says ${state} (${String(sequence)}), the timeline ends with ${
        last === undefined ? 'nothing' : `${last.state} (${String(last.sequence)})`
      }`,
    },
  ];
}

function stateAfterEnd({ changeId, iccid }: ChangeFact, entries: readonly StateFact[]): Finding[] {
  return entries.flatMap((entry, index) => {
    const next = entries[index + 1];
    if (!STATES[entry.state].ended || next === undefined || next.state === 'reopened') return [];
    return [
      {
        ...({ kind: 'stateAfterEnd', iccid, changeId } as const),
        detail: `${next.state} (${String(next.sequence)}) was recorded after ${entry.state} (${String(entry.sequence)})`,
      },
    ];
  });
}

/** A state may be published more than once, but never for the first time behind a later one of the same card. */
function reconciliationEvents(
  { changes, timeline }: Pick<ReconciliationFacts, 'changes' | 'timeline'>,
  events: readonly EventFact[],
): Finding[] {
  const recorded = new Map(timeline.map((entry) => [idOf(entry), entry]));
  const published = new Map<string, EventFact>();
  for (const event of events) if (!published.has(idOf(event))) published.set(idOf(event), event);
  const findings: Finding[] = [];
  for (const event of published.values()) {
    const { iccid, changeId, sequence, state } = event;
    if (recorded.get(idOf(event))?.state !== state)
      findings.push({
        ...{ kind: 'eventInvented', iccid, changeId },
        detail: `an event says ${state} (${String(sequence)}), the timeline ${recorded.get(idOf(event))?.state ?? 'has no such number'}`,
      });
  }
  const cardOf = new Map(changes.map(({ changeId, iccid }) => [changeId, iccid]));
  for (const entry of timeline)
    if (!published.has(idOf(entry)))
      findings.push({
        ...{ kind: 'eventLost', iccid: cardOf.get(entry.changeId) ?? '', changeId: entry.changeId },
        detail: `${entry.state} (${String(entry.sequence)}) was recorded at ${entry.at} and never published`,
      });
  for (const [iccid, ofCard] of groupBy([...published.values()], (event) => event.iccid)) {
    let latest: StateFact | undefined;
    for (const event of ofCard) {
      const entry = recorded.get(idOf(event));
      if (entry === undefined) continue;
      if (latest !== undefined && entry.order < latest.order)
        findings.push({
          ...{ kind: 'eventOutOfOrder', iccid, changeId: event.changeId },
          detail: `${event.state} (${idOf(event)}) was first published after ${latest.state} (${idOf(latest)})`,
        });
      else latest = entry;
    }
  }
  return findings;
}
