import { Connection, WorkflowClient, type ConnectionLike } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection } from '@temporalio/worker';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { EventBus, type EventBusOptions } from '../adapters/kafka/event-bus.ts';
import { openDatabase, type Database } from '../adapters/database/database.ts';
import { CardProfileError, cardProfiles, type CardProfiles } from '../services/packets/card-profiles.ts';
import { CardIndex } from '../adapters/vault/card-index.ts';
import { dataConverterOf } from '../adapters/vault/data-converter.ts';
import { readKeyFile } from '../adapters/vault/key-file.ts';
import { SealingCodec } from '../adapters/vault/payload-codec.ts';
import { PayloadKeysError, readPayloadKeys, type PayloadKeys } from '../adapters/vault/payload-keys.ts';
import { Vault } from '../adapters/vault/vault.ts';
import { ConfigurationError, type Config } from '../temporal.config.ts';
import type { Log } from './log.ts';

const CONNECT_RETRY_MILLISECONDS = 250;

/** What the roles of one process share: one connection or pool of each kind, made when first asked for. */
export class Resources {
  readonly config: Config;
  readonly log: Log;
  readonly #name: string;
  #database: Database | undefined;
  #vault: Vault | undefined;
  #profiles: CardProfiles | undefined;
  #index: CardIndex | undefined;
  #codec: SealingCodec | undefined;
  #bus: EventBus | undefined;
  #native: Promise<NativeConnection> | undefined;

  constructor(config: Config, log: Log, name: string) {
    this.config = config;
    this.log = log;
    this.#name = `rehome-${name}`;
  }

  get database(): Database {
    const { settings, database, keys } = this.config;
    const passwordFile = database.external ? settings.DATABASE_PASSWORD_FILE : keys.postgresPassword;
    return (this.#database ??= openDatabase({
      url: database.url,
      ...(passwordFile !== undefined && { passwordFile }),
      ...(database.tls && { tls: database.tls }),
      poolSize: settings.DATABASE_POOL_SIZE,
      applicationName: this.#name,
    }));
  }

  get vault(): Vault {
    return (this.#vault ??= new Vault(this.database, readKeyFile(this.config.keys.keyEncryptionKey)));
  }

  /** The kinds of cards that this installation knows; throws ConfigurationError for a file of profiles that can't be used. */
  get profiles(): CardProfiles {
    return (this.#profiles ??= readProfiles(this.config.settings.CARD_PROFILES_FILE));
  }

  get index(): CardIndex {
    return (this.#index ??= new CardIndex(readKeyFile(this.config.keys.indexKey)));
  }

  /** Seals and opens what Temporal stores; throws ConfigurationError for a file of keys that can't be used. */
  get codec(): SealingCodec {
    const { temporal, keys, settings } = this.config;
    return (this.#codec ??= new SealingCodec({
      keys: usableKeys(keys.payloadKeys),
      namespace: temporal.namespace,
      encryption: settings.PAYLOAD_ENCRYPTION,
    }));
  }

  /** What every Temporal worker of this process is given, as every client is. */
  get dataConverter(): DataConverter {
    return dataConverterOf(this.codec);
  }

  /** The client of the workflows of this installation over a connection. */
  workflows(connection: ConnectionLike): WorkflowClient {
    const { dataConverter, config } = this;
    return new WorkflowClient({ connection, namespace: config.temporal.namespace, dataConverter });
  }

  get bus(): EventBus {
    return (this.#bus ??= new EventBus({ clientId: this.#name, log: this.log, ...kafkaOptions(this.config) }));
  }

  /** The connection that all Temporal workers of this process share; waits until the server answers. */
  native(signal: AbortSignal): Promise<NativeConnection> {
    this.#native ??= this.#connect(signal);
    return this.#native;
  }

  /** A connection for one command of a person: fails at once when the server is away. */
  async client(): Promise<Connection> {
    const { connectionOptions, address } = this.config.temporal;
    const { tls, apiKey, metadata } = connectionOptions;
    return Connection.connect({
      address,
      connectTimeout: '5 seconds',
      ...(tls !== undefined && tls !== null && { tls }),
      ...(typeof apiKey === 'string' && { apiKey }),
      ...(metadata && { metadata }),
    });
  }

  async close(): Promise<void> {
    await this.#bus?.close();
    const native = await this.#native?.catch(() => undefined);
    await native?.close();
    await this.#database?.destroy();
  }

  async #connect(signal: AbortSignal): Promise<NativeConnection> {
    const { connectionOptions, address } = this.config.temporal;
    for (;;) {
      try {
        return await unlessAborted(signal, NativeConnection.connect({ ...connectionOptions, address }));
      } catch (cause) {
        if (signal.aborted) throw new Error(`Temporal at ${address} has not answered yet`, { cause });
        this.log(
          'warn',
          `Temporal at ${address} does not answer yet: ${cause instanceof Error ? cause.message : String(cause)}`,
        );
        // An abort ends the pause, and the next attempt with it.
        await delay(CONNECT_RETRY_MILLISECONDS, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}

function usableKeys(path: string): PayloadKeys {
  try {
    return readPayloadKeys(path);
  } catch (cause) {
    throw cause instanceof PayloadKeysError ? new ConfigurationError(cause.message) : cause;
  }
}

/** Waits for a connection, but no longer than until the signal aborts; one that comes later is closed. */
async function unlessAborted(signal: AbortSignal, connecting: Promise<NativeConnection>): Promise<NativeConnection> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => {
      reject(new Error('told to stop'));
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([connecting, aborted]);
  } catch (cause) {
    void connecting.then(
      (late) => late.close(),
      () => undefined,
    );
    throw cause;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

function readProfiles(name: string | undefined): CardProfiles {
  try {
    return cardProfiles(name === undefined ? undefined : { name, text: readFileSync(name, 'utf8') });
  } catch (cause) {
    if (cause instanceof CardProfileError) throw new ConfigurationError(cause.message);
    if (cause instanceof Error && 'code' in cause)
      throw new ConfigurationError(`CARD_PROFILES_FILE: ${String(name)} can't be read (${String(cause.code)})`);
    throw cause;
  }
}

/** How every client of this installation reaches Kafka. */
export function kafkaOptions({ kafka, settings }: Config): Pick<EventBusOptions, 'brokers' | 'tls' | 'sasl'> {
  const {
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: username,
    KAFKA_SASL_PASSWORD_FILE: passwordFile,
  } = settings;
  return {
    brokers: kafka.brokers,
    ...(kafka.tls && { tls: kafka.tls }),
    ...(mechanism && username && passwordFile && { sasl: { mechanism, username, passwordFile } }),
  };
}
