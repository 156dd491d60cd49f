import { setTimeout as delay } from 'node:timers/promises';
import { readFileSync, readdirSync } from 'node:fs';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { RunningSystem } from '../support/running-system.ts';
import { SIMULATOR_ROLES, WORKER_ROLES } from '../support/test-system.ts';

/** Pids of the processes whose command line has all of these words, outside this test. */
function pidsOf(...words: string[]): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return words.every((word) => commandLine.includes(word));
      } catch {
        return false;
      }
    })
    .map(Number);
}

/** Pids whose environment names this run's data folder: another checkout's processes are left alone. */
function ofThisRun(pids: readonly number[], dataFolder: string): number[] {
  return pids.filter((pid) => {
    try {
      return (
        readFileSync(`/proc/${String(pid)}/environ`, 'utf8').includes(dataFolder) ||
        readFileSync(`/proc/${String(pid)}/cmdline`, 'utf8').includes(dataFolder)
      );
    } catch {
      return false;
    }
  });
}

describe('a change in the middle of which something is killed with SIGKILL', () => {
  const system = new RunningSystem({ STEP_ATTEMPT_SECONDS: '3', ATTACH_POLL_SECONDS: '5' });
  const { dataFolder } = system.config;
  afterAll(() => system.close());

  async function expectOneMove(iccid: Iccid, changeId: string): Promise<void> {
    const { change, timeline } = await system.end(changeId);
    expect(change.state).toBe('completed');
    expect(await system.effects('operator-2', { changeId })).toEqual(['reserved']);
    expect((await system.effects('smsc', { iccid })).filter((kind) => kind === 'cardUpdated')).toHaveLength(1);
    expect(
      (await system.effects('operator-1', { imsi: change.sourceImsi ?? '' })).filter((kind) => kind === 'deleted'),
    ).toHaveLength(1);
    expect(new Set(timeline.map(({ sequence }) => sequence)).size).toBe(timeline.length);
    expect(await system.device(iccid)).toMatchObject({ imsi: change.targetImsi, attached: true });
  }

  const VICTIMS: readonly (readonly [victim: string, ...words: string[]])[] = [
    ['the workers', 'serve', WORKER_ROLES[0]],
    ['the simulators', 'serve', SIMULATOR_ROLES[0]],
    ['Temporal', 'server start-dev', 'temporal'],
    ['Kafka', 'kafka.Kafka'],
    ['PostgreSQL', 'postgres', '-D'],
  ];

  test.each(VICTIMS)(
    'completes with each effect once when %s: killed before, during and after the OTA leg',
    async (_victim, ...words) => {
      const cards = await system.freshCards('operator-1', 3);
      const started: { iccid: Iccid; changeId: string }[] = [];
      for (const iccid of cards) {
        started.push({ iccid, changeId: await system.start(iccid, 'operator-2') });
        await delay(120);
      }
      const victims = ofThisRun(pidsOf(...words), dataFolder);
      expect(victims.length).toBeGreaterThan(0);
      for (const pid of victims) process.kill(pid, 'SIGKILL');
      for (const { iccid, changeId } of started) await expectOneMove(iccid, changeId);
    },
  );
});
