import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/engines/installation.ts';

/** The Temporal server that skips time, which set-up fetched. */
export function pinnedTestServer(): string {
  const engines = join(projectRoot(), '.engines');
  const pins: unknown = JSON.parse(readFileSync(join(projectRoot(), 'scripts', 'engines', 'engines.json'), 'utf8'));
  const { temporalTestServer } = pins as { readonly temporalTestServer: { readonly version: string } };
  const path = join(engines, `temporal-test-server-${temporalTestServer.version}`, 'temporal-test-server');
  if (!existsSync(path))
    throw new Error(`there is no test server in ${path}: fetch it with: node scripts/bootstrap.mjs`);
  return path;
}
