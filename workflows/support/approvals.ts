import { personOf, SECOND_PERSON_WITHIN_MS } from '../shared/person.ts';

/** One person's word that the admin code which the registry has may be tried once more. */
export interface Approval {
  readonly by: string;
  /** RFC 3339. */
  readonly at: string;
  readonly reason: string;
}

/** What approvals of one try come to. */
export type Standing =
  | { readonly kind: 'none' }
  /** One person has approved, and another one may until then. */
  | { readonly kind: 'first'; readonly first: Approval; readonly until: string }
  | { readonly kind: 'approved'; readonly first: Approval; readonly second: Approval };

/**
 * What approvals, the oldest first, come to at this moment: a try takes two different persons, the second within a day of the first.
 * A person who approves again does not renew the first approval; two that have approved may let as long a time pass as they like.
 */
export function standingOf(approvals: readonly Approval[], now: Date): Standing {
  let first: Approval | undefined;
  for (const approval of approvals) {
    if (first === undefined || Date.parse(approval.at) >= endOf(first)) first = approval;
    else if (personOf(first.by) !== personOf(approval.by)) return { kind: 'approved', first, second: approval };
  }
  return first === undefined || now.getTime() >= endOf(first)
    ? { kind: 'none' }
    : { kind: 'first', first, until: new Date(endOf(first)).toISOString() };
}

const endOf = ({ at }: Approval): number => Date.parse(at) + SECOND_PERSON_WITHIN_MS;

/** A card that has refused its admin code begins no change until two persons have approved one more try. */
export interface RefusedCode {
  /** The change in which it did so last. */
  readonly changeId: string;
  /** Of the code that the registry has now, since that refusal; the oldest first, with those that are over. */
  readonly approvals: readonly Approval[];
  /** What they come to now: until when a second person may follow the first. */
  readonly standing: Standing;
}
