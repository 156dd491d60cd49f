/** Every way in which the record and the world can disagree, and what that means. */
export const FINDINGS = {
  noWorkingSubscription: 'a card can attach nowhere, and no change says that it is in doubt or torn',
  twoSubscriptions: 'a card has two living subscriptions, and no open change says why',
  doubtWithoutBoth: 'a change is in doubt or torn, and one of the subscriptions that have to stay alive does not',
  orphanedImsi: 'an HLR has a living subscriber that belongs to no card and to no open change',
  doublyAssignedImsi: 'one IMSI belongs to two cards',
  registryWrong: 'the registry says that a card has another IMSI than it holds',
  releasedBeforeEvidence: 'the old subscription was barred or deleted before the target’s HLR had the card',
  packetRebuilt: 'a card was sent a packet that the record does not know, or that it says never left',
  counterReused: 'two different packets with the same counter reached one card',
  adminCodeTriedTwice: 'a card refused an admin code again, and no two persons had approved another try',
  eventLost: 'a state was recorded and never published',
  eventOutOfOrder: 'states of one card were first published in another order than they were recorded',
  eventInvented: 'an event tells of a state that was not recorded',
  stateAfterEnd: 'a change went on after its end, and was not reopened',
  readModelWrong: 'the read model is not what its timeline says',
  workflowFailed: 'a workflow ended or stumbled over a fault of Rehome',
  workflowLost: 'a change is open, and no workflow works for it',
  changeStuck: 'a change neither ends nor parks, although nothing is wrong any more',
  workflowLeftOpen: 'a change has ended, and its workflow runs on',
} as const;

export type FindingKind = keyof typeof FINDINGS;

/** Those that an HLR's answer makes or excuses: where it gives none, they are not judged. */
export const NEED_AN_HLR: readonly FindingKind[] = [
  'noWorkingSubscription',
  'twoSubscriptions',
  'doubtWithoutBoth',
  'orphanedImsi',
];

/** What a finding of this kind means; a report may be older than the kinds of today. */
export const meaningOf = (kind: string): string =>
  Object.hasOwn(FINDINGS, kind) ? FINDINGS[kind as FindingKind] : 'this version knows no such finding';

/** One disagreement. */
export interface Finding {
  readonly kind: FindingKind;
  readonly iccid?: string;
  readonly changeId?: string;
  readonly imsi?: string;
  /** What is so, in a sentence. */
  readonly detail: string;
}
