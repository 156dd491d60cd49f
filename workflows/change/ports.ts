import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import type { RefusalCause } from '../../telecom/gsup/registration-refusal.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { ProofOfReceipt, SubscriptionChange } from '../shared/contract.ts';
import type { FailureCode } from '../shared/failure-codes.ts';
import type { Reason } from '../shared/failures.ts';
import type { ChangeState } from '../shared/states.ts';

/** Which change, and the sequence number under which the step records the state that it causes. */
export interface Step {
  readonly changeId: string;
  readonly iccid: Iccid;
  readonly sequence: number;
}

/** The terms under which a card leaves one operator for another, as the registry holds them. */
export interface Admission {
  readonly kind: 'admitted';
  /** Operator that the card leaves, and its subscription there. */
  readonly source: string;
  readonly sourceImsi: Imsi;
  readonly smsc: string;
  readonly askConsent: boolean;
  /**
   * How far an earlier, lost workflow of this change came: `none` that may have left, `mayHaveLeft` with the pivot passed, or
   * `accepted` by the SMSC as a whole.
   */
  readonly packet: 'none' | 'mayHaveLeft' | 'accepted';
  /** The card is one whose script goes on after a wrong admin code, so the code is checked by itself, before anything is reserved. */
  readonly checkAdminCode?: true;
  /** Somebody is asked for something before the subscriber is reserved, so the target is asked first whether it has one to give. */
  readonly askPool?: true;
  /**
   * What a probe of the card brings: an old IMSI that is read back `proves` that the card is unchanged and stays so, or only `tells` what it
   * holds; or nothing is read, and the probe only finds how far the card `counts`.
   */
  readonly readBack?: 'proves' | 'tells' | 'counts';
  /** The card can be asked, by a packet that changes nothing, to have its device read it anew. */
  readonly refreshable?: true;
  /** The card's profile writes one file after the other, so that power which fails between them leaves it torn. */
  readonly tearable?: true;
  /** The SMSC of the target, where such a card can be written again: what was reserved for it is still here. */
  readonly targetSmsc?: string;
  /** Both subscriptions stay alive for so long after the attach, before the source is asked to let go; absent: not at all. */
  readonly overlapSeconds?: number;
  /** The source has so many days after the attach to let go, by contract; absent: the contract says nothing. */
  readonly releaseDays?: number;
  /** A card that attached in another device than before is not released; absent: it is, and that is said. */
  readonly sameDevice?: 'required';
  /** Only of a resumed or reopened change: what the record says of the work of its earlier, lost workflow. */
  readonly record?: ChangeRecord;
}

/** What a change has on record that was heard of its card, or decided, while it had another workflow. */
export interface ChangeRecord {
  /** The packet that writes the subscription, then those that change nothing in their order. */
  readonly packets: readonly RecordedPacket[];
  /** That the card was taken for a torn one. */
  readonly torn?: true;
  /** Why a rollback had begun, on proof, and nothing recorded since says otherwise. */
  readonly rollback?: Reason;
  /** Why the source was not asked to let go, and is not before a person decides. */
  readonly frozen?: Reason;
}

export interface RecordedPacket {
  readonly purpose: 'write' | 'rewrite' | 'probe' | 'refresh';
  /** Of a packet that writes a torn card again: its number, and when it was answered (RFC 3339). */
  readonly number?: number;
  readonly answeredAt?: string;
  /** What the card has answered, verified. */
  readonly answer?: Pick<ProofOfReceipt, 'status' | 'statusWord' | 'holds'>;
}

export interface Rejection {
  readonly kind: 'rejected';
  readonly code: FailureCode;
  readonly reason: string;
  /** Where the rule stands that is against the change, and what it is called there: `agreement.minimumStayDays`. */
  readonly rule?: string;
}

