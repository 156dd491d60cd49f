import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Connection } from '@temporalio/client';
import { meaningOf } from '../services/reconciliation/findings.ts';
import { cardsToReconcile } from '../services/reconciliation/read-record.ts';
import { findReport, listReports } from '../services/reconciliation/reports.ts';
import { withReading } from '../services/reconciliation/with-reading.ts';
import { askWhatCardHolds } from '../services/reading/ask-card.ts';
import { approveTry } from '../services/registry/approve-try.ts';
import { blockCard, unblockCard } from '../services/registry/card-blocks.ts';
import { findCard, nextCardToMove } from '../services/registry/cards.ts';
import type { CardProfiles } from '../services/packets/card-profiles.ts';
import { importCards } from '../services/registry/import-cards.ts';
import { listOperators, Network, registerNetwork } from '../services/registry/operators.ts';
import { validationMessage, validationMessages } from '../services/registry/validation-messages.ts';
import { readChangeEvents } from '../services/events/change-events.ts';
import { readEvidence } from '../services/evidence/read-evidence.ts';
import { listParkedEvents } from '../services/event-router/parked-events.ts';
import { checkChange } from '../services/requests/check-change.ts';
import { cardOfRequest, requestChange } from '../services/requests/request-change.ts';
import { resumeChange } from '../services/requests/resume-change.ts';
import { newestWorkflow, type RequestDependencies } from '../services/requests/start-change.ts';
import { situationOf, supportChange } from '../services/requests/support-change.ts';
import { findUnrecorded, viewWorkflow } from '../services/requests/workflow-view.ts';
import { findChange, listChanges, readTimeline, rebuildReadModel } from '../services/timeline/read-model.ts';
import { readKeyFile } from '../adapters/vault/key-file.ts';
import type { ReconciliationScope, Desk, RegisteredNetwork } from '../application/ports.ts';
import { JsonError, parseJson } from '../telecom/json.ts';
import type { Settings } from '../temporal.config.ts';
import type { ReconciliationFinding } from '../workflows/reconciliation/ports.ts';
import { changeWorkflowId, SEARCH_ATTRIBUTES, type ChangePolicy } from '../workflows/shared/contract.ts';
import type { CardView } from '../application/views.ts';
import { reconcileCards } from './reconcile-cards.ts';
import type { Resources } from './resources.ts';
import { namingServices } from './naming-services.ts';
import { setUp } from './setup.ts';

/** The file does not describe operators, SMSCs and agreements; the message names every fault. */
export class NetworkFileError extends Error {
  override readonly name = 'NetworkFileError';
}

/** What the command line needs, and what the demonstration needs beyond it. */
export interface ConnectedDesk extends Desk {
  registerNetwork(network: Network): Promise<RegisteredNetwork>;
  nextCardToMove(operator: string): Promise<CardView | undefined>;
}

export const policyOf = (settings: Settings): ChangePolicy => ({
  attemptSeconds: settings.STEP_ATTEMPT_SECONDS,
  consentPatienceSeconds: settings.CONSENT_PATIENCE_SECONDS,
  stepPatienceSeconds: settings.STEP_PATIENCE_SECONDS,
  attachPollSeconds: settings.ATTACH_POLL_SECONDS,
  attachDeadlineSeconds: settings.ATTACH_DEADLINE_SECONDS,
  releasePatienceSeconds: settings.RELEASE_PATIENCE_SECONDS,
});

