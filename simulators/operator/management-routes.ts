import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { fromHex, toHex } from '../../telecom/octets/hex.ts';
import type { MilenageKeys } from '../../telecom/milenage.ts';
import { Secret } from '../../telecom/secret.ts';
import { Problem, type Answer, type Call, type Route } from '../support/http-server.ts';
import { imsiSchema, msisdnSchema } from '../support/identifier-schemas.ts';
import { requested } from '../support/requested.ts';
import type { NewFact } from './facts.ts';
import type { Network } from './network.ts';
import type { Subscriber } from './subscribers.ts';

const RETRY_AFTER_SECONDS = 1;

const key = z
  .string()
  .regex(/^[0-9a-f]{32}$/i, 'a key is 32 hex digits')
  .transform((hex) => Secret.of(fromHex(hex, 'key')));
const Keys = z.strictObject({ k: key, opc: key });
const NewSubscriber = Keys.extend({ msisdn: msisdnSchema });

interface Management {
  /** Tells the serving node that has the subscriber that it may not be there any more. */
  readonly cancelLocation: (subscriber: Subscriber) => void;
}

/** The interface by which the operator's own systems manage the HLR. Every call may be repeated. */
export function managementRoutes(network: Network, management: Management): Route[] {
  const path = '/management/subscribers/:imsi';
  const routes: Route[] = [
    { method: 'PUT', path, handle: (call) => create(network, call) },
    { method: 'GET', path, handle: (call) => show(network, call) },
    { method: 'PUT', path: `${path}/keys`, handle: (call) => rekey(network, management, call) },
    { method: 'PUT', path: `${path}/bar`, handle: (call) => bar(network, management, call) },
    { method: 'DELETE', path: `${path}/bar`, handle: (call) => unbar(network, call) },
    { method: 'DELETE', path, handle: (call) => remove(network, management, call) },
  ];
  return routes.map((route) => underFaults(network, route));
}

/** What goes wrong on the way to the HLR and back. */
export function underFaults({ faults }: Network, route: Route): Route {
  return {
    ...route,
    handle: async (call) => {
      if (faults.plan.delayMs !== undefined) await wait(faults.plan.delayMs, undefined, { ref: false });
      if (faults.failsThisCall()) throw hlrDown();
      const answer = await route.handle(call);
      return faults.losesThisAnswer() ? { ...answer, lost: true } : answer;
    },
  };
}

function hlrDown(): Problem {
  const detail = 'the HLR is down; nothing was changed';
  return new Problem({ status: 503, code: 'HLR_DOWN', detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
}

function create({ subscribers, keys, record }: Network, { params, body }: Call): Answer {
  const imsi = requested(imsiSchema, params['imsi']);
  const { msisdn, ...given } = requested(NewSubscriber, body);
  const known = subscribers.find(imsi);
  if (known === undefined) record({ kind: 'provisioned', imsi, msisdn, sealedKeys: keys.seal(imsi, given) });
  else if (known.msisdn !== msisdn || !areSame(keys.of(known), given))
    throw new Problem({ status: 409, code: 'SUBSCRIBER_EXISTS', detail: 'the HLR has another subscriber there' });
  return DONE;
}

/** Its serving node lets go of it, so that the card has to authenticate with the new keys at once. */
function rekey(network: Network, { cancelLocation }: Management, { params, body }: Call): Answer {
  const subscriber = subscriberOf(network, params);
  const given = requested(Keys, body);
  if (areSame(network.keys.of(subscriber), given)) return DONE;
  const { imsi } = subscriber;
  network.record({ kind: 'rekeyed', imsi, sealedKeys: network.keys.seal(imsi, given) }, ...leaving(subscriber));
  cancelLocation(subscriber);
  return DONE;
}

function areSame(one: MilenageKeys, other: MilenageKeys): boolean {
  const hex = ({ k, opc }: MilenageKeys) => toHex(k.reveal()) + toHex(opc.reveal());
  return hex(one) === hex(other);
}

function show(network: Network, { params }: Call): Answer {
  const { imsi, msisdn, barred, attached, ...last } = subscriberOf(network, params);
  const { locationUpdate, authentication, refusedAt, refusal } = last;
  return { status: 200, body: { imsi, msisdn, barred, attached, locationUpdate, authentication, refusedAt, refusal } };
}

function bar(network: Network, { cancelLocation }: Management, { params }: Call): Answer {
  const subscriber = subscriberOf(network, params);
  if (subscriber.barred) return DONE;
  network.record(...barring(subscriber));
  cancelLocation(subscriber);
  return DONE;
}

function unbar(network: Network, { params }: Call): Answer {
  const { imsi, barred } = subscriberOf(network, params);
  if (barred) network.record({ kind: 'unbarred', imsi });
  return DONE;
}

function remove(network: Network, { cancelLocation }: Management, { params }: Call): Answer {
  const subscriber = network.subscribers.find(requested(imsiSchema, params['imsi']));
  if (subscriber === undefined) return DONE;
  network.record(...(subscriber.barred ? [] : barring(subscriber)), { kind: 'deleted', imsi: subscriber.imsi });
  cancelLocation(subscriber);
  return DONE;
}

const barring = (subscriber: Subscriber): NewFact[] => [
  { kind: 'barred', imsi: subscriber.imsi },
  ...leaving(subscriber),
];

const leaving = ({ imsi, node }: Subscriber): NewFact[] =>
  node === undefined ? [] : [{ kind: 'cancelled', imsi, node }];

function subscriberOf({ subscribers }: Network, params: Call['params']): Subscriber {
  const subscriber = subscribers.find(requested(imsiSchema, params['imsi']));
  if (subscriber !== undefined) return subscriber;
  throw new Problem({ status: 404, code: 'SUBSCRIBER_UNKNOWN', detail: 'the HLR has no such subscriber' });
}

const DONE: Answer = { status: 204 };
