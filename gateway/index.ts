import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { Ageing } from './ageing.ts';
import { standingOrders, type BackOffice } from './back-office.ts';
import type { GatewayFile } from './config.ts';
import type { Hlr } from './hlr.ts';
import { httpBackOffice } from './http-back-office.ts';
import { onlyClient } from './http/client-certificate.ts';
import { answering, closeHttp, keepingAlive, listen } from './http/http-server.ts';
import { readMasterKey, readOp, readSessionKey } from './keys.ts';
import type { PublishHlrEvent } from './location-updates.ts';
import type { Log } from './log.ts';
import type { Operator } from './operator.ts';
import { provisioningRoutes } from './routes.ts';
import { ReservationBook } from './store/reservations.ts';
import { Store, type Database } from './store/store.ts';
import { SubscriberBook } from './store/subscribers.ts';
import { watchSubscribers } from './watch-subscribers.ts';

export interface GatewayOptions {
  readonly config: GatewayFile;
  /** A pool, which gateways may share; each keeps to its schema, and none closes it. */
  readonly database: Database;
  readonly hlr: Hlr;
  /** For an HLR that publishes nothing itself. */
  readonly publish: PublishHlrEvent;
  readonly log: Log;
  readonly now?: () => Date;
  /** How many calls may be at work on something of their own at once, each over a connection of the pool; the others are told to ask again. */
  readonly mostAtWork?: number;
}

export interface RunningGateway {
  readonly url: string;
  readonly operator: Operator;
  stop(): Promise<void>;
}

/** Starts the gateway of one operator: the provisioning API over mutual TLS in front of its HLR. */
export async function startGateway({
  config,
  database,
  hlr,
  publish,
  log,
  now = () => new Date(),
  mostAtWork,
}: GatewayOptions): Promise<RunningGateway> {
  const store = new Store({
    database,
    operator: config.operator,
    now,
    ...(mostAtWork !== undefined && { mostHeld: mostAtWork }),
  });
  await store.migrate();
  const operator: Operator = {
    ...{ config, store, hlr, log },
    subscribers: new SubscriberBook(store, config),
    reservations: new ReservationBook(store),
    backOffice: backOfficeOf(config),
    keys: { master: readMasterKey(config.masterKey), op: readOp(config.op) },
    sessionKey: wrappingKey(config),
  };
  const { tls, listen: at } = config;
  const credentials = { ca: readFileSync(tls.ca), cert: readFileSync(tls.cert), key: readFileSync(tls.key) };
  const server = keepingAlive(
    createServer(
      { ...credentials, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2' },
      answering(provisioningRoutes(operator), { log, admit: onlyClient(tls.client, log) }),
    ),
  );
  const port = await listen(server, { ...at, name: `the gateway of ${config.operator}` });
  const ageing = new Ageing(operator);
  const watch =
    config.hlr.kind === 'osmo-hlr'
      ? watchSubscribers(operator, { publish, everySeconds: config.hlr.pollSeconds })
      : undefined;
  const url = `https://${at.host}:${String(port)}`;
  log('info', 'the gateway is up', { operator: config.operator, url, hlr: config.hlr.kind });
  return {
    url,
    operator,
    stop: async () => {
      await Promise.all([closeHttp(server), ageing.stop(), watch?.stop()]);
      await Promise.all([hlr.close(), operator.backOffice.close()]);
    },
  };
}

const backOfficeOf = ({ backOffice }: GatewayFile): BackOffice =>
  backOffice.kind === 'http' ? httpBackOffice(backOffice.url) : standingOrders(backOffice);

function wrappingKey({ sessionKeys: [first] }: GatewayFile): Operator['sessionKey'] {
  if (first === undefined) throw new Error('a gateway needs a session key');
  return { kid: first.kid, key: readSessionKey(first.file) };
}
