import { parse } from 'yaml';
import { z } from 'zod';
import * as cloudEvents from '../../services/events/cloud-event.ts';
import {
  AUTHENTICATION_SEEN,
  CHANGE_REQUESTED,
  DELIVERY_FAILED,
  DELIVERY_RECEIPT,
  DEVICE_REACHABLE,
  LOCATION_UPDATED,
  LOCATION_UPDATE_REFUSED,
  PROOF_OF_RECEIPT,
  REACHABILITY_REPORTED,
  readEvent,
} from '../../services/events/cloud-event.ts';
import { ALL_TOPICS } from '../../services/events/topics.ts';
import { changeEventType } from '../../services/timeline/outbox-relay.ts';
import { eventOf } from '../../simulators/operator/events.ts';
import type { Fact } from '../../simulators/operator/facts.ts';
import { parseImei } from '../../telecom/identifiers/imei.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { parseMsisdn } from '../../telecom/identifiers/msisdn.ts';
import { RESPONSE_STATUSES } from '../../telecom/ota/response-status.ts';
import { CHANGE_STATES } from '../../workflows/shared/states.ts';
import { resolved, type Node } from '../support/described.ts';
import { readText } from './documents.ts';

interface Message {
  readonly name: string;
  readonly payload: Node;
  readonly examples?: readonly { readonly payload: Node }[];
}

interface AsyncApi {
  readonly channels: Readonly<
    Record<string, { readonly address: string; readonly messages: Readonly<Record<string, Message>> }>
  >;
  readonly components: {
    readonly messages: Readonly<Record<string, Message>>;
    readonly schemas: Readonly<Record<string, Node>>;
  };
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly components: {
    readonly schemas: {
      readonly problem: { readonly properties: { readonly code: { readonly examples: readonly string[] } } };
    };
  };
}

const asyncapi = resolved(parse(readText('docs/asyncapi.yaml'))) as AsyncApi;
const openapi = parse(readText('docs/provisioning-api.yaml')) as OpenApi;
const messages = Object.values(asyncapi.components.messages).filter(({ name }) => name !== 'deadLetter');

const at = '2026-01-31T10:00:00.000Z';
const imsi = parseImsi('001029000000001');
const imei = parseImei('001010010000014');
const msisdn = parseMsisdn('999029000001');
const node = 'mme-1';
const changeId = '0198f0a2-7b0c-7c3e-9d51-2f6f0c6f9a11';

/** One fact of each kind that an operator tells of. */
const FACTS: readonly Fact[] = [
  { kind: 'provisioned', at, imsi, msisdn, sealedKeys: 'sealed' },
  { kind: 'barred', at, imsi },
  { kind: 'unbarred', at, imsi },
  { kind: 'deleted', at, imsi },
  { kind: 'authenticationSeen', at, imsi, node, seq: 1 },
  { kind: 'resynchronised', at, imsi, node, seq: 1 },
  { kind: 'authenticationFailed', at, imsi, node },
  { kind: 'locationUpdated', at, imsi, node, imei },
  { kind: 'locationUpdateRefused', at, imsi, node },
  { kind: 'cancelled', at, imsi, node },
  { kind: 'reachabilityReported', at, imsi, monitoringType: 'UE_REACHABILITY' },
  { kind: 'reachabilityReported', at, imsi, monitoringType: 'LOSS_OF_CONNECTIVITY' },
];
const hlrEvents = FACTS.flatMap(
  (fact) => eventOf(fact, { operator: 'operator-2', plmn: '00102', journal: changeId, position: 1 }) ?? [],
);

function schemaOf(type: string): z.ZodType {
  const message = messages.find(({ name }) => name === type);
  if (message === undefined) throw new Error(`docs/asyncapi.yaml describes no message ${type}`);
  return z.fromJSONSchema(message.payload);
}

