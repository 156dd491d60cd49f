import type { Explainable } from './explainable.ts';
import { isFrozen, type Remedy } from './explanation.ts';
import type { FailureCode } from '../shared/failure-codes.ts';
import { STATES } from '../shared/states.ts';
import type { SupportFacts } from '../support/actions.ts';

/** What a person may do beside the actions: about an open change, one that no workflow carries on, or one that has ended. */
export function remediesOf(change: Explainable, facts: SupportFacts): readonly Remedy[] {
  const { state, lost, changeId } = change;
  if (STATES[state].ended) return afterTheEnd(change);
  if (lost === true) return [{ remedy: 'resumeChange', changeId }];
  return [...byCode(change), ...byTear(change), ...bySwitch(change, facts)];
}

const CORRECTIONS: Partial<Record<FailureCode, readonly Remedy[]>> = {
  SOURCE_RELEASED_EARLY: [{ remedy: 'restoreOldSubscriber', operator: 'source' }],
  SOURCE_AUTHENTICATION_FAILED: [
    { remedy: 'switchDeviceOff', refreshes: 0 },
    { remedy: 'askAboutOldSubscriber', operator: 'source' },
  ],
  ATTACH_REFUSED: [{ remedy: 'correctProvisioning', operator: 'target' }],
};

function byCode({ state, code, changeId }: Explainable): readonly Remedy[] {
  const corrections = code === null ? undefined : CORRECTIONS[code];
  if (corrections !== undefined || state !== 'completedReleasePending') return corrections ?? [];
  const ask: Remedy = { remedy: 'askToRelease', operator: 'source' };
  return code === 'RELEASE_OVERDUE' ? [ask, { remedy: 'showEvidence', changeId }] : [ask];
}

/** An attach of a card that was torn proves nothing before the target has its own key. */
function byTear({ situation }: Explainable): readonly Remedy[] {
  const setOwnKey: Remedy = { remedy: 'setOwnKey', operator: 'target' };
  switch (situation?.unprovenAttach) {
    case 'expected':
      return situation.schedule.some(({ kind }) => kind === 'rewrite')
        ? [{ remedy: 'admitWithOldKey', operator: 'target' }]
        : [];
    case 'unwritable':
      return [{ remedy: 'writeKeyToCard', operator: 'target' }, setOwnKey];
    case 'seen':
    case 'ownKey':
      return [setOwnKey];
    case undefined:
      return [];
  }
}

/** The card has taken the subscription, and has attached nowhere with it; where another remedy says so, or the device has moved, not. */
function bySwitch({ state, code, situation }: Explainable, { confirmed }: SupportFacts): readonly Remedy[] {
  if (code === 'SOURCE_AUTHENTICATION_FAILED' || code === 'ATTACH_REFUSED' || isFrozen(state, code)) return [];
  return state === 'awaitingAttach' || (state === 'inDoubt' && confirmed)
    ? [{ remedy: 'switchDeviceOff', refreshes: situation?.refreshes ?? 0 }]
    : [];
}

/** What comes before a new change of the card, where what ended this one stands in its way too; nothing where nothing has to be done. */
function afterTheEnd(change: Explainable): readonly Remedy[] {
  const { state, code, iccid, target, refusedCode } = change;
  if (state === 'completed' || code === 'ALREADY_AT_TARGET') return [];
  if (code === 'ADMIN_CODE_WRONG' || code === 'ADMIN_CODE_BLOCKED')
    return refusedCode === null ? [] : afterRefusal(change, code);
  const first = code === null ? undefined : FIRST[code]?.(change);
  const then = state === 'rejected' || code === 'IMSI_POOL_EMPTY' ? 'orderAgain' : undefined;
  if (first === undefined) return [{ remedy: 'checkChange', iccid, target }];
  return then === undefined ? [first] : [first, { remedy: then, iccid, target }];
}

const FIRST: Partial<Record<FailureCode, (change: Explainable) => Remedy>> = {
  CARD_BLOCKED: ({ iccid }) => ({ remedy: 'unblockCard', iccid }),
  EARLIER_CHANGE_OPEN: ({ iccid }) => ({ remedy: 'endEarlierChange', iccid }),
  EARLIER_QUESTION_OPEN: ({ iccid }) => ({ remedy: 'awaitPermittedTime', iccid }),
  EARLIER_PACKET_OPEN: ({ iccid }) => ({ remedy: 'awaitPermittedTime', iccid }),
  MINIMUM_STAY: ({ iccid }) => ({ remedy: 'awaitPermittedTime', iccid }),
  IMSI_POOL_EMPTY: () => ({ remedy: 'enlargePool', operator: 'target' }),
};

/** The card has refused its admin code: who has approved one more try since then, and who has to. */
function afterRefusal({ iccid, target, refusedCode }: Explainable, code: FailureCode): readonly Remedy[] {
  const standing = refusedCode?.standing;
  if (standing?.kind === 'approved') return [{ remedy: 'checkChange', iccid, target }];
  return [
    { remedy: code === 'ADMIN_CODE_WRONG' ? 'correctAdminCode' : 'replaceCard', iccid },
    standing?.kind === 'first'
      ? { remedy: 'approveTry', iccid, persons: 1, first: standing.first, until: standing.until }
      : { remedy: 'approveTry', iccid, persons: 2 },
  ];
}