/** Our own registry and timeline. Each is idempotent by change and sequence number, and takes milliseconds. */
export interface RegistryActivities {
  /**
   * Checks card, agreement and that nothing else is open for the card; records `requested`, or `rejected`. A resumed change is
   * never rejected: what it began has to be brought to an end.
   */
  admitChange(change: SubscriptionChange & { readonly sequence: number }): Promise<Admission | Rejection>;
  /** Checks that the card's admin code and key set are there and can be opened; they stay where they are. */
  lookUpAdminCode(card: { readonly changeId: string; readonly iccid: Iccid }): Promise<void>;
  /** Moves the card to the target in the registry, since a person says that it is there, and records `releasing`. */
  acceptAttach(step: Step & { readonly actor: string; readonly cause: string }): Promise<{ readonly imsi: Imsi }>;
  /**
   * Records a state that no other activity causes. Nothing is recorded of a change that has ended, whose workflow has not heard of it: resolves to the state
   * that it ended in, null otherwise.
   */
  recordState(
    step: Step & {
      readonly state: ChangeState;
      readonly actor: string;
      readonly cause: string;
      readonly code?: FailureCode;
      /** The change stays in its state, with the code that it has: nobody is called for that again. */
      readonly stays?: true;
      /** That the card is torn. */
      readonly torn?: true;
      /** The old subscription, of which a person says that its operator has let go. */
      readonly returned?: { readonly operator: string; readonly imsi: Imsi };
    },
  ): Promise<ChangeState | null>;
}

/** What the process needs done at the source operator, by a worker that serves that operator's queue. */
export interface SourceOperatorActivities {
  /** Records `awaitingConsent`, then asks; a refusal is the failure CONSENT_REFUSED. */
  askConsent(step: Step & { readonly imsi: Imsi; readonly target: string }): Promise<void>;
  /**
   * Bars, then deletes the old subscription, then records `completed`. Safe to repeat: what is gone stays gone. When the source's HLR
   * has seen the old subscription register after the card attached to the target, nothing is barred: the failure BOTH_ATTACHED. The
   * same if the card attached in another device than the one it was in before, and that has to be the same: OTHER_DEVICE.
   */
  releaseSubscriber(step: Release): Promise<void>;
  /**
   * The same, but a refusal is a failure that is repeated too, and nothing is recorded. One with another code than the change was told
   * of is not repeated: it has to be told.
   */
  insistOnRelease(step: Release & { readonly told?: FailureCode }): Promise<void>;
  /**
   * Fails until the HLR has something else to say of the old subscriber than was `told`, so that the server repeats the question, at
   * no cost in history. Resolves to null once the card has attached to the target, when there is nothing to watch any more. A gateway
   * that is away, or may not be asked, proves nothing. Records nothing.
   */
  watchSource(step: Step & { readonly imsi: Imsi; readonly told: OldSubscriber }): Promise<OldSubscriber | null>;
}

/** What the source's HLR says of the old subscriber, which it has not been asked to let go. */
export interface OldSubscriber {
  /** `barred`: it is there and not let in; `missing`: it is not known there, or deleted. */
  readonly standing: 'served' | 'barred' | 'missing';
  /** Since the packet left a card has failed to authenticate with the old IMSI, and none has registered with it after that. */
  readonly failsToAuthenticate?: true;
}

export type Release = Step & {
  /** The old subscription. */
  readonly imsi: Imsi;
  /** When the card attached to the target, as its HLR has it; absent when a person has said so. */
  readonly attachedAt?: string;
  /** The device that it attached in, where that HLR knows it. */
  readonly imei?: string;
  /** By the agreement it has to be the device that it was in before; absent: only what is found is said. */
  readonly sameDevice?: 'required';
};

/** What the target's HLR says of the reserved subscriber. */
export type Attach =
  | {
      readonly attached: true;
      readonly imsi: Imsi;
      /** When it registered (RFC 3339), by the HLR's clock. */
      readonly at: string;
      readonly imei?: string;
      /** The step has asked for it to be held: nothing is recorded of it. */
      readonly held?: true;
    }
  | {
      readonly attached: false;
      /** What the HLR has seen since the packet left: a card that authenticated with this IMSI, or one that failed to. */
      readonly authentication?: 'seen' | 'failed';
      /** Since the packet left it has refused to register the card, and the card has not registered after that. */
      readonly refusal?: Refusal;
    };

/** Why the HLR does not register a card that it knows. */
export interface Refusal {
  readonly cause: RefusalCause;
}

