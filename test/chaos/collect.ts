import { defineSearchAttributeKey } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { sql } from 'kysely';
import { TOPICS } from '../../activities/events/topics.ts';
import type { AuditFacts, EventFact, WorkflowFact } from '../../activities/audit/facts.ts';
import type { Resources } from '../../workers/resources.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/contract.ts';
import type { ChangeState } from '../../workflows/states.ts';
import type { Controls } from './controls.ts';
import { readTopic } from './read-topic.ts';

const CHANGE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.change, 'KEYWORD');
/** A worker went away, or a signal came at the same moment: no fault of ours. */
const NO_FAULT = /UNHANDLED_COMMAND|RESET_STICKY|FORCE_CLOSE|FAILOVER_CLOSE|RESET_WORKFLOW/;

/** Everything that an audit can look at where cards and HLRs are simulated. */
export async function collectFacts(resources: Resources, controls: Controls): Promise<AuditFacts> {
  const record = await readRecord(resources);
  const touched = [...new Set(record.changes.map(({ iccid }) => iccid))];
  const radio = await controls.effects('smsc');
  return {
    ...record,
    subscribers: (await Promise.all(OPERATORS.map((operator) => subscribersOf(controls, operator)))).flat(),
    hlrHistory: (await Promise.all(OPERATORS.map((operator) => historyOf(controls, operator)))).flat(),
    devices: await Promise.all(touched.map((iccid) => controls.device(iccid))),
    opened: radio.flatMap(({ kind, iccid = '', cntr = 0, digest = '' }) =>
      kind === 'counterConsumed' || kind === 'replayRefused' ? [{ iccid, cntr, digest }] : [],
    ),
    adminCodeRefusals: radio.flatMap(({ kind, iccid }) =>
      kind === 'adminCodeRefused' && iccid !== undefined ? [iccid] : [],
    ),
    events: (await readTopic(resources.config, TOPICS.changeEvents)).map(eventOf),
    workflows: await readWorkflows(resources),
  };
}

const OPERATORS = ['operator-1', 'operator-2'] as const;

async function readRecord({
  database,
}: Resources): Promise<Pick<AuditFacts, 'cards' | 'changes' | 'timeline' | 'packets'>> {
  const { rows: cards } = await sql<AuditFacts['cards'][number]>`select iccid, operator, imsi from cards`.execute(
    database,
  );
  const { rows: changes } = await sql<Omit<AuditFacts['changes'][number], 'requestedAt'> & { requestedAt: Date }>`
    select change_id as "changeId", iccid, source, target, source_imsi as "sourceImsi", target_imsi as "targetImsi",
      state, ended, sequence, code, requested_at as "requestedAt"
    from changes`.execute(database);
  const { rows: timeline } = await sql<
    Omit<AuditFacts['timeline'][number], 'at' | 'order'> & { at: Date; order: string }
  >`
    select change_id as "changeId", sequence, state, cause, actor, at, outbox.id as order
    from timeline join outbox using (change_id, sequence)`.execute(database);
  const { rows: packets } = await sql<Omit<AuditFacts['packets'][number], 'cntr'> & { cntr: string | null }>`
    select change_id as "changeId", iccid, purpose, number, cntr, state from packets`.execute(database);
  return {
    cards,
    changes: changes.map((change) => ({ ...change, requestedAt: change.requestedAt.toISOString() })),
    timeline: timeline.map((entry) => ({ ...entry, at: entry.at.toISOString(), order: Number(entry.order) })),
    packets: packets.map((packet) => ({ ...packet, cntr: packet.cntr === null ? null : Number(packet.cntr) })),
  };
}

async function subscribersOf(
  controls: Controls,
  operator: (typeof OPERATORS)[number],
): Promise<AuditFacts['subscribers']> {
  const all = await controls.subscribers(operator);
  return all.map(({ imsi, state, attached }) => ({
    ...{ operator, imsi, attached },
    alive: state === 'provisioned' || state === 'active',
  }));
}

async function historyOf(
  controls: Controls,
  operator: (typeof OPERATORS)[number],
): Promise<NonNullable<AuditFacts['hlrHistory']>> {
  return (await controls.effects(operator)).flatMap(({ kind, imsi, at }) =>
    imsi !== undefined && (kind === 'barred' || kind === 'deleted' || kind === 'locationUpdated')
      ? [{ operator, kind, imsi, at }]
      : [],
  );
}

function eventOf(value: string): EventFact {
  const { data } = JSON.parse(value) as { data: EventFact & { state: ChangeState } };
  const { iccid, changeId, sequence, state } = data;
  return { iccid, changeId, sequence, state };
}

/** The newest workflow of every change; a change that was resumed or reopened has had several. */
async function readWorkflows(resources: Resources): Promise<WorkflowFact[]> {
  const connection = await resources.client();
  try {
    const workflows = resources.workflows(connection);
    const found = new Map<string, WorkflowFact & { readonly startTime: Date }>();
    for await (const { workflowId, runId, status, startTime, typedSearchAttributes } of workflows.list()) {
      const changeId = typedSearchAttributes.get(CHANGE);
      if (changeId === undefined) continue;
      const faults = faultsIn(historyToJSON(await workflows.getHandle(workflowId, runId).fetchHistory()));
      const known = found.get(changeId);
      const all = [...(known?.faults ?? []), ...faults];
      const newest =
        known !== undefined && known.startTime > startTime ? known : { changeId, status: status.name, startTime };
      found.set(changeId, { ...newest, faults: all });
    }
    return [...found.values()].map(({ changeId, status, faults }) => ({ changeId, status, faults }));
  } finally {
    await connection.close();
  }
}

function faultsIn(history: string): string[] {
  const { events } = JSON.parse(history) as {
    events: { eventId: string; workflowTaskFailedEventAttributes?: { cause?: string } }[];
  };
  return events.flatMap(({ eventId, workflowTaskFailedEventAttributes: failed }) =>
    failed === undefined || NO_FAULT.test(failed.cause ?? '')
      ? []
      : [`a workflow task failed at event ${eventId}: ${failed.cause ?? 'no cause is told'}`],
  );
}
