import { JSONToPayload, payloadToJSON, type JSONPayload, type Payload } from '@temporalio/common/lib/proto-utils';

/** What Temporal itself writes, of which no codec hears. */
const OF_TEMPORAL = new Set(['searchAttributes', 'data']);

const isPayload = (value: object): value is JSONPayload =>
  typeof (value as { metadata?: { encoding?: unknown } }).metadata?.encoding === 'string';

/** A history, or a part of one, as JSON, with every payload of ours in it replaced. */
export function mapPayloads(value: unknown, change: (payload: Payload) => Payload, name = ''): unknown {
  if (Array.isArray(value)) return value.map((one: unknown) => mapPayloads(one, change, name));
  if (typeof value !== 'object' || value === null || OF_TEMPORAL.has(name)) return value;
  if (isPayload(value)) return payloadToJSON(change(JSONToPayload(value)));
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapPayloads(member, change, key)]));
}
