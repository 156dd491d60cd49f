import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { request } from 'undici';
import { readPayloadKeys } from '../../adapters/vault/payload-keys.ts';
import type { SupervisedProcess } from '../../scripts/supervisor.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { eventually } from '../support/eventually.ts';
import { mapPayloads } from '../support/json-payloads.ts';
import { RunningSystem } from '../support/running-system.ts';
import { serveRoles } from '../support/test-system.ts';

const ROLES = ['orchestrator', 'operator', 'ota'] as const;
/** Several starts of processes on a machine that is busy. */
const RESTARTS_WITHIN_MS = 240_000;

describe('a payload key that is replaced while a change waits', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rehome-rotation-'));
  const keysFile = join(folder, 'payload-keys');
  const settings = { TASK_QUEUE: 'key-rotation', PAYLOAD_KEYS_FILE: keysFile, STICKY_SECONDS: '1' };
  const processes = new Map<string, SupervisedProcess>();
  const systems: RunningSystem[] = [];
  let oldId: string;
  const newId = 'the-new-one';
  const newLine = `${newId} ${randomBytes(32).toString('hex')}\n`;

  /** A system of now: whoever asks reads the keys at his start too. */
  function now(): RunningSystem {
    const system = new RunningSystem(settings);
    systems.push(system);
    return system;
  }

  /** One process after the other, as an installation does that goes on working. */
  async function restartEach(): Promise<void> {
    for (const role of ROLES) {
      await processes.get(role)?.stop();
      processes.set(role, await serveRoles(now().environment, `rotation-${role}`, [role]));
    }
  }

  beforeAll(async () => {
    const before = new RunningSystem();
    systems.push(before);
    const { payloadKeys } = before.config.keys;
    writeFileSync(keysFile, readFileSync(payloadKeys));
    oldId = readPayloadKeys(keysFile)[0].id;
    await restartEach();
  }, RESTARTS_WITHIN_MS);

  afterAll(async () => {
    for (const each of processes.values()) await each.stop();
    for (const system of systems) await system.close();
    rmSync(folder, { recursive: true });
  }, RESTARTS_WITHIN_MS);

  test(
    'keeps the change going, whose history opens from its first payload to its last, and seals whatever comes later',
    async () => {
      const before = now();
      const iccid = await before.freshCard('operator-1');
      await before.faults('smsc', { ignoreRefresh: [iccid] });
      const waiting = await before.start(iccid, 'operator-2');
      await before.reaches(waiting, 'awaitingAttach');
      await before.faults('smsc', {});

      const old = readFileSync(keysFile, 'utf8');
      writeFileSync(keysFile, old + newLine);
      await restartEach();
      writeFileSync(keysFile, newLine + old);
      await restartEach();

      const after = now();
      // Whoever asks the workflow has it replayed from what the old key had sealed.
      await eventually(async () => {
        expect(await after.desk.situationOf({ changeId: waiting, iccid })).toMatchObject({ state: 'awaitingAttach' });
      });
      await restartDevice(after, iccid);
      expect((await after.end(waiting)).change.state).toBe('completed');
      const used = await keysByEvent(after, iccid);
      expect(idsOf(used)).toEqual(new Set([oldId, newId]));
      expect([idsOf(used.slice(0, 1)), idsOf(used.slice(-1))]).toEqual([new Set([oldId]), new Set([newId])]);
      expect(openedTexts(after, used)).toContain(iccid);

      const next = await after.freshCard('operator-1');
      expect((await after.end(await after.start(next, 'operator-2'))).change.state).toBe('completed');
      const ours = (await keysByEvent(after, next)).filter(({ type }) => !type.includes('SIGNALED'));
      // The event router of all tests, which was not restarted, seals its signals as before.
      expect(idsOf(ours)).toEqual(new Set([newId]));
    },
    RESTARTS_WITHIN_MS,
  );

  interface Sealed {
    readonly type: string;
    readonly event: unknown;
    /** Ids of the keys of its payloads. */
    readonly keys: readonly string[];
  }

  const idsOf = (sealed: readonly Sealed[]) => new Set(sealed.flatMap(({ keys }) => keys));

  /** The events of the card's workflow that carry payloads. */
  async function keysByEvent(system: RunningSystem, iccid: Iccid): Promise<Sealed[]> {
    const { events } = JSON.parse(historyToJSON(await system.history(iccid))) as { events: { eventType: string }[] };
    return events
      .map((event) => {
        const keys: string[] = [];
        mapPayloads(event, (payload) => {
          const id = payload.metadata?.['encryption-key-id'];
          if (id) keys.push(Buffer.from(id).toString());
          return payload;
        });
        return { type: event.eventType, event, keys };
      })
      .filter(({ keys }) => keys.length > 0);
  }

  /** All that the payloads hold, opened with the keys of now. */
  function openedTexts({ resources, config }: RunningSystem, sealed: readonly Sealed[]): string {
    const texts: string[] = [];
    for (const { event } of sealed)
      mapPayloads(event, (payload) => {
        const shown = resources.codec.show(payload, config.temporal.namespace);
        texts.push(Buffer.from(shown.data ?? []).toString());
        return payload;
      });
    return texts.join('\n');
  }

  async function restartDevice({ config }: RunningSystem, iccid: Iccid): Promise<void> {
    const port = String(config.settings.SIMULATOR_SMSC_CONTROL_PORT);
    const url = `http://127.0.0.1:${port}/simulator/devices/${iccid}/power-cycle`;
    expect((await request(url, { method: 'POST' })).statusCode).toBe(200);
  }
});
