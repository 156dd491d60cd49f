import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { dataConverterOf } from '../../adapters/vault/data-converter.ts';
import { SealingCodec, sealPayload } from '../../adapters/vault/payload-codec.ts';
import type { PayloadKey, PayloadKeys } from '../../adapters/vault/payload-keys.ts';
import { mapPayloads } from '../support/json-payloads.ts';
import { freshPayloadKey } from '../support/payload-key.ts';
import { workflowBundle } from '../support/workflow-bundle.ts';

const WORKFLOW_ID = 'subscription-change/5d41402abc4b2a76b9719d911017c592';
const NAMESPACE = 'default';
const FOLDER = join(__dirname, 'histories');
const NAMES = readdirSync(FOLDER).map((file) => file.replace(/\.json$/, ''));
const MUST_BE_RECORDED = [
  'happy',
  'consent',
  'rolledBack',
  'rejected',
  'refusedByCard',
  'cancelled',
  'inDoubtThenAttached',
  'completedReleasePending',
  'adminCodeChecked',
  'adminCodeWrong',
  'declinedByUser',
  'readToBeUnchanged',
  'sentAgain',
  'torn',
  'sourceReleasedEarly',
  'bothAttached',
  'resumedWithItsPacketOut',
  'resumedWithARefusal',
  'resumedInItsRollback',
  'reopened',
  'reconciled',
  'cardRead',
];

interface RecordedEvent {
  readonly eventType: string;
  readonly activityTaskScheduledEventAttributes?: { readonly activityType: { name: string } };
}
interface RecordedHistory {
  events: RecordedEvent[];
}

let workflow: { readonly code: string };
beforeAll(async () => {
  Runtime.install({
    // What is refused is told by the replay itself.
    logger: new DefaultLogger('ERROR', () => undefined),
    telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
  });
  workflow = await workflowBundle();
});

test('a history is kept of every way in which a change can end, and of every other workflow', () => {
  expect(NAMES).toEqual(expect.arrayContaining(MUST_BE_RECORDED));
});

test.each(NAMES)('the workflow of today goes on with the recorded change: %s', async (name) => {
  await replay(recorded(name));
});

test.each(NAMES)('the recorded change survives being read and written, to the last payload: %s', (name) => {
  const once: unknown = JSON.parse(historyToJSON(historyFromJSON(recorded(name))));
  expect(once).toEqual(recorded(name));
});

test.each(NAMES)('the recorded change says nothing of the machine that made it: %s', (name) => {
  const text = readFileSync(join(FOLDER, `${name}.json`), 'utf8');
  expect(text).not.toMatch(/"identity"|"stackTrace"|node_modules|\.ts:\d|\d@/);
});

describe('a history that was sealed', () => {
  const keys = [freshPayloadKey('2026-11')] as const;

  test.each(['happy', 'rolledBack', 'completedReleasePending', 'adminCodeChecked'])(
    'is replayed under the key it was sealed with: %s',
    async (name) => {
      await replay(sealed(recorded(name), keys[0]), keys);
    },
  );

  test('is replayed after the key has changed, as long as the old one is kept', async () => {
    await replay(sealed(recorded('happy'), keys[0]), [freshPayloadKey('2026-12'), ...keys]);
  });

  test('is not replayed under another key: nothing is decided on what can’t be read', async () => {
    const history = sealed(recorded('happy'), keys[0]);
    await expect(replay(history, [freshPayloadKey('2026-12')])).rejects.toThrow();
  });

  test('is not replayed as the history of another change', async () => {
    const history = sealed(recorded('happy'), keys[0], 'another');
    await expect(replay(history, keys)).rejects.toThrow();
  });
});

test('a change whose steps came in another order is refused, so that a replay can fail', async () => {
  const history = recorded('happy');
  const scheduled = history.events.flatMap((event) => event.activityTaskScheduledEventAttributes ?? []);
  const [first, second] = scheduled;
  if (first === undefined || second === undefined) throw new Error('the recorded change has too few steps');
  [first.activityType.name, second.activityType.name] = [second.activityType.name, first.activityType.name];
  await expect(replay(history)).rejects.toThrow(DeterminismViolationError);
});

test('a change that lacks a step is refused', async () => {
  const history = recorded('happy');
  const marker = history.events.findIndex((event) => event.eventType === 'EVENT_TYPE_MARKER_RECORDED');
  history.events.splice(marker, 1);
  await expect(replay(history)).rejects.toThrow();
});

function replay(history: RecordedHistory, keys?: PayloadKeys): Promise<void> {
  const codec = keys && new SealingCodec({ keys, namespace: NAMESPACE, encryption: 'required' });
  const options = { workflowBundle: workflow, ...(codec && { dataConverter: dataConverterOf(codec) }) };
  return Worker.runReplayHistory(options, history, WORKFLOW_ID);
}

/** The history as an installation with this key would have written it. */
function sealed(history: RecordedHistory, key: PayloadKey, workflowId = WORKFLOW_ID): RecordedHistory {
  const place = { namespace: NAMESPACE, workflowId };
  return mapPayloads(history, (payload) => sealPayload(payload, key, place)) as RecordedHistory;
}

function recorded(name: string): RecordedHistory {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as RecordedHistory;
}
