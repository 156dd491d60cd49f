import { z } from 'zod';
import { RESPONSE_STATUSES } from '../../telecom/ota/response-status.ts';
import { iccidSchema, imsiSchema } from '../identifier-schemas.ts';

/** The content type of a CloudEvent in structured mode (CloudEvents 1.0, JSON event format §3). */
export const CLOUD_EVENT_CONTENT_TYPE = 'application/cloudevents+json';

export interface CloudEvent<Data> {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: Data;
}

/** A CloudEvent without the members that are the same in all of ours. */
export const cloudEvent = <Data>(
  event: Omit<CloudEvent<Data>, 'specversion' | 'datacontenttype'>,
): CloudEvent<Data> => ({
  specversion: '1.0',
  ...event,
  datacontenttype: 'application/json',
});

const Envelope = z.object({
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(256),
  source: z.string().min(1),
  type: z.string().min(1),
  time: z.string().optional(),
  data: z.unknown(),
});

export const LOCATION_UPDATED = 'org.rehome.hlr.location-updated.v1';
export const PROOF_OF_RECEIPT = 'org.rehome.device.proof-of-receipt.v1';
export const DELIVERY_RECEIPT = 'org.rehome.device.delivery-receipt.v1';

const Location = Envelope.extend({
  type: z.literal(LOCATION_UPDATED),
  data: z.object({ imsi: imsiSchema, imei: z.string().optional() }),
});
const Proof = Envelope.extend({
  type: z.literal(PROOF_OF_RECEIPT),
  data: z.object({
    iccid: iccidSchema,
    changeId: z.uuid(),
    cntr: z.number().int().nonnegative(),
    status: z.enum(RESPONSE_STATUSES),
    statusWord: z
      .string()
      .regex(/^[0-9a-f]{4}$/)
      .optional(),
    authenticated: z.boolean(),
  }),
});

export type InboundEvent =
  | { readonly kind: 'locationUpdated'; readonly event: z.infer<typeof Location> }
  | { readonly kind: 'proofOfReceipt'; readonly event: z.infer<typeof Proof> }
  | { readonly kind: 'other'; readonly type: string };

/** The message is no CloudEvent, or not the event that it claims to be; it goes to the dead letters with this reason. */
export class EventError extends Error {
  override readonly name = 'EventError';
}

/** Reads a message of `hlr.events` or `device.events`; throws EventError. Types that nobody waits for are `other`. */
export function readEvent(value: Buffer | null): InboundEvent {
  const envelope = checked(Envelope, parseJson(value));
  switch (envelope.type) {
    case LOCATION_UPDATED:
      return { kind: 'locationUpdated', event: checked(Location, envelope) };
    case PROOF_OF_RECEIPT:
      return { kind: 'proofOfReceipt', event: checked(Proof, envelope) };
    default:
      return { kind: 'other', type: envelope.type };
  }
}

function parseJson(value: Buffer | null): unknown {
  if (value === null) throw new EventError('the message is empty');
  try {
    return JSON.parse(value.toString('utf8'));
  } catch {
    throw new EventError('the message is not JSON');
  }
}

function checked<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new EventError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
}