/** Connects what people ask for to database and Temporal; the connection to Temporal is made by the first command that needs it. */
export function openDesk(resources: Resources): ConnectedDesk {
  const { config, database, vault, index, profiles } = resources;
  let connection: Promise<Connection> | undefined;
  const requests = async (): Promise<RequestDependencies> => {
    connection ??= resources.client();
    const workflows = resources.workflows(await connection);
    return { database, workflows, index, taskQueue: config.settings.TASK_QUEUE, policy: policyOf(config.settings) };
  };
  const runningFor = async (iccid: string): Promise<'change' | 'reading' | undefined> => {
    const { workflows } = await requests();
    const newest = await newestWorkflow(workflows, changeWorkflowId(index.hash(iccid)));
    if (newest?.running !== true) return undefined;
    return newest.beingRead ? 'reading' : 'change';
  };
  const reconcileNow = async (scope: ReconciliationScope): Promise<ReturnType<typeof withReading>> => {
    const dependencies = await requests();
    const reconciled = (iccids: readonly string[]) => reconcileCards(resources, { temporal: dependencies }, iccids);
    if (!('iccid' in scope)) return reconciled(await cardsToReconcile(database, scope));
    const { iccid, ask } = scope;
    if (ask === undefined) return reconciled([iccid]);
    const reading = await askWhatCardHolds({ ...dependencies, profiles }, { iccid, ...ask });
    return withReading(await reconciled([iccid]), { iccid, reading });
  };
  const desk: ConnectedDesk = {
    requestChange: async (request) => requestChange(await requests(), request),
    checkChange: (request) => checkChange({ database, profiles, runningFor }, request),
    resumeChange: async (changeId) => resumeChange(await requests(), changeId),
    supportChange: async (change, request) => supportChange(await requests(), change, request),
    situationOf: async (change) => situationOf(await requests(), change),
    viewWorkflow: async (change) => viewWorkflow(await requests(), change),
    findUnrecorded: async (changeOrIccid) => {
      const iccid = await cardOfRequest(database, changeOrIccid);
      const found = iccid === undefined ? undefined : await findUnrecorded(await requests(), iccid);
      return found !== undefined && [found.changeId, iccid].includes(changeOrIccid) ? found : undefined;
    },
    listOperators: () => listOperators(database),
    readEvents: (reading) => readChangeEvents(resources.bus, reading),
    listParkedEvents: (limit) => listParkedEvents(database, limit),
    findChange: (changeOrIccid) => findChange(database, changeOrIccid),
    readTimeline: (changeId) => readTimeline(database, changeId),
    readEvidence: (changeId) => readEvidence(database, changeId),
    listChanges: (filter) => listChanges(database, filter),
    findCard: (iccid) => findCard(database, iccid),
    blockCard: (wish) => blockCard(database, wish),
    unblockCard: (wish) => unblockCard(database, wish),
    approveTry: (wish) => approveTry(database, wish),
    nextCardToMove: (operator) => nextCardToMove(database, operator),
    importCards: (options) => importCards({ database, vault, index, profiles, ...options }),
    importOperators: async (file) => {
      const network = await readNetwork(file, profiles);
      return registerNetwork(resources, network).catch((cause: unknown) => {
        throw unknownReference(cause, file) ?? cause;
      });
    },
    registerNetwork: (network) => registerNetwork(resources, network),
    reconcile: async (scope) => {
      const { findings, ...report } = await reconcileNow(scope);
      return { ...report, findings: findings.map(explained) };
    },
    listReconciliationReports: (limit) => listReports(database, limit),
    findReconciliationReport: async (reconciliationId) => {
      const report = await findReport(database, reconciliationId);
      return report && { ...report, findings: report.findings.map(explained) };
    },
    rebuildReadModel: () => rebuildReadModel(database),
    setUp: () => setUp(resources),
    workflowLink: ({ changeId, iccid, runId }) => {
      const { uiUrl, namespace } = config.temporal;
      const workflowId = changeWorkflowId(index.hash(iccid));
      if (uiUrl === undefined) return `${workflowId}${runId ? ` run ${runId}` : ''} (set TEMPORAL_UI_URL for a link)`;
      const workflows = `${uiUrl}/namespaces/${namespace}/workflows`;
      if (runId) return `${workflows}/${encodeURIComponent(workflowId)}/${runId}/history`;
      return `${workflows}?query=${encodeURIComponent(`${SEARCH_ATTRIBUTES.change}="${changeId}"`)}`;
    },
    close: async () => {
      await (await connection?.catch(() => undefined))?.close();
      await resources.close();
    },
  };
  return namingServices(desk, config);
}

const explained = (finding: ReconciliationFinding) => ({ ...finding, means: meaningOf(finding.kind) });

async function readNetwork(file: string, profiles: CardProfiles): Promise<Network> {
  let content: unknown;
  try {
    content = parseJson(await readFile(file, 'utf8'));
  } catch (cause) {
    const { message } = cause instanceof Error ? cause : new Error(String(cause));
    throw new NetworkFileError(`${file} ${cause instanceof JsonError ? message : `can't be read: ${message}`}`);
  }
  const parsed = Network.safeParse(content, { error: validationMessage });
  if (!parsed.success)
    throw new NetworkFileError([`${file} is not usable:`, ...validationMessages(parsed.error)].join('\n✖ '));
  const unknown = parsed.data.agreements.flatMap(({ source, target, cardProfiles = [] }) =>
    cardProfiles
      .filter((name) => !Object.hasOwn(profiles, name))
      .map((name) => `✖ cardProfiles of the agreement from ${source} to ${target}: ${name} is no card profile`),
  );
  if (unknown.length > 0) throw new NetworkFileError(`${file} is not usable:\n${unknown.join('\n')}`);
  return withUsableKeys(parsed.data, file);
}

/** Session keys are named relative to the file; a key that can't be read is a fault of it. */
function withUsableKeys(network: Network, file: string): Network {
  const faults: string[] = [];
  const operators = network.operators.map(({ sessionKeys, ...operator }) => {
    const keys = sessionKeys?.map(({ kid, file: name }) => ({ kid, file: resolve(dirname(file), name) }));
    for (const { kid, file: path } of keys ?? []) {
      try {
        readKeyFile(path);
      } catch (cause) {
        faults.push(
          `✖ session key ${kid} of ${operator.id}: ${cause instanceof Error ? cause.message : String(cause)}`,
        );
      }
    }
    return { ...operator, ...(keys && { sessionKeys: keys }) };
  });
  if (faults.length > 0) throw new NetworkFileError(`${file} is not usable:\n${faults.join('\n')}`);
  return { ...network, operators };
}

/** PostgreSQL's foreign_key_violation: an operator names an SMSC, or an agreement an operator, that is not registered. */
function unknownReference(cause: unknown, file: string): NetworkFileError | undefined {
  const { code, detail } = cause as { readonly code?: unknown; readonly detail?: unknown };
  return code === '23503'
    ? new NetworkFileError(`${file} names something that is not registered: ${String(detail)}`)
    : undefined;
}
