import type { ChangeState } from '../../workflows/shared/states.ts';
import type { ChangeView } from '../../application/views.ts';

/** One card as the registry has it. */
export interface RegisteredCardFact {
  readonly iccid: string;
  readonly operator: string;
  readonly imsi: string;
}

/** One change as the read model has it. */
export interface ChangeFact extends Pick<
  ChangeView,
  'changeId' | 'iccid' | 'source' | 'target' | 'sourceImsi' | 'targetImsi' | 'state' | 'ended' | 'sequence' | 'code'
> {
  /** RFC 3339. */
  readonly requestedAt: string;
}

/** One row of the timeline. */
export interface StateFact {
  readonly changeId: string;
  readonly sequence: number;
  readonly state: ChangeState;
  readonly cause: string;
  readonly actor: string;
  readonly at: string;
  /** Rises in the order in which states were recorded, over all changes. */
  readonly order: number;
}

/** One subscriber as its HLR has it. */
export interface SubscriberFact {
  readonly operator: string;
  readonly imsi: string;
  /** Whether a card that holds its keys would be let in: neither barred nor deleted. */
  readonly alive: boolean;
  /** Whether a serving node has it now. */
  readonly attached: boolean;
}

/** Something that happened at an HLR. */
export interface HlrFact {
  readonly operator: string;
  readonly kind: 'barred' | 'deleted' | 'locationUpdated';
  readonly imsi: string;
  readonly at: string;
}

/** What a device and its card really are. */
export interface DeviceFact {
  readonly iccid: string;
  /** What EF.IMSI holds; null when that is no IMSI. */
  readonly imsi: string | null;
  /** Whether it is in the network of that IMSI. */
  readonly attached: boolean;
}

/** One packet of the record. */
export interface PacketFact {
  readonly changeId: string;
  readonly iccid: string;
  readonly purpose: string;
  readonly number: number;
  readonly cntr: number | null;
  readonly state: 'prepared' | 'sent' | 'stopped';
}

/** An HLR let a torn card in with another key than was reserved: what attached meanwhile proves nothing. */
export interface OtherKeyFact {
  readonly imsi: string;
  readonly from: string;
  readonly until?: string;
}

/** A packet with a right checksum that reached a card, run or not. */
export interface OpenedFact {
  readonly iccid: string;
  readonly cntr: number;
  /** Tells its octets from those of another. */
  readonly digest: string;
}

/** One event of `subscription-change.events`, in the order in which a reader gets them. */
export interface EventFact {
  readonly iccid: string;
  readonly changeId: string;
  readonly sequence: number;
  readonly state: string;
}

/** The newest workflow of one change, and what a worker stumbled over in it. */
export interface WorkflowFact {
  readonly changeId: string;
  /** As Temporal names it: RUNNING, COMPLETED, FAILED, TERMINATED… */
  readonly status: string;
  /** Messages of failed workflow tasks that tell of a fault of Rehome, not of a worker or a server that went away. */
  readonly faults: readonly string[];
  /** Activities that it waits for, each with its attempt. */
  readonly pending?: readonly string[];
}

/** All that a reconciliation compares. What is undefined was not looked at: the rules that need it say nothing. */
export interface ReconciliationFacts {
  readonly cards: readonly RegisteredCardFact[];
  readonly changes: readonly ChangeFact[];
  readonly timeline: readonly StateFact[];
  readonly subscribers: readonly SubscriberFact[];
  readonly hlrHistory?: readonly HlrFact[];
  readonly otherKeys?: readonly OtherKeyFact[];
  readonly devices?: readonly DeviceFact[];
  /** What the record has of packets, and what cards were sent of them: one is compared with the other. */
  readonly packets?: readonly PacketFact[];
  readonly opened?: readonly OpenedFact[];
  /** ICCID of each refusal of an admin code by a card. */
  readonly adminCodeRefusals?: readonly string[];
  /** ICCID of each further try of an admin code that two persons have approved. */
  readonly approvedTries?: readonly string[];
  readonly events?: readonly EventFact[];
  readonly workflows?: readonly WorkflowFact[];
  /** Nothing has been wrong for longer than any deadline: every change should have ended, or wait for a person or its card. */
  readonly settled?: true;
}
