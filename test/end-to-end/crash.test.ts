import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from '../../scripts/supervisor.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { RunningSystem, type OperatorId } from '../support/running-system.ts';
import { WORKER_ROLES } from '../support/test-system.ts';

const CRASHING_WORKER = join(__dirname, '..', '..', 'dist', 'test', 'support', 'crashing-worker.js');

/** Every activity of the way forward, and the direction in which a change runs through it. */
const FORWARD: readonly (readonly [activity: string, source: OperatorId, target: OperatorId])[] = [
  ['admitChange', 'operator-1', 'operator-2'],
  ['askConsent', 'operator-2', 'operator-1'],
  ['reserveSubscriber', 'operator-1', 'operator-2'],
  ['lookUpAdminCode', 'operator-1', 'operator-2'],
  ['sendOverTheAir', 'operator-1', 'operator-2'],
  ['confirmAttach', 'operator-1', 'operator-2'],
  ['releaseSubscriber', 'operator-1', 'operator-2'],
];

/** Every activity of the way back from a message that the SMSC refused. */
const BACKWARD = ['stopSending', 'withdrawSubscriber', 'recordState'];

const runs = FORWARD.map(([activity, source, target]) => ({ activity, source, target }));

/** One worker process of its own, on its own task queue, that dies at the boundaries of one activity. */
async function withCrashingWorker<Result>(
  activity: string,
  body: (system: RunningSystem) => Promise<Result>,
): Promise<{ result: Result; deaths: string[] }> {
  const system = new RunningSystem({ TASK_QUEUE: `crash-${activity}`, STEP_ATTEMPT_SECONDS: '3' });
  const folder = mkdtempSync(join(tmpdir(), 'rehome-crash-'));
  const worker = await startProcess({
    name: `crash-${activity}`,
    command: process.execPath,
    args: [
      CRASHING_WORKER,
      folder,
      activity,
      ...WORKER_ROLES.filter((role) => role !== 'outbox-relay' && role !== 'event-router'),
    ],
    env: system.environment,
    logFile: join(system.config.dataFolder, 'logs', `crash-${activity}.log`),
    restart: true,
    log: () => undefined,
  });
  try {
    return { result: await body(system), deaths: readdirSync(folder).sort() };
  } finally {
    await worker.stop();
    await system.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('a worker that is killed before an activity, and again after it', () => {
  const cards = new Map<string, Iccid>();
  const outcomes = new Map<string, Promise<void>>();

  beforeAll(async () => {
    const system = new RunningSystem();
    const fresh = {
      'operator-1': await cardsOf(system, 'operator-1'),
      'operator-2': await cardsOf(system, 'operator-2'),
    };
    for (const { activity, source } of runs) {
      const iccid = fresh[source].shift();
      if (iccid !== undefined) cards.set(activity, iccid);
    }
    await system.close();
    // All at once: each waits for time-outs most of its time.
    for (const run of runs) outcomes.set(run.activity, killedTwice(run));
    await Promise.allSettled(outcomes.values());
  }, 180_000);

  test.each(runs)('completes the change with each effect once when it dies around $activity', async ({ activity }) => {
    await outcomes.get(activity);
  });

  async function killedTwice({ activity, source, target }: (typeof runs)[number]): Promise<void> {
    const iccid = cards.get(activity);
    if (iccid === undefined) throw new Error('no card is left for this run');
    const { deaths } = await withCrashingWorker(activity, async (system) => {
      const changeId = await system.start(iccid, target);
      const { change, timeline } = await system.end(changeId);
      expect(change.state).toBe('completed');
      expect(timeline.map(({ sequence }) => sequence)).toEqual(
        [...new Set(timeline.map(({ sequence }) => sequence))].sort((a, b) => a - b),
      );
      expect(await system.effects(target, { changeId })).toEqual(['reserved']);
      expect(
        (await system.effects(source, { imsi: change.sourceImsi ?? '' })).filter(
          (kind) => kind !== 'consentAsked' && kind !== 'consentDecided',
        ),
      ).toEqual(expect.arrayContaining(['barred', 'deleted']));
      expect(once(await system.effects(source, { imsi: change.sourceImsi ?? '' }))).toBe(true);
      expect((await system.effects('smsc', { iccid })).filter((kind) => kind === 'cardUpdated')).toHaveLength(1);
      expect(await system.device(iccid)).toMatchObject({ imsi: change.targetImsi, attached: true });
    });
    expect(deaths).toEqual([`${activity}.after`, `${activity}.before`]);
  }
});

describe('a worker that is killed before a step of the way back, and again after it', () => {
  const system = new RunningSystem();
  beforeAll(() => system.faults('smsc', { refuse: 'ESME_RINVDSTADR' }));
  afterAll(async () => {
    await system.faults('smsc', {});
    await system.close();
  });

  test.each(BACKWARD)('rolls the change back with each effect once when it dies around %s', async (activity) => {
    const { deaths } = await withCrashingWorker(activity, async (crashing) => {
      const iccid = await crashing.freshCard('operator-1');
      const changeId = await crashing.start(iccid, 'operator-2');
      const { change, timeline } = await crashing.end(changeId);
      expect(change).toMatchObject({ state: 'rolledBack', code: 'SMSC_REFUSED' });
      expect(timeline.map(({ state }) => state)).toEqual([
        'requested',
        'reserving',
        'sending',
        'sending',
        'rolledBack',
      ]);
      expect(await crashing.effects('operator-2', { changeId })).toEqual(['reserved', 'withdrawn']);
      expect(await crashing.effects('smsc', { iccid })).not.toContain('cardUpdated');
    });
    expect(deaths).toEqual([`${activity}.after`, `${activity}.before`]);
  });
});

/** No kind of effect stands twice. */
const once = (kinds: readonly string[]): boolean => new Set(kinds).size === kinds.length;

async function cardsOf(system: RunningSystem, operator: OperatorId): Promise<Iccid[]> {
  return system.freshCards(operator, FORWARD.length);
}
