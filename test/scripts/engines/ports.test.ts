import { createServer, type AddressInfo, type Server } from 'node:net';
import { once } from 'node:events';
import { FREE, choosePorts } from '../../../scripts/engines/ports.ts';
import { ourListeners } from '../../../scripts/our-listeners.ts';
import { loadConfig } from '../../../temporal.config.ts';
import { Unavailable } from '../../../scripts/engines/unavailable.ts';

const ALL = ['temporal', 'temporalUi', 'kafka', 'kafkaController', 'postgres'] as const;

let server: Server;
let taken: number;

beforeAll(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  taken = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.close();
});

const SETTINGS = [
  ['temporal', 'TEMPORAL_PORT'],
  ['temporalUi', 'TEMPORAL_UI_PORT'],
  ['kafka', 'KAFKA_PORT'],
  ['kafkaController', 'KAFKA_CONTROLLER_PORT'],
  ['postgres', 'POSTGRES_PORT'],
] as const;

for (const [name, setting] of SETTINGS) {
  test(`a taken ${name} port is reported with ${setting}, which moves it`, async () => {
    const refused = choosePorts({ ...FREE, [name]: taken }, ALL);
    await expect(refused).rejects.toThrow(`port ${taken} for`);
    await expect(refused).rejects.toThrow(`set ${setting} to a free port`);
    await expect(refused).rejects.toMatchObject({ exitCode: 69 });
    await expect(refused).rejects.toBeInstanceOf(Unavailable);
  });
}

test('a taken port of a simulator is reported with its setting, before anything is started', async () => {
  const settings = loadConfig({}).settings;
  const listeners = ourListeners({
    ...settings,
    SIMULATOR_SMSC_PORT: taken,
    SIMULATOR_OPERATOR_1_PORT: taken + 0,
  });
  await expect(choosePorts(FREE, [], listeners)).rejects.toThrow(
    `SIMULATOR_OPERATOR_1_PORT and SIMULATOR_SMSC_PORT are both ${taken}`,
  );
  const [listener] = ourListeners({ ...settings, SIMULATOR_OPERATOR_1_PORT: taken });
  await expect(choosePorts(FREE, [], listener === undefined ? [] : [listener])).rejects.toThrow(
    `port ${taken} for the gateway of operator-1 is taken by another process: set SIMULATOR_OPERATOR_1_PORT to a free port`,
  );
}, 20_000);

test('every port of our processes that can be set is checked', () => {
  const { settings } = loadConfig({});
  const named = Object.keys(settings).filter((name) => /^(SIMULATOR_.*|CODEC_SERVER)_PORT$/.test(name));
  expect(
    ourListeners(settings)
      .map(({ setting }) => setting)
      .sort(),
  ).toEqual(named.sort());
});

test('a port that a run before is about to free is waited for', async () => {
  const leaving = createServer().listen(0, '127.0.0.1');
  await once(leaving, 'listening');
  const { port } = leaving.address() as AddressInfo;
  setTimeout(() => leaving.close(), 300);
  await expect(choosePorts(FREE, [], [{ port, purpose: 'a simulator', setting: 'A_PORT' }])).resolves.toEqual(FREE);
});

test('all taken ports are reported at once', async () => {
  const refused = choosePorts({ ...FREE, kafka: taken, postgres: taken + 0 }, ['kafka', 'postgres']);
  await expect(refused).rejects.toThrow(/KAFKA_PORT[^]*POSTGRES_PORT/);
});

test('the port of an engine that runs elsewhere may be taken', async () => {
  await expect(choosePorts({ ...FREE, kafka: taken }, ['postgres'])).resolves.toMatchObject({ kafka: taken });
});

test('free ports are all different', async () => {
  const ports = await choosePorts(FREE, ALL);
  expect(new Set(Object.values(ports)).size).toBe(ALL.length);
  expect(Object.values(ports)).not.toContain(0);
});
