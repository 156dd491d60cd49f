import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { explainError } from '../../cli/errors.ts';
import { loadConfig } from '../../temporal.config.ts';
import { makeKeys } from '../../workers/setup.ts';
import { serve } from '../../workers/serve.ts';

const folder = mkdtempSync(join(tmpdir(), 'rehome-serve-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Serves one role with these settings, and tells what a person reads, and how the process ends. */
async function served(role: string, settings: Readonly<Record<string, string>>, stopped = new AbortController()) {
  const config = loadConfig({ DATA_FOLDER: folder, LOG_LEVEL: 'error', ...settings });
  const ready: string[] = [];
  try {
    const exitCode = await serve({
      ...{ config, roles: [role], stopped: stopped.signal },
      onReady: (line) => ready.push(line),
    });
    return { exitCode, ready };
  } catch (cause) {
    const { exitCode, explained } = explainError(cause);
    return { exitCode, ready, told: explained.happened };
  }
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('a role whose settings are wrong ends with 78 and names what is wrong', () => {
  test('when a gateway has no file', async () => {
    expect(await served('gateway', {})).toEqual({
      exitCode: 78,
      ready: [],
      told: expect.stringContaining('no gateway has a file: set GATEWAY_FILES') as string,
    });
  });

  test('when a key file holds no key', async () => {
    const KEY_ENCRYPTION_KEY_FILE = file('no-key', 'not a key');
    expect(await served('orchestrator', { KEY_ENCRYPTION_KEY_FILE, DATABASE_URL: 'postgres://127.0.0.1:9' })).toEqual({
      exitCode: 78,
      ready: [],
      told: expect.stringContaining('no-key does not hold a key') as string,
    });
  });

  const plans: readonly [what: string, text: string, told: string][] = [
    ['no JSON', '{"smsc": ', 'is no JSON: it ends too early'],
    ['a fault that does not exist', '{"smsc": {"explode": true}}', 'Unrecognized key: "explode"'],
  ];
  for (const role of ['simulated-operators', 'simulated-smsc']) {
    test.each(plans)(`when the fault plan of ${role} is %s`, async (_what, text, told) => {
      const SIMULATOR_FAULTS_FILE = file('faults.json', text);
      const outcome = await served(role, { SIMULATOR_FAULTS_FILE });
      expect(outcome).toMatchObject({ exitCode: 78, ready: [] });
      expect(outcome.told).toMatch(/^SIMULATOR_FAULTS_FILE: .*faults\.json /);
      expect(outcome.told).toContain(told);
    });
  }
});

describe('a role that waits for Temporal', () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket));
  beforeAll(() => new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test.each([
    ['that refuses connections', () => 9],
    ['that takes connections and says nothing', () => (silent.address() as AddressInfo).port],
  ])('%s ends with 0, and soon, when it is told to stop', async (_what, port) => {
    const stopped = new AbortController();
    const settings = { TEMPORAL_ADDRESS: `127.0.0.1:${String(port())}`, DATABASE_URL: 'postgres://127.0.0.1:9' };
    makeKeys(loadConfig({ DATA_FOLDER: folder }));
    const outcome = served('orchestrator', settings, stopped);
    setTimeout(() => {
      stopped.abort();
    }, 300);
    const begin = Date.now();
    expect(await outcome).toEqual({ exitCode: 0, ready: [] });
    expect(Date.now() - begin).toBeLessThan(5_000);
  });
});
