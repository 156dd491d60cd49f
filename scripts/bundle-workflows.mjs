// Bundles the compiled workflows once, so that no worker spends its start on it.
import { writeFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';

const dist = join(fileURLToPath(new URL('.', import.meta.url)), '..', 'dist');
const logger = new DefaultLogger('WARN');
const workflowsPath = join(dist, 'workflows', 'index.js');
// Loaded once per process, frozen, and shared by every cached workflow: no module of ours keeps state.
const failureConverterPath = join(dist, 'workflows', 'shared', 'failure-converter.js');
const { code } = await bundleWorkflowCode({
  workflowsPath,
  preloadModules: [workflowsPath],
  failureConverterPath,
  logger,
});
const target = join(dist, 'workflow-bundle.js');
writeFileSync(`${target}.part`, code);
renameSync(`${target}.part`, target);
