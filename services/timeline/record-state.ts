import { sql, type RawBuilder } from 'kysely';
import { FAILURES, type FailureCode } from '../../workflows/shared/failure-codes.ts';
import { sanitizeText } from '../../workflows/shared/sanitize-text.ts';
import type { Step } from '../../workflows/change/ports.ts';
import { STATES, type ChangeState } from '../../workflows/shared/states.ts';

/** What a timeline row carries beside its state; the read model is computed from nothing else. */
export interface StateData {
  readonly iccid?: string;
  readonly source?: string;
  readonly target?: string;
  readonly sourceImsi?: string;
  readonly targetImsi?: string;
  /** When the card attached, and in which device, as the HLR of the target has it. */
  readonly attachedAt?: string;
  readonly imei?: string;
  /** When a serving node asked last for vectors for the new IMSI, as that HLR has it. */
  readonly authenticatedAt?: string;
  /** Whether that is the device that the card was in before; absent when one of the two HLRs does not know. */
  readonly sameDevice?: boolean;
  readonly requestedBy?: string;
  readonly requestId?: string;
  readonly reason?: string;
  readonly code?: FailureCode;
  /** The rule that is against a rejected change. */
  readonly rule?: string;
  /** That the card is torn. */
  readonly torn?: true;
  /** Why the change is being rolled back, where that begins. */
  readonly rollback?: string;
}

export interface StateRecord {
  readonly state: ChangeState;
  /** Why, in a sentence without a secret. */
  readonly cause: string;
  /** Who: `system:…`, `operator:…`, `card`, `user:…`. */
  readonly actor: string;
  readonly data?: StateData;
  /** The change stays in its state with the code that it has: nobody is called for that again. */
  readonly stays?: true | undefined;
  /** More of it (jsonb), which the statement itself finds out. */
  readonly found?: RawBuilder<unknown>;
}

/**
 * The SQL expression that appends one state to the timeline, with its projection and its event: put into the statement that
 * stores the step's result, so that both happen or neither. Repeating a number changes nothing. The cause may quote a peer.
 */
export function stateRecorded(
  step: Pick<Step, 'changeId' | 'sequence'>,
  { state, cause, actor, data, stays, found = sql`'{}'::jsonb` }: StateRecord,
): RawBuilder<boolean> {
  const alert = data?.code && stays !== true && FAILURES[data.code].alert;
  const facts = JSON.stringify({ ...data, ...(alert && { alert }), ...(STATES[state].ended && { ended: true }) });
  return sql<boolean>`record_state(${step.changeId}::uuid, ${step.sequence}::integer, ${state}, ${sanitizeText(cause)}, ${actor}, ${facts}::jsonb || ${found})`;
}
