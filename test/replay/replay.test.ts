import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { workflowBundle } from '../support/workflow-bundle.ts';

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
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
  });
  workflow = await workflowBundle();
});

test('a history is kept of every way in which a change can end', () => {
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

function replay(history: RecordedHistory): Promise<void> {
  return Worker.runReplayHistory({ workflowBundle: workflow }, history);
}

function recorded(name: string): RecordedHistory {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) as RecordedHistory;
}
