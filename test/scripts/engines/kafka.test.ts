import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kafkaEngine } from '../../../scripts/engines/kafka.ts';

/** Starts a JVM; the tests beside this one use both cores. */
const FORMAT_TIMEOUT_MILLISECONDS = 60_000;

let dataFolder: string;

beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'rehome-kafka-'));
  mkdirSync(join(dataFolder, 'kafka'));
});

afterEach(() => {
  rmSync(dataFolder, { recursive: true, force: true });
});

test.each(['-tAAAAAAAAAAAAAAAAAAAA', '--help-AAAAAAAAAAAAAAA'])(
  'storage is formatted although the cluster id %s reads like an option',
  async (clusterId) => {
    await kafkaEngine({ dataFolder, port: 19_092, controllerPort: 19_093, clusterId }).prepare();

    const meta = readFileSync(join(dataFolder, 'kafka', 'data', 'meta.properties'), 'utf8');
    expect(meta).toContain(`cluster.id=${clusterId}\n`);
  },
  FORMAT_TIMEOUT_MILLISECONDS,
);
