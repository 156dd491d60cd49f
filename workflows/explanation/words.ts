import { BECAUSE } from './because.ts';
import type { Condition, ConditionKind, Explanation, Meaning, Remedy, RemedyName, RemedyOf } from './explanation.ts';
import type { ScheduleItem, ScheduleKind } from './schedule.ts';
import type { SupportAction } from '../support/actions.ts';

/** How the operators of a change are named in a sentence. */
export interface Names {
  readonly source: string;
  readonly target: string;
}

export const namesOf = ({ operators: { source, target } }: Pick<Explanation, 'operators'>): Names => ({
  source: source ?? 'the source operator',
  target,
});

export const MEANINGS: Readonly<Record<Meaning, string>> = {
  requested: 'Rehome has accepted the change. Nothing is done outside Rehome yet.',
  awaitingConsent: 'The source operator decides whether the subscription may leave.',
  checkingCard:
    'Rehome asks the card whether its admin code is right. Nothing is reserved or written before the answer.',
  reserving: 'The target operator reserves a subscriber in its HLR.',
  sending: 'Rehome builds the packet and submits it to the SMSC. The pivot passes with the first segment.',
  awaitingCard: 'The SMSC has the packet. The card has not sent its proof of receipt yet.',
  awaitingAttach: 'The card has taken the new subscription. It has not attached to the target yet.',
  releasing: 'The card is attached to the target. Rehome asks the source operator to release the old subscription.',
  completedReleasePending:
    'The card moved to the target. The source operator has not released the old subscription yet.',
  completed: 'The card belongs to the target operator. The source has released it.',
  rejected: 'Rehome rejected the change. Nothing was done.',
  rolledBack: 'Every step was undone. The card is unchanged.',
  cancelled: 'The change was cancelled on request. The card is unchanged.',
  inDoubt: 'Nothing proves where the card is. Both subscriptions stay active until evidence or a person decides.',
  torn: 'A card fails to authenticate and may hold half of the new subscription. Both subscriptions stay active until it is repaired.',
  reopened: 'A card tried to attach to the target after the undo. Rehome restores its subscription there.',
  bothAttached:
    'Two cards may use the subscription. The release is frozen and both subscriptions stay active until a person decides.',
  otherDevice:
    'The card has attached to the target in another device. The release is frozen and both subscriptions stay active until a person decides.',
  undoing: 'Rehome is undoing every step.',
  undoStuck: 'Rehome is undoing the change. One step of the undo has failed so far.',
  unprovenAttach:
    'A torn card is at the target, perhaps with its old key. Both subscriptions stay active until it attaches with the new key.',
  attachNotSeen:
    'The card has proven that it took the new subscription. Its attach was not seen in time. Both subscriptions stay active.',
  lost: 'No workflow carries the change on. Nothing happens before somebody resumes it.',
};

/** One kind of item in words, which takes the data of that kind. */
type Line<Item> = (item: Item, names: Names) => string;
type ItemOf<Kind> = ScheduleItem extends infer Item
  ? Item extends { readonly kind: string }
    ? Kind extends Item['kind']
      ? Item
      : never
    : never
  : never;
/** Completes "waiting for". */
const CONDITIONS: Readonly<Record<ConditionKind, Line<Condition>>> = {
  consent: (_, { source }) => `consent of ${source}`,
  adminCode: () => 'the card’s answer whether its admin code is right',
  reservation: (_, { target }) => `a subscriber reserved by ${target}`,
  submission: () => 'the SMSC, which has to accept the packet',
  proofOfReceipt: () => 'the card’s proof of receipt',
  attach: (_, { target }) => `the card’s attach to ${target}`,
  provenAttach: (_, { target }) => `the card’s attach to ${target} with the new key`,
  registration: (_, { target }) => `${target}, which does not let the card in`,
  oldSubscriber: (_, { source }) => `${source}, which does not serve the old subscriber any more`,
  oldSubscriberKey: (_, { source }) => `${source}, where a card fails to authenticate with the old IMSI`,
  release: (_, { source }) => `${source}, which has to release the old subscription`,
  overlap: () => 'the end of the overlap that the operators agreed on',
  withdrawal: (_, { target }) => `${target}, which has to withdraw the reserved subscriber`,
  decision: () => 'a person, who has to decide about the frozen release',
  secondPerson: ({ action, first }) =>
    `a second person, who has to ask for ${String(action)} as ${String(first?.actor)} did`,
  resumption: () => 'a person, who has to resume the change',
  orchestrator: () => 'an orchestrator that takes the workflow',
  step: ({ step }) => `the step ${String(step)}`,
};

export const conditionLine = (condition: Condition, names: Names): string =>
  CONDITIONS[condition.kind](condition, names);

