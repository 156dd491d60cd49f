import type { CardState } from '../change/decision/card-state.ts';
import { nextMoment } from '../change/decision/decide.ts';
import { holdOf } from '../change/decision/unproven-attach.ts';
import { scheduleOf } from '../explanation/schedule-of.ts';
import type { Reason } from '../shared/failures.ts';
import type { ChangeState } from '../shared/states.ts';
import { factsOf, type Situation } from './actions.ts';
import type { SupportSubject } from './requests.ts';

export interface Recorded {
  readonly state: ChangeState;
  readonly reason: Reason | undefined;
  /** Since when it is in that state (RFC 3339). */
  readonly since?: string;
  /** The steps before the pivot are being undone. */
  readonly undoing?: boolean;
}

/** What a change knows that decides about the wishes of support staff, and that they are told; without a card state, before its packet. */
export function subjectOf(recorded: Recorded, known?: CardState, now = 0): SupportSubject {
  const { state, reason, since, undoing = false } = recorded;
  const next = known && nextMoment(known, now);
  const facts = factsOf({ state, undoing, ...(known && decidedBy(known)) });
  const situation = {
    ...facts,
    ...(reason && { reason }),
    ...(since !== undefined && { since }),
    schedule: scheduleOf({ facts, code: reason?.code ?? null }, known, now),
    ...(next !== undefined && { nextAt: new Date(next).toISOString() }),
    heard: known === undefined ? {} : heardBy(known),
    ...(known?.wish && { pendingCancellation: known.wish.message }),
    ...(known && unprovenAttachOf(known)),
    refreshes: known?.refreshes.sent ?? 0,
  };
  return { facts, situation };
}

const decidedBy = ({ confirmed, attach, probes, mayHaveLeft, unchanged, rewrites }: CardState) => ({
  ...{ confirmed, mayHaveLeft, unchanged: unchanged !== undefined },
  attached: attach !== undefined || rewrites.heldAttach !== undefined,
  canRewrite: rewrites.tearable && rewrites.writable && rewrites.refused?.forGood !== true,
  canReadBack: probes.readBack === 'proves' || probes.readBack === 'tells',
});

const heardBy = ({ silence, hint, release, undo }: CardState): Situation['heard'] => {
  const target = undo?.stuck ?? silence;
  return {
    ...(target && { target }),
    ...(hint && { card: hint }),
    ...(release.pending && { source: release.pending }),
  };
};

function unprovenAttachOf(known: CardState): Pick<Situation, 'unprovenAttach'> {
  const { attach, confirmed, rewrites } = known;
  if (attach !== undefined) return {};
  if (rewrites.heldAttach === undefined) return holdOf(known) === undefined ? {} : { unprovenAttach: 'expected' };
  if (confirmed) return { unprovenAttach: 'ownKey' };
  return { unprovenAttach: rewrites.writable && rewrites.refused === undefined ? 'seen' : 'unwritable' };
}
