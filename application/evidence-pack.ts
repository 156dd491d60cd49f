import { cardAnswer } from '../workflows/change/card-answer.ts';
import type { ProofOfReceipt } from '../workflows/shared/contract.ts';
import type { ChangeState } from '../workflows/shared/states.ts';

/** Rises when a member changes its meaning or goes away; a new member is no new version. */
export const EVIDENCE_VERSION = 1;

/**
 * All that is kept of one change, for an operator that disputes it: what was agreed, sent, answered and asked, by whom and when. Times
 * are RFC 3339 in UTC. No key, no code and no octet of a packet is in it; what was not recorded is null.
 */
export interface EvidencePack extends RecordedEvidence {
  readonly version: typeof EVIDENCE_VERSION;
  readonly consent: ConsentEvidence;
  readonly ladder: EvidenceLadder;
}

/** What the database has. */
export interface RecordedEvidence {
  readonly change: {
    readonly changeId: string;
    readonly iccid: string;
    readonly state: ChangeState;
    readonly ended: boolean;
    readonly code: string | null;
    readonly detail: string;
    readonly requestedBy: string;
    readonly requestId: string;
    readonly requestedAt: string;
    readonly reason: string | null;
  };
  readonly source: PartyEvidence;
  readonly target: PartyEvidence;
  /** What the HLR of the target said of the card; null while it has not attached, or when a person has said that it did. */
  readonly attach: AttachEvidence | null;
  /** Checks, then the packet that wrote the subscription, then probes, each by its number. */
  readonly packets: readonly PacketEvidence[];
  /** Requests to the source to let go, oldest first; those in a row that had one answer are one entry. */
  readonly releaseRequests: readonly ReleaseEvidence[];
  readonly timeline: readonly TimelineEvidence[];
}

export interface PartyEvidence {
  /** Id of the operator; null when the card was not known. */
  readonly operator: string | null;
  readonly name: string | null;
  readonly plmn: string | null;
  readonly imsi: string | null;
  readonly msisdn: string | null;
}

export interface AttachEvidence {
  readonly registeredAt: string;
  readonly imei: string | null;
  /** When a serving node asked last for vectors for the new IMSI. */
  readonly authenticatedAt: string | null;
  /** When the HLR had been asked and its answer was recorded. */
  readonly recordedAt: string;
}

export interface PacketEvidence {
  readonly purpose: 'check' | 'write' | 'rewrite' | 'probe' | 'refresh';
  readonly number: number;
  /** CNTR (ETSI TS 102 225 §5.1.4); null in one that was stopped before it was made. */
  readonly cntr: number | null;
  readonly state: 'prepared' | 'sent' | 'stopped';
  readonly preparedAt: string;
  readonly sentAt: string | null;
  readonly submissions: readonly {
    readonly number: number;
    readonly begunAt: string;
    /** When the SMSC had taken all segments. */
    readonly acceptedAt: string | null;
    /** When the change was told that the SMSC has given it up. */
    readonly failedAt: string | null;
    /** As what the SMSC took the segments, in their order. */
    readonly messageIds: readonly string[];
  }[];
  /** The last word of the SMSC on each message, by message id. */
  readonly receipts: readonly { readonly messageId: string; readonly state: string }[];
  /** What the card answered, with its own checksum, verified; null while it has not. */
  readonly proofOfReceipt: {
    readonly status: ProofOfReceipt['status'];
    readonly statusWord: string | null;
    /** The subscription that a probe has read. */
    readonly holds: 'source' | 'target' | 'another' | null;
    readonly at: string | null;
  } | null;
}

export interface ReleaseEvidence {
  readonly askedAt: string;
  readonly lastAskedAt: string;
  readonly times: number;
  readonly code: string | null;
  readonly answer: string;
  /** The last registration of the old subscription, as the HLR of the source had it when it was asked. */
  readonly registeredAt: string | null;
  readonly imei: string | null;
}

export interface TimelineEvidence {
  readonly sequence: number;
  readonly at: string;
  readonly state: ChangeState;
  readonly actor: string;
  readonly cause: string;
  readonly code: string | null;
  /** Where the event of the state stands on `subscription-change.events`; null while it is not published. */
  readonly event: { readonly partition: number; readonly offset: number; readonly publishedAt: string } | null;
}

export interface ConsentEvidence {
  /** Nobody is asked where the agreement does not want it, nor for a change that ended before. */
  readonly decision: 'notAsked' | 'granted' | 'refused' | 'unanswered';
  readonly askedAt: string | null;
  /** When the answer was acted upon. */
  readonly decidedAt: string | null;
}

/** What proves that the card moved, the weakest first; null where it is not proven, or was not recorded. */
export interface EvidenceLadder {
  /** The card answered, with its own checksum, that it has run the command that writes the subscription, or was read to hold it. */
  readonly proofOfReceipt: string | null;
  /** A serving node asked for vectors for the new IMSI. */
  readonly authenticationSeen: string | null;
  /** The new IMSI registered at the HLR of the target. */
  readonly locationUpdate: string | null;
  /** It did in the device that the old IMSI was in before; false: in another one. */
  readonly sameDevice: boolean | null;
}

/** Adds what follows from what is recorded. */
export const evidencePack = (recorded: RecordedEvidence): EvidencePack => ({
  version: EVIDENCE_VERSION,
  ...recorded,
  consent: consentOf(recorded),
  ladder: ladderOf(recorded),
});

function consentOf({ timeline }: RecordedEvidence): ConsentEvidence {
  const asked = timeline.find(({ state }) => state === 'awaitingConsent');
  if (asked === undefined) return { decision: 'notAsked', askedAt: null, decidedAt: null };
  const then = timeline.find(({ sequence, state }) => sequence > asked.sequence && state !== 'awaitingConsent');
  const told = (decision: ConsentEvidence['decision']) => ({
    ...{ decision, askedAt: asked.at },
    decidedAt: decision === 'unanswered' ? null : (then?.at ?? null),
  });
  if (then?.code === 'CONSENT_REFUSED') return told('refused');
  return told(then !== undefined && GOES_ON.has(then.state) ? 'granted' : 'unanswered');
}

/** States that follow the consent, and are not reached without it. */
const GOES_ON: ReadonlySet<ChangeState> = new Set(['checkingCard', 'reserving', 'sending']);

function ladderOf({ attach, packets, releaseRequests }: RecordedEvidence): EvidenceLadder {
  const before = releaseRequests.findLast(({ imei }) => imei !== null)?.imei ?? null;
  const imei = attach?.imei ?? null;
  return {
    proofOfReceipt: packets.find(provesTheMove)?.proofOfReceipt?.at ?? null,
    authenticationSeen: attach?.authenticatedAt ?? null,
    locationUpdate: attach?.registeredAt ?? null,
    sameDevice: imei === null || before === null ? null : imei === before,
  };
}

function provesTheMove({ purpose, proofOfReceipt: answer }: PacketEvidence): boolean {
  if (answer === null) return false;
  if (purpose === 'probe') return answer.holds === 'target';
  const { status, statusWord } = answer;
  const said = cardAnswer({ authenticated: true, status, ...(statusWord !== null && { statusWord }) });
  return (purpose === 'write' || purpose === 'rewrite') && said?.kind === 'executed';
}