/** What the process needs done at the target operator, by a worker that serves that operator's queue. */
export interface TargetOperatorActivities {
  /** Fails with IMSI_POOL_EMPTY where the target has nothing to give. Records nothing. */
  askPool(step: Step): Promise<void>;
  /** Records `reserving`, then reserves one subscriber for this change; its credentials are sealed in the registry. */
  reserveSubscriber(step: Step): Promise<void>;
  /**
   * Records why the change is rolled back, in the state that it stays in; then bars what this change reserved and keeps it in
   * quarantine. Safe when nothing was reserved.
   */
  withdrawSubscriber(step: Step & { readonly state: ChangeState; readonly because: Reason }): Promise<void>;
  /**
   * Asks the HLR whether the reserved IMSI is attached; when it is, the registry says so and `releasing` is recorded. With `hold` that
   * counts only of an attach `after` that time by the HLR's clock, and of none without it: any other is only told.
   */
  confirmAttach(step: Step & { readonly hold?: { readonly after?: string } }): Promise<Attach>;
  /**
   * Fails until the HLR has the reserved IMSI attached at another time than `heldAttach`, or knows of a card that fails to authenticate with it if `tornIsNews`, or
   * has refused to register one if `refusalIsNews`, or the gateway has withdrawn it if `lapseIsNews`: so the
   * server repeats the question, at no cost in history. Records nothing.
   */
  watchAttach(step: Step & WatchedNews): Promise<void>;
  /** Whether a card has proven that it took what this ended change withdrew, or the HLR says that one tried to use it. Records nothing. */
  askLateAttach(step: Step): Promise<{ readonly seen: boolean }>;
  /** Takes what this change withdrew out of quarantine, so that the card that holds it can attach; records `reopened`. */
  restoreSubscriber(step: Step): Promise<void>;
}

/** What ends the watch over the target beside an attach. */
export interface WatchedNews {
  readonly tornIsNews: boolean;
  readonly lapseIsNews: boolean;
  readonly refusalIsNews: boolean;
  /** An attach that is known, and counts for nothing (RFC 3339, by the HLR's clock). */
  readonly heldAttach?: string;
}

/** What the process needs done on the card. */
export interface OtaActivities {
  /**
   * Records `checkingCard`, then sends the packet that proves the admin code and changes nothing on the card. Resolves with the answer
   * if the card has given it already; otherwise it comes as a proof of receipt.
   */
  checkAdminCode(step: Step): Promise<{ readonly answer?: Pick<ProofOfReceipt, 'status' | 'statusWord'> }>;
  /**
   * Builds the packet once, passes the pivot, and hands every segment to the SMSC: the same bytes on every retry.
   * Records `sending` under `sequence` and `awaitingCard` under `sequence + 1`.
   */
  sendOverTheAir(step: Step): Promise<void>;
  /**
   * Hands the packet that writes the subscription to the SMSC again, all of it: the same bytes. Records nothing.
   */
  resendOverTheAir(step: Step): Promise<void>;
  /**
   * Sends a harmless packet under a counter above every one that the card has had, which reads the card's IMSI back where its profile
   * allows that. `number` counts the probes of the change from 1; repeated, the same one sends the same bytes. Resolves with the
   * answer if it is there already; otherwise it comes as a proof of receipt. Records nothing.
   */
  probeCard(step: Step & { readonly number: number }): Promise<{ readonly answer?: ProbeAnswer }>;
  /**
   * Sends a packet that changes nothing on the card and has it ask its device to read it anew: REFRESH (ETSI TS 102 223 §6.4.7). `number`
   * counts those of the change from 1; repeated, the same one sends the same bytes. Records nothing. Without `over`, the device is at
   * the source.
   */
  refreshDevice(step: Step & { readonly number: number; readonly over?: 'target' }): Promise<void>;
  /**
   * Sends the packet that writes the subscription to a torn card again, as another packet under a higher counter, over the target's network. `number` counts those of the change from 1; repeated, the same one sends the same bytes.
   * Resolves with the answer if it is there already; otherwise it comes as a proof of receipt. Records nothing.
   */
  rewriteCard(
    step: Step & { readonly number: number },
  ): Promise<{ readonly answer?: Pick<ProofOfReceipt, 'status' | 'statusWord'> }>;
}

export type ProbeAnswer = Pick<ProofOfReceipt, 'status' | 'holds'>;

/** The undo of the OTA leg touches only the packet's row, so that it works while the SMSC is away. */
export interface PacketActivities {
  /** Stops a packet of which no segment has left; the failure PIVOT_PASSED says that it is too late. */
  stopSending(packet: { readonly changeId: string; readonly iccid: Iccid }): Promise<void>;
}
