import { migrate } from '../activities/database/migrate.ts';
import { ALL_TOPICS } from '../activities/events/topics.ts';
import { createKeyFile } from '../activities/vault/key-file.ts';
import { createPayloadKeys } from '../activities/vault/payload-keys.ts';
import type { Config } from '../temporal.config.ts';
import { SEARCH_ATTRIBUTES } from '../workflows/contract.ts';
import type { Resources } from './resources.ts';

/** `INDEXED_VALUE_TYPE_KEYWORD` of Temporal's API (temporal.api.enums.v1.IndexedValueType). */
const KEYWORD = 2;

export interface SetupResult {
  readonly migrations: readonly string[];
  readonly topics: readonly string[];
  readonly searchAttributes: readonly string[];
}

/** Makes the key files of this machine; those that are there are kept. */
export function makeKeys({ keys }: Config): void {
  for (const file of [keys.keyEncryptionKey, keys.indexKey]) createKeyFile(file);
  createPayloadKeys(keys.payloadKeys);
}

/** Brings database schema, topics and search attributes up to date; repeatable, also by several processes at once. */
export async function setUp(resources: Resources): Promise<SetupResult> {
  const { KAFKA_PARTITIONS, KAFKA_REPLICATION_FACTOR } = resources.config.settings;
  const [migrations, topics, searchAttributes] = await Promise.all([
    migrate(resources.database),
    resources.bus.createTopics(ALL_TOPICS, KAFKA_PARTITIONS, KAFKA_REPLICATION_FACTOR),
    addSearchAttributes(resources),
  ]);
  return { migrations, topics, searchAttributes };
}

async function addSearchAttributes(resources: Resources): Promise<string[]> {
  const connection = await resources.client();
  try {
    const { namespace } = resources.config.temporal;
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.values(SEARCH_ATTRIBUTES).filter((name) => !Object.hasOwn(customAttributes, name));
    if (missing.length > 0) {
      await connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing.map((name) => [name, KEYWORD])),
      });
    }
    return missing;
  } finally {
    await connection.close();
  }
}
