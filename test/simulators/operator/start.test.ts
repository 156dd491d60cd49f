import { createServer, type AddressInfo } from 'node:net';
import { provision, World } from '../harness.ts';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.end());

test('a port that is taken is named with its setting, and nothing stays open', async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const { port } = blocker.address() as AddressInfo;
  await expect(world.operator('operator-1', { gsupPort: port })).rejects.toThrow(
    `port ${String(port)} is taken; choose another GSUP port`,
  );
  await new Promise((resolve) => blocker.close(resolve));
});

test('the operator is up and stops within a second while Kafka is away', async () => {
  const operator = await world.operator('operator-1', {
    kafka: { brokers: ['127.0.0.1:1'] },
    publisher: undefined as never,
  });
  expect((await provision(operator, '001029000000001')).status).toBe(204);
  const before = Date.now();
  await operator.stop();
  expect(Date.now() - before).toBeLessThan(1_000);
});
