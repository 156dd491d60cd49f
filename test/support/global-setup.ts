import type { Config } from 'jest';
import { startTestSystem, type TestSystem } from './test-system.ts';

declare global {
  // `var` is how TypeScript declares a global that globalTeardown can see.
  var rehomeTestSystems: readonly TestSystem[] | undefined;
}

/** Starts a whole system for each worker of jest, so that suites which set its faults run side by side; they find theirs in REHOME_TEST. */
export default async function globalSetup({ maxWorkers }: Required<Pick<Config, 'maxWorkers'>>): Promise<void> {
  const systems = await Promise.all(
    Array.from({ length: Number(maxWorkers) }, () => startTestSystem({ STICKY_SECONDS: '1' })),
  );
  globalThis.rehomeTestSystems = systems;
  process.env['REHOME_TEST'] = JSON.stringify(systems.map(({ environment, engines }) => ({ environment, engines })));
}
