import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { projectRoot } from '../../scripts/engines/installation.ts';

const ROOT = projectRoot();
const CACHE = join(ROOT, 'node_modules', '.cache', 'rehome-workflow-bundle');

/** The workflows as a worker loads them, bundled from the sources once per version of these: bundling costs seconds. */
export async function workflowBundle(): Promise<{ readonly code: string }> {
  const cached = join(CACHE, `${fingerprintOfSources()}.js`);
  if (existsSync(cached)) return { code: readFileSync(cached, 'utf8') };
  const workflowsPath = join(ROOT, 'workflows', 'index.ts');
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    preloadModules: [workflowsPath],
    failureConverterPath: join(ROOT, 'workflows', 'shared', 'failure-converter.ts'),
    logger: new DefaultLogger('ERROR'),
  });
  mkdirSync(CACHE, { recursive: true });
  const part = `${cached}.${String(process.pid)}.part`;
  writeFileSync(part, code);
  renameSync(part, cached);
  return { code };
}

/** Whatever the bundle is made of: workflows, what they import of telecom, and the SDK. */
function fingerprintOfSources(): string {
  const hash = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .update(readFileSync(__filename));
  for (const folder of ['workflows', 'telecom']) {
    for (const name of readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).sort()) {
      if (name.endsWith('.ts')) hash.update(name).update(readFileSync(join(ROOT, folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}
