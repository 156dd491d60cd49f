import { z } from 'zod';
import { RESPONSE_STATUSES } from '../../telecom/ota/response-status.ts';
import { sanitizeText } from '../../workflows/shared/sanitize-text.ts';
import { iccidSchema, imeiSchema, imsiSchema } from '../../adapters/identifier-schemas.ts';

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

/** Text that every store takes: no control character, which PostgreSQL refuses as NUL, and no half of a surrogate pair. */
const text = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .refine((value) => sanitizeText(value, longest) === value.trim(), 'has characters that no text may have');

const Envelope = z.object({
  specversion: z.literal('1.0'),
  id: text(256),
  source: text(256),
  type: text(256),
  time: text(64).optional(),
  data: z.unknown(),
});

export const LOCATION_UPDATED = 'org.rehome.hlr.location-updated.v1';
export const LOCATION_UPDATE_REFUSED = 'org.rehome.hlr.location-update-refused.v1';
export const PROOF_OF_RECEIPT = 'org.rehome.device.proof-of-receipt.v1';
export const DELIVERY_RECEIPT = 'org.rehome.device.delivery-receipt.v1';
export const DELIVERY_FAILED = 'org.rehome.device.delivery-failed.v1';
export const DEVICE_REACHABLE = 'org.rehome.device.reachable.v1';
export const AUTHENTICATION_SEEN = 'org.rehome.hlr.authentication-seen.v1';
export const REACHABILITY_REPORTED = 'org.rehome.hlr.reachability-reported.v1';
export const CHANGE_REQUESTED = 'org.rehome.device.change-requested.v1';

/** A keyed hash of our own (proof-stamp.ts). */
const stamp = z.string().regex(/^[0-9a-f]{32}$/);

const Location = Envelope.extend({
  type: z.literal(LOCATION_UPDATED),
  data: z.object({ imsi: imsiSchema, imei: imeiSchema.optional() }),
});
const Refusal = Envelope.extend({
  type: z.literal(LOCATION_UPDATE_REFUSED),
  data: z.object({ imsi: imsiSchema }),
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
    purpose: z.enum(['check', 'rewrite', 'probe', 'refresh']).optional(),
    number: z.int().positive().optional(),
    holds: z.enum(['source', 'target', 'another']).optional(),
    stamp: stamp.optional(),
  }),
});
const Failure = Envelope.extend({
  type: z.literal(DELIVERY_FAILED),
  data: z.object({ iccid: iccidSchema, changeId: z.uuid(), submission: z.number().int().positive(), stamp }),
});
const Contact = Envelope.extend({
  type: z.literal(DEVICE_REACHABLE),
  data: z.object({ iccid: iccidSchema, changeId: z.uuid(), at: text(64), stamp }),
});
const Authentication = Envelope.extend({
  type: z.literal(AUTHENTICATION_SEEN),
  data: z.object({ imsi: imsiSchema }),
});
/** What a MonitoringEventReport of an exposure function says of a device (3GPP TS 29.122), under its own names. */
const Reachability = Envelope.extend({
  type: z.literal(REACHABILITY_REPORTED),
  data: z.object({ imsi: imsiSchema, monitoringType: z.enum(['UE_REACHABILITY', 'LOSS_OF_CONNECTIVITY']) }),
});
const DeviceRequest = Envelope.extend({
  type: z.literal(CHANGE_REQUESTED),
  data: z.object({ iccid: iccidSchema, target: text(63), requestId: text(256), stamp }),
});

export type InboundEvent =
  | { readonly kind: 'locationUpdated'; readonly event: z.infer<typeof Location> }
  | { readonly kind: 'locationUpdateRefused'; readonly event: z.infer<typeof Refusal> }
  | { readonly kind: 'proofOfReceipt'; readonly event: z.infer<typeof Proof> }
  | { readonly kind: 'deliveryFailed'; readonly event: z.infer<typeof Failure> }
  | { readonly kind: 'deviceReachable'; readonly event: z.infer<typeof Contact> }
  | { readonly kind: 'authenticationSeen'; readonly event: z.infer<typeof Authentication> }
  | { readonly kind: 'reachabilityReported'; readonly event: z.infer<typeof Reachability> }
  | { readonly kind: 'deviceRequest'; readonly event: z.infer<typeof DeviceRequest> }
  | { readonly kind: 'other'; readonly type: string };

/** The message is no CloudEvent, or not the event that it claims to be; it goes to the dead letters with this reason. */
export class EventError extends Error {
  override readonly name = 'EventError';
}

/** Reads a message of `hlr.events`, `device.events` or `subscription.requests`; throws EventError. Types that nobody waits for are `other`. */
export function readEvent(value: Buffer | null): InboundEvent {
  const envelope = checked(Envelope, parseJson(value));
  switch (envelope.type) {
    case LOCATION_UPDATED:
      return { kind: 'locationUpdated', event: checked(Location, envelope) };
    case LOCATION_UPDATE_REFUSED:
      return { kind: 'locationUpdateRefused', event: checked(Refusal, envelope) };
    case PROOF_OF_RECEIPT:
      return { kind: 'proofOfReceipt', event: checked(Proof, envelope) };
    case DELIVERY_FAILED:
      return { kind: 'deliveryFailed', event: checked(Failure, envelope) };
    case DEVICE_REACHABLE:
      return { kind: 'deviceReachable', event: checked(Contact, envelope) };
    case AUTHENTICATION_SEEN:
      return { kind: 'authenticationSeen', event: checked(Authentication, envelope) };
    case REACHABILITY_REPORTED:
      return { kind: 'reachabilityReported', event: checked(Reachability, envelope) };
    case CHANGE_REQUESTED:
      return { kind: 'deviceRequest', event: checked(DeviceRequest, envelope) };
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
