import { startTestSystem, type TestSystem } from './test-system.ts';

declare global {
  // `var` is how TypeScript declares a global that globalTeardown can see.
  var rehomeTestSystem: TestSystem | undefined;
}

/** Starts everything once for all integration tests, which find it in REHOME_TEST. */
export default async function globalSetup(): Promise<void> {
  globalThis.rehomeTestSystem = await startTestSystem({ STICKY_SECONDS: '1' });
  const { environment, engines } = globalThis.rehomeTestSystem;
  process.env['REHOME_TEST'] = JSON.stringify({ environment, engines });
}
