import type { Connection } from '@temporalio/client';
import { migrate } from '../adapters/database/migrate.ts';
import { ALL_TOPICS } from '../services/events/topics.ts';
import { createKeyFile } from '../adapters/vault/key-file.ts';
import { createPayloadKeys } from '../adapters/vault/payload-keys.ts';
import type { Config } from '../temporal.config.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/shared/contract.ts';
import { putReconciliationSchedule } from './reconciliation-schedule.ts';
import type { Resources } from './resources.ts';

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API (temporal.api.enums.v1.IndexedValueType). */
const KEYWORD = 2;

export interface SetupResult {
  readonly migrations: readonly string[];
  readonly topics: readonly string[];
  readonly searchAttributes: readonly string[];
  /** Those that were made, changed or taken away. */
  readonly schedules: readonly string[];
}

/** Makes the key files of this machine; those that are there are kept. */
export function makeKeys({ keys }: Config): void {
  for (const file of [keys.keyEncryptionKey, keys.indexKey]) createKeyFile(file);
  createPayloadKeys(keys.payloadKeys);
}

/** Brings database schema, topics, search attributes and schedules up to date; repeatable, also by several processes at once. */
export async function setUp(resources: Resources): Promise<SetupResult> {
  const { KAFKA_PARTITIONS, KAFKA_REPLICATION_FACTOR } = resources.config.settings;
  const [migrations, topics, inTemporal] = await Promise.all([
    migrate(resources.database),
    resources.bus.createTopics(ALL_TOPICS, KAFKA_PARTITIONS, KAFKA_REPLICATION_FACTOR),
    setUpTemporal(resources),
  ]);
  return { migrations, topics, ...inTemporal };
}

async function setUpTemporal(resources: Resources): Promise<Pick<SetupResult, 'searchAttributes' | 'schedules'>> {
  const connection = await resources.client();
  try {
    const searchAttributes = await addSearchAttributes(connection, resources.config.temporal);
    return { searchAttributes, schedules: await putReconciliationSchedule(connection, resources) };
  } finally {
    await connection.close();
  }
}

async function addSearchAttributes(
  { operatorService }: Connection,
  { namespace }: Config['temporal'],
): Promise<string[]> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(SEARCH_ATTRIBUTES).filter((name) => !Object.hasOwn(customAttributes, name));
  if (missing.length > 0) {
    await operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
    });
  }
  return missing;
}
