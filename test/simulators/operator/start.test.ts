import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createCertificates } from '../../support/certificates.ts';
import { World } from '../harness.ts';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.end());

function get(url: string, credentials: object): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const call = request(url, { ...credentials, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    call.on('error', reject);
    call.end();
  });
}

test('a client is let in with the certificate of Rehome, and only with it', async () => {
  const { provisioningUrl } = await world.operator('operator-1');
  const { rehome, operators } = await createCertificates(join(world.dataFolder, 'pki'));
  const stranger = await createCertificates(join(world.dataFolder, 'another-pki'));
  const ca = readFileSync(rehome.ca);
  const as = (files: { cert: string; key: string }): object => ({
    ca,
    cert: readFileSync(files.cert),
    key: readFileSync(files.key),
  });
  const url = `${provisioningUrl}/v1/reservations/c1`;

  expect(await get(url, as(rehome))).toBe(404);
  await expect(get(url, { ca })).rejects.toThrow();
  await expect(get(url, as(stranger.rehome))).rejects.toThrow();
  await expect(get(url, as(operators))).rejects.toThrow();
});

test('a port that is taken is named with its setting, and nothing stays open', async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const { port } = blocker.address() as AddressInfo;
  await expect(world.operator('operator-1', { radioPort: port })).rejects.toThrow(
    `port ${String(port)} is taken; choose another radio port`,
  );
  await new Promise((resolve) => blocker.close(resolve));
});

test('the operator is up and stops within a second while Kafka is away', async () => {
  const operator = await world.operator('operator-1', {
    kafka: { brokers: ['127.0.0.1:1'] },
    publisher: undefined as never,
  });
  const call = await world.provisioning(operator);
  expect((await call('PUT /v1/reservations/c1', { iccid: '8999902000000000012' })).status).toBe(200);
  const before = Date.now();
  await operator.stop();
  expect(Date.now() - before).toBeLessThan(1_000);
});