describe('docs/asyncapi.yaml', () => {
  test('describes every topic that set-up makes, and no other', () => {
    expect(
      Object.values(asyncapi.channels)
        .map(({ address }) => address)
        .sort(),
    ).toEqual([...Object.keys(ALL_TOPICS)].sort());
  });

  test('describes every event that is published, on its topic, and no other', () => {
    const published: Readonly<Record<string, readonly string[]>> = {
      'hlr.events': [...new Set(hlrEvents.map(({ type }) => type))],
      'subscription.requests': [CHANGE_REQUESTED],
      'device.events': [PROOF_OF_RECEIPT, DELIVERY_RECEIPT, DELIVERY_FAILED, DEVICE_REACHABLE],
      'subscription-change.events': CHANGE_STATES.map(changeEventType),
    };
    for (const { address, messages: described } of Object.values(asyncapi.channels)) {
      const types = Object.values(described).map(({ name }) => name);
      expect({ address, types: types.sort() }).toEqual({
        address,
        types: [...(published[address] ?? ['deadLetter'])].sort(),
      });
    }
  });

  test('describes every type of event that the code has a name for', () => {
    const named = Object.values<unknown>(cloudEvents).filter(
      (value) => typeof value === 'string' && value.startsWith('org.rehome.'),
    );
    expect(named.length).toBeGreaterThan(3);
    expect(messages.map(({ name }) => name)).toEqual(expect.arrayContaining(named));
  });

  test('has a type for each state of a change', () => {
    for (const state of CHANGE_STATES) expect(messages.map(({ name }) => name)).toContain(changeEventType(state));
  });

  test.each(hlrEvents.map((event) => [event.type, event] as const))(
    'describes %s as the simulated operators publish it',
    (type, event) => {
      expect(schemaOf(type).safeParse(event).error).toBeUndefined();
      expect(schemaOf(type).safeParse({ ...event, subject: 'nobody' }).success).toBe(false);
    },
  );

  test('says nothing of a key in any event of a simulated operator', () => {
    expect(JSON.stringify(hlrEvents)).not.toContain('sealed');
  });

  test('has examples that fit their own schema, and that the event router reads', () => {
    const examples = messages.flatMap(({ name, examples: given = [] }) =>
      given.map(({ payload }) => ({ name, payload })),
    );
    for (const { name, payload } of examples)
      expect({ name, error: schemaOf(name).safeParse(payload).error }).toEqual({ name, error: undefined });
    const read = (type: string) =>
      readEvent(Buffer.from(JSON.stringify(examples.find(({ name }) => name === type)?.payload)));
    expect(read(LOCATION_UPDATED).kind).toBe('locationUpdated');
    expect(read(LOCATION_UPDATE_REFUSED).kind).toBe('locationUpdateRefused');
    expect(read(PROOF_OF_RECEIPT).kind).toBe('proofOfReceipt');
    expect(read(CHANGE_REQUESTED).kind).toBe('deviceRequest');
    expect(read(DELIVERY_FAILED).kind).toBe('deliveryFailed');
    expect(read(DEVICE_REACHABLE).kind).toBe('deviceReachable');
    expect(read(REACHABILITY_REPORTED).kind).toBe('reachabilityReported');
    const seen = hlrEvents.find(({ type }) => type === AUTHENTICATION_SEEN);
    expect(readEvent(Buffer.from(JSON.stringify(seen))).kind).toBe('authenticationSeen');
  });

  test('lists every status that a card can answer with', () => {
    const { proofOfReceipt } = asyncapi.components.schemas;
    const { status } = proofOfReceipt?.['properties'] as { readonly status: { readonly enum: readonly string[] } };
    expect(status.enum).toEqual(RESPONSE_STATUSES);
  });
});

describe('docs/provisioning-api.yaml', () => {
  const client = readText('adapters/provisioning/provisioning-client.ts');

  test('describes every call that Rehome makes, and no other', () => {
    const called = [...client.matchAll(/method: '(\w+)',\s*path: ['`]([^`']+)['`]/g)].map(
      ([, method = '', path = '']) => `${method} ${path.replaceAll('${', '{')}`,
    );
    const described = Object.entries(openapi.paths).flatMap(([path, item]) =>
      ['get', 'put', 'post', 'delete']
        .filter((method) => Object.hasOwn(item, method))
        .map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(called.length).toBeGreaterThan(0);
    expect(described.sort()).toEqual(called.sort());
  });

  test('lists every refusal code that Rehome tells apart', () => {
    const [, table = ''] = /const REFUSALS[^(]*\(\[([^;]*)\]\);/.exec(client) ?? [];
    const codes = [...table.matchAll(/\['([A-Z_]+)',/g)].map(([, code]) => code);
    expect(openapi.components.schemas.problem.properties.code.examples).toEqual(codes);
  });
});
