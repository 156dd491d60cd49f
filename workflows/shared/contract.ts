import { defineSignal } from '@temporalio/workflow';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { ResponseStatus } from '../../telecom/ota/response-status.ts';
import type { FailureCode } from './failure-codes.ts';

/** Moves one card to the target operator. Keys and codes are looked up by the activities, never carried. */
export interface SubscriptionChange {
  /** UUIDv7, given at the request. */
  readonly changeId: string;
  readonly iccid: Iccid;
  /** Id of the operator that the card joins. */
  readonly target: string;
  readonly requestedBy: string;
  readonly requestId: string;
  readonly reason?: string;
  readonly policy: ChangePolicy;
  /**
   * The last sequence number that an earlier workflow of this change recorded, when that workflow was lost. Every step finds what
   * its predecessor did, and goes on from there.
   */
  readonly resumedAfter?: number;
  /** The change had been undone, and a card tries to attach to the target all the same. Only together with `resumedAfter`. */
  readonly reopened?: true;
}

/** How patient a change is, in seconds. */
export interface ChangePolicy {
  /** One attempt at an operator's gateway or an SMSC is given up after this long, and made again. */
  readonly attemptSeconds: number;
  /** The source operator may take this long to consent, then the change is rolled back. */
  readonly consentPatienceSeconds: number;
  /** Every other step before the pivot is retried this long, then the change is rolled back. */
  readonly stepPatienceSeconds: number;
  /** The target's HLR is asked this often when no event arrives. */
  readonly attachPollSeconds: number;
  /** A card may stay silent this long after the pivot, then the change is parked in doubt. */
  readonly attachDeadlineSeconds: number;
  /** The release by the source operator is retried this long. */
  readonly releasePatienceSeconds: number;
}

export type ChangeOutcome =
  | { readonly kind: 'completed'; readonly imsi: Imsi }
  /** A change that was to be reopened stays as it ended: the HLR of the target knows of no card that tried to attach. */
  | { readonly kind: 'notReopened' }
  | { readonly kind: 'rejected' | 'rolledBack' | 'cancelled'; readonly code: FailureCode; readonly reason: string };

/** A PoR as read from the card's answer, told apart from others by the counter of the packet it answers. */
export interface ProofOfReceipt {
  readonly eventId: string;
  readonly changeId: string;
  readonly cntr: number;
  readonly status: ResponseStatus;
  /** Four hex digits: the status word of the last command that the card ran; absent when it ran none. */
  readonly statusWord?: string;
  /** True when the card's cryptographic checksum was verified. Only then does the PoR count as evidence. */
  readonly authenticated: boolean;
  /**
   * Present when it answers not the packet that writes the subscription, but that by which a torn card is written again, the question
   * about the admin code, a probe, or a wish to be read anew.
   */
  readonly purpose?: 'check' | 'rewrite' | 'probe' | 'refresh';
  /** Which one of the packets by which a torn card is written again; of no other. */
  readonly number?: number;
  /** Which subscription the card was read to hold: only in the answer to a probe, and only where that proves it for good. */
  readonly holds?: 'source' | 'target' | 'another';
}

/** The target's HLR has said that this IMSI registered. It wakes the change; the HLR's own answer decides. */
export interface LocationUpdate {
  readonly eventId: string;
  readonly changeId: string;
  readonly imsi: Imsi;
}

/** The SMSC will not deliver the packet (expired, undeliverable, rejected, deleted), or the device has shown itself at the source. */
export interface DeviceNews {
  readonly eventId: string;
  readonly changeId: string;
}

export const proofOfReceiptSignal = defineSignal<[ProofOfReceipt]>('proofOfReceipt');
export const locationUpdateSignal = defineSignal<[LocationUpdate]>('locationUpdate');
export const deliveryFailedSignal = defineSignal<[DeviceNews]>('deliveryFailed');
export const deviceReachableSignal = defineSignal<[DeviceNews]>('deviceReachable');

/** The type name under which the workflow is started. */
export const SUBSCRIPTION_CHANGE = 'subscriptionChange';

/** One workflow id per card, so that the server itself refuses a second running change. */
export const changeWorkflowId = (cardHash: string): string => `subscription-change/${cardHash}`;

/** The task queue of everything that is done at one operator's provisioning gateway. */
export const operatorTaskQueue = (taskQueue: string, operator: string): string => `${taskQueue}/operator/${operator}`;

/** The task queue of everything that is sent through one SMSC. */
export const smscTaskQueue = (taskQueue: string, smsc: string): string => `${taskQueue}/smsc/${smsc}`;

/**
 * Search attributes of a change; all are of type Keyword, and the card appears only as a keyed hash. `state` is set once a change
 * leaves the happy path: in doubt, torn, reopened, rejected, rolled back, cancelled, or with its release pending.
 */
export const SEARCH_ATTRIBUTES = {
  change: 'RehomeChange',
  card: 'RehomeCard',
  source: 'RehomeSource',
  target: 'RehomeTarget',
  state: 'RehomeState',
} as const;
