import { defineSearchAttributeKey } from '@temporalio/common';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { sql } from 'kysely';
import { TOPICS } from '../../services/events/topics.ts';
import type { ReconciliationFacts, EventFact, PacketFact, WorkflowFact } from '../../services/reconciliation/facts.ts';
import { readRecord } from '../../services/reconciliation/read-record.ts';
import { standingOf, type Approval } from '../../workflows/support/approvals.ts';
import type { Resources } from '../../workers/resources.ts';
import { SEARCH_ATTRIBUTES } from '../../workflows/shared/contract.ts';
import type { ChangeState } from '../../workflows/shared/states.ts';
import type { Controls } from './controls.ts';

const CHANGE = defineSearchAttributeKey(SEARCH_ATTRIBUTES.change, 'KEYWORD');
/** A worker went away, or a signal came at the same moment: no fault of ours. */
const NO_FAULT = /UNHANDLED_COMMAND|RESET_STICKY|FORCE_CLOSE|FAILOVER_CLOSE|RESET_WORKFLOW/;

/** Everything that a reconciliation can look at where cards and HLRs are simulated. */
export async function collectFacts(resources: Resources, controls: Controls): Promise<ReconciliationFacts> {
  const record = await readRecord(resources.database);
  const touched = [...new Set(record.changes.map(({ iccid }) => iccid))];
  const radio = await controls.effects('smsc');
  return {
    ...record,
    subscribers: (await Promise.all(OPERATORS.map((operator) => subscribersOf(controls, operator)))).flat(),
    hlrHistory: (await Promise.all(OPERATORS.map((operator) => historyOf(controls, operator)))).flat(),
    devices: await Promise.all(touched.map((iccid) => controls.device(iccid))),
    packets: await packetsOf(resources),
    opened: radio.flatMap(({ kind, iccid = '', cntr = 0, digest = '' }) =>
      kind === 'counterConsumed' || kind === 'replayRefused' ? [{ iccid, cntr, digest }] : [],
    ),
    adminCodeRefusals: radio.flatMap(({ kind, iccid }) =>
      kind === 'adminCodeRefused' && iccid !== undefined ? [iccid] : [],
    ),
    approvedTries: await approvedTries(resources),
    events: (await readEvents(resources)).map(eventOf),
    workflows: await readWorkflows(resources),
  };
}

const READS_WITHIN_MS = 60_000;
const OPERATORS = ['operator-1', 'operator-2'] as const;

async function packetsOf({ database }: Resources): Promise<PacketFact[]> {
  const { rows } = await sql<Omit<PacketFact, 'cntr'> & { cntr: string | null }>`
    select change_id as "changeId", iccid, purpose, number, cntr, state from packets`.execute(database);
  return rows.map((packet) => ({ ...packet, cntr: packet.cntr === null ? null : Number(packet.cntr) }));
}

/** Each time that two persons have approved another try of a card's admin code. */
async function approvedTries({ database }: Resources): Promise<string[]> {
  const { rows } = await sql<Omit<Approval, 'at'> & { iccid: string; at: Date }>`
    select iccid, approved_by as by, approved_at as at, reason from admin_code_approvals order by id`.execute(database);
  const waiting = new Map<string, Approval[]>();
  return rows.flatMap(({ iccid, at, ...approval }) => {
    const approvals = [...(waiting.get(iccid) ?? []), { ...approval, at: at.toISOString() }];
    const isTry = standingOf(approvals, at).kind === 'approved';
    waiting.set(iccid, isTry ? [] : approvals);
    return isTry ? [iccid] : [];
  });
}

async function subscribersOf(
  controls: Controls,
  operator: (typeof OPERATORS)[number],
): Promise<ReconciliationFacts['subscribers']> {
  const all = await controls.subscribers(operator);
  return all.map(({ imsi, state, attached }) => ({
    ...{ operator, imsi, attached },
    alive: state === 'provisioned' || state === 'active',
  }));
}

async function historyOf(
  controls: Controls,
  operator: (typeof OPERATORS)[number],
): Promise<NonNullable<ReconciliationFacts['hlrHistory']>> {
  return (await controls.effects(operator)).flatMap(({ kind, imsi, at }) =>
    imsi !== undefined && (kind === 'barred' || kind === 'deleted' || kind === 'locationUpdated')
      ? [{ operator, kind, imsi, at }]
      : [],
  );
}

/** Partition by partition in order, which is the order for each card. */
async function readEvents({ bus }: Resources): Promise<string[]> {
  const values: string[] = [];
  const signal = AbortSignal.timeout(READS_WITHIN_MS);
  const onMessage = ({ value }: { readonly value: Buffer | null }) => void values.push(String(value));
  await bus.read(TOPICS.changeEvents, { fromBeginning: true, follow: false, signal, onMessage });
  if (signal.aborted) throw new Error(`${TOPICS.changeEvents} could not be read to its end`);
  return values;
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
    const found = new Map<
      string,
      WorkflowFact & { readonly startTime: Date; readonly workflowId: string; readonly runId: string }
    >();
    for await (const { workflowId, runId, status, startTime, typedSearchAttributes } of workflows.list()) {
      const changeId = typedSearchAttributes.get(CHANGE);
      if (changeId === undefined) continue;
      const faults = faultsIn(historyToJSON(await workflows.getHandle(workflowId, runId).fetchHistory()));
      const known = found.get(changeId);
      const all = [...(known?.faults ?? []), ...faults];
      const newest =
        known !== undefined && known.startTime > startTime
          ? known
          : { changeId, status: status.name, startTime, workflowId, runId };
      found.set(changeId, { ...newest, faults: all });
    }
    return await Promise.all(
      [...found.values()].map(async ({ changeId, status, faults, workflowId, runId }) => {
        if (status !== 'RUNNING') return { changeId, status, faults };
        const { raw, status: now } = await workflows.getHandle(workflowId, runId).describe();
        const pending = (raw.pendingActivities ?? []).map(
          ({ activityType, attempt }) => `${activityType?.name ?? ''} (attempt ${String(attempt)})`,
        );
        // What a list says may be older than what the workflow itself says.
        return { changeId, status: now.name, faults, pending };
      }),
    );
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
