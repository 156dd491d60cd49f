/** Why a person may do something to a change, or may not: a code for programs, and its words for people. */
export const BECAUSE = {
  nothingSent: 'Nothing has left for the card yet.',
  questionMayArrive:
    'Nothing is reserved or written. While the question may reach the card, the next change is rejected (EARLIER_QUESTION_OPEN).',
  packetMayArrive:
    'The packet may have reached the card. Rehome undoes the change only if the card is proven unchanged.',
  cardConfirmed: 'The card has proven that it took the new subscription. Rehome only records the cancellation.',
  cardMoved: 'The card has attached to the target.',
  cardMayHoldTarget: 'A card may hold the new subscription.',
  changeEnded: 'The change has ended.',
  beingUndone: 'Rehome is undoing the change already.',
  noWorkflow: 'No workflow carries the change on.',
  packetNeverLeft: 'The packet never left. The card is unchanged.',
  releaseUnderWay: 'Rehome is asking the source operator at this moment.',
  repeatedAnyway: 'Rehome repeats a step before the packet by itself.',
  cardNotAwaited: 'Rehome is not looking for the card.',
  cardKnown: 'The card has proven that it took the new subscription.',
  cardNotReadable: 'The card’s profile has no way to read the card.',
  rewrittenAnyway: 'The card has attached to the target. Rehome writes a torn card there by itself.',
  cardNotRewritable: 'The card’s profile swaps everything at once, or the card refused, or its keys are gone.',
  noDeadline: 'No deadline runs.',
  packetNotSent: 'The packet was not sent: cancel it instead.',
  lastSubscription: 'The card took the new subscription: undone, it would be left without any.',
  attachKnown: 'Rehome knows that the card is at the target, or has sent it nothing yet.',
  releaseNotPending: 'The release is not pending.',
} as const;

export type Because = keyof typeof BECAUSE;
