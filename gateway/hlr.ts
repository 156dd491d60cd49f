import type { RefusalCause } from '../telecom/gsup/registration-refusal.ts';
import type { Imei } from '../telecom/identifiers/imei.ts';
import type { Imsi } from '../telecom/identifiers/imsi.ts';
import type { Msisdn } from '../telecom/identifiers/msisdn.ts';
import type { Secret } from '../telecom/secret.ts';

/** One HLR, as far as the gateway needs it. Every method may be repeated, after any lost answer. */
export interface Hlr {
  /**
   * Makes the subscriber, allowed to attach. GET, compare, then SET: one that is there with the same keys stays as it is; with
   * others: HlrError 'collision'.
   */
  create(subscriber: {
    readonly imsi: Imsi;
    readonly msisdn: Msisdn;
    readonly k: Secret<Uint8Array>;
    readonly opc: Secret<Uint8Array>;
  }): Promise<void>;
  /** Takes access away, keeps the keys; the serving node is told. Unknown: HlrError 'unknown'. */
  bar(imsi: Imsi): Promise<void>;
  /** Gives access back. */
  unbar(imsi: Imsi): Promise<void>;
  /** Bars, then deletes. One that is not there is gone already. */
  remove(imsi: Imsi): Promise<void>;
  /** What the HLR says of it; undefined when it does not know it. */
  subscriber(imsi: Imsi): Promise<HlrSubscriber | undefined>;
  close(): Promise<void>;
}

export interface HlrSubscriber {
  readonly imsi: Imsi;
  readonly msisdn: Msisdn | undefined;
  readonly barred: boolean;
  readonly attached: boolean;
  /** The last one; imei is null where the HLR does not learn it. */
  readonly locationUpdate: { readonly at: string; readonly imei: Imei | null } | null;
  /**
   * The last authentication; null when there was none, absent where the HLR remembers none. `seen`: a serving node asked for vectors.
   * `failed`: one reported that card and network do not have the same key, and no card has registered since.
   */
  readonly authentication?: { readonly at: string; readonly outcome: 'seen' | 'failed' } | null;
  /** When a card was last refused since the subscriber was barred; null when none was, absent where the HLR does not remember it. */
  readonly refusedAt?: string | null;
  /**
   * The last time since the card registered that the HLR did not register it although it is not barred, and why; null when there was none,
   * absent where the HLR does not remember it.
   */
  readonly refusal?: { readonly at: string; readonly cause: RefusalCause } | null;
  /** The last SQN that went to a serving node, 0 before the first, where the HLR tells no more than this of authentications. */
  readonly lastSqn?: number;
}

/** Why an HLR did not do it: it can't be reached (try again), refused, has another subscriber there, or does not know it. */
export class HlrError extends Error {
  override readonly name = 'HlrError';
  readonly kind: 'unreachable' | 'refused' | 'collision' | 'unknown';

  constructor(kind: HlrError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}