/** Completes "Rehome will". */
const SCHEDULE: { readonly [Kind in ScheduleKind]: Line<ItemOf<Kind>> } = {
  repeatStep: () => 'Repeat the step until it succeeds or its patience ends, then undo every step.',
  repeatConsent: (_, { source }) =>
    `Ask ${source} again until it decides or CONSENT_PATIENCE_SECONDS end, then roll back.`,
  awaitAdminCode: () => 'Wait ATTACH_DEADLINE_SECONDS for the card’s answer, then roll back (CARD_SILENT).',
  repeatRelease: (_, { source }) =>
    `Ask ${source} again to release the old subscription, until RELEASE_PATIENCE_SECONDS end.`,
  pollHlr: ({ at, of }, names) =>
    at === undefined
      ? `Poll the HLR of ${of === 'source' ? names.source : names.target}, at most a day apart.`
      : `Poll the HLR of ${of === 'source' ? names.source : names.target} from ${at} on, at most a day apart.`,
  resend: ({ at, after, givenUp }, { source }) => {
    if (givenUp)
      return at === undefined
        ? `Resend the packet, which the SMSC gave up, when the device shows itself at ${source}.`
        : after === undefined
          ? `Resend the packet, which the SMSC gave up, at ${at}.`
          : `Resend the packet, which the SMSC gave up, when the device shows itself at ${source}, at the latest at ${at}.`;
    return at === undefined
      ? `Resend the packet when the device shows itself at ${source}, if the card has not answered.`
      : after === undefined
        ? `Resend the packet at ${at} if the card has not answered.`
        : `Resend the packet when the device shows itself at ${source}, at the latest at ${at}, if the card has not answered.`;
  },
  probe: ({ at }) =>
    at === undefined
      ? 'Read the card over the air after two copies without an answer.'
      : `Read the card over the air at ${at}.`,
  refresh: ({ at, sent }, { source }) =>
    at === undefined
      ? `Ask the device by REFRESH to read the card again, when it shows itself at ${source} (sent so far: ${String(sent)}).`
      : `Ask the device by REFRESH at ${at} to read the card again (sent so far: ${String(sent)}).`,
  rewrite: ({ at, sent }, { target }) =>
    at === undefined
      ? `Write the card again as soon as ${target} lets it in with the key that it has (sent so far: ${String(sent)}).`
      : `Write the card again at ${at}, over the network of ${target} (sent so far: ${String(sent)}).`,
  restore: ({ at }, { target }) => `Ask ${target} at ${at} to restore the subscriber whose reservation ended.`,
  park: ({ at }) => `Park the change in doubt at ${at} if nothing is heard.`,
  reportOverdue: ({ at }, { source }) => `Report at ${at} that ${source} has not released in time (RELEASE_OVERDUE).`,
  release: ({ at, after }, { source }) =>
    at !== undefined
      ? `Ask ${source} at ${at} to release the old subscription. Both subscriptions stay active until then, as agreed.`
      : after === 'provenAttach'
        ? `Ask ${source} to release the old subscription as soon as the card attaches with the new key.`
        : `Ask ${source} to release the old subscription as soon as the card attaches to the target.`,
  releaseDaily: ({ at }, { source }) =>
    at === undefined
      ? `Ask ${source} once a day to release the old subscription.`
      : `Ask ${source} once a day to release the old subscription, next at ${at}.`,
  undo: ({ at }) =>
    at === undefined
      ? 'Repeat the undo until it is done. The card stays unchanged.'
      : `Repeat the undo at ${at}. The card stays unchanged.`,
  cancel: () => 'Undo the change as soon as the card is proven unchanged, as somebody has asked.',
};

export const scheduleLine = (item: ScheduleItem, names: Names): string =>
  (SCHEDULE[item.kind] as Line<ScheduleItem>)(item, names);

interface ActionWords {
  /** What a person asks for, and, where it can't be taken back, what they have to know. */
  readonly offer: (names: Names) => string;
  /** What is answered once it is done. */
  readonly done: string;
}

export const ACTION_WORDS: Readonly<Record<SupportAction, ActionWords>> = {
  cancel: {
    offer: () => 'Cancel the change: Rehome undoes it, unless the card takes the new subscription.',
    done: 'The cancellation is recorded. Rehome undoes the change as soon as the card is proven unchanged.',
  },
  retryNow: {
    offer: () => 'Retry now: ask the HLR, resend the packet, retry the undo or the release.',
    done: 'Rehome retries now everything that waits.',
  },
  askCard: {
    offer: () => 'Read the card over the air: nothing changes on it, but a packet on its way becomes void.',
    done: 'Rehome asks the card which subscription it holds.',
  },
  rewriteCard: {
    offer: ({ target }) =>
      `Write the card again: you know that it is torn. Rehome writes it when it attaches to ${target}, before the release.`,
    done: 'Rehome writes the card again when it attaches to the target, before it asks the source to release.',
  },
  extendDeadline: { offer: () => 'Give the card more time.', done: 'The card has more time, until the new deadline.' },
  rollBack: {
    offer: ({ target }) =>
      `Roll back: you know that the card did not take the new subscription. Rehome then asks ${target} to withdraw it.`,
    done: 'Rehome withdraws the reserved subscriber. The card stays with the source.',
  },
  acceptAttach: {
    offer: ({ source, target }) =>
      `Accept the attach: you know that the card works at ${target}. Rehome then asks ${source} to release it.`,
    done: 'Rehome takes the card to be at the target, and asks the source operator to release it.',
  },
  markReleased: {
    offer: ({ source }) => `Close the change: you know that ${source} has released the old subscription.`,
    done: 'The change is closed.',
  },
};

const REMEDIES: { readonly [Name in RemedyName]: Line<RemedyOf<Name>> } = {
  resumeChange: () => 'Resume the change: give it a workflow again.',
  showEvidence: (_, { source }) => `Show the evidence for a dispute with ${source}.`,
  unblockCard: () => 'Remove the block of the card, once its cause is removed. Until then a new change is rejected.',
  correctAdminCode: () => 'Correct adm1 of the card if it is wrong.',
  replaceCard: () => 'Ask the vendor to unblock or replace the card.',
  approveTry: ({ persons, first, until }) =>
    persons === 2 || first === undefined
      ? 'Approve one more try (two persons). Until then a new change is rejected.'
      : `Approve one more try until ${String(until)}: ${first.by} has approved, another person has to. Until then a new change is rejected.`,
  checkChange: () => 'Check what is still against a new change. The check does nothing.',
  orderAgain: () => 'Order the change again.',
  awaitPermittedTime: () =>
    'Wait until the time named above, or until the card has answered. Until then a new change is rejected.',
  endEarlierChange: () => 'See the earlier change of the card. It has to end before a new one.',
  switchDeviceOff: ({ refreshes }) =>
    refreshes === 0
      ? 'Switch the device off and on if it keeps its old subscription: it then reads its card again.'
      : `Switch the device off and on if it keeps its old subscription. REFRESH was sent to it (${String(refreshes)}).`,
  restoreOldSubscriber: (_, { source }) =>
    `Ask ${source} to create the old subscriber again with the same K and OPc, which Rehome does not have, or to unbar it.`,
  askAboutOldSubscriber: (_, { source }) =>
    `Ask ${source} whether the old subscriber has another key now, and in which device the old IMSI fails.`,
  askToRelease: (_, { source }) => `Ask ${source} to bar and delete the old IMSI.`,
  correctProvisioning: (_, { target }) =>
    `Ask ${target} to correct its provisioning of the new subscriber for the cause above. If none is named, ask what its serving nodes refuse.`,
  enlargePool: (_, { target }) => `Ask ${target} to enlarge its pool of IMSIs.`,
  admitWithOldKey: (_, { target }) =>
    `Ask ${target} to let the card in with its old key, so that Rehome can write it again.`,
  writeKeyToCard: (_, { target }) =>
    `Ask ${target} to write its own key to the card. Rehome can’t write this card any more.`,
  setOwnKey: (_, { target }) => `Ask ${target} to set its own key (K2) for the new IMSI once the card holds it.`,
};

export const remedyLine = (remedy: Remedy, names: Names): string =>
  (REMEDIES[remedy.remedy] as Line<Remedy>)(remedy, names);

/** What is said where a list is empty. */
export const NOTHING = {
  toDo: 'No action needed.',
  possible: 'Wait: no action is possible now.',
  byItself: 'Nothing before a person decides.',
  ended: 'Nothing: the change has ended.',
} as const;

/** For a screen that has no commands: the Temporal Web UI. */
export function plainText(explanation: Explanation): string {
  const { state, conditions, schedule, actions, remedies } = explanation;
  const names = namesOf(explanation);
  const { how, because } = state.cancellable;
  const offers = actions
    .filter(({ allowed }) => allowed)
    .map(({ action, needsSecondPerson }) => {
      const persons = needsSecondPerson ? ', two persons' : '';
      return `${ACTION_WORDS[action].offer(names)} (${action}${persons})`;
    });
  return [
    `**${state.name}**: ${MEANINGS[state.meaning]}`,
    ...list(
      'Waiting for',
      conditions.map((condition) => conditionLine(condition, names)),
    ),
    ...list(
      'Rehome will',
      schedule.map((item) => scheduleLine(item, names)),
    ),
    ...list('You can', [...remedies.map((remedy) => remedyLine(remedy, names)), ...offers]),
    `Can be cancelled: ${how}. ${BECAUSE[because]}`,
  ].join('\n\n');
}

const list = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [[`${title}:`, ...lines.map((line) => `- ${line}`)].join('\n')];
