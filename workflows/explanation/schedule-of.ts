import type { CardState } from '../change/decision/card-state.ts';
import { nextRefresh, nextResend } from '../change/decision/decide.ts';
import { mayProbe } from '../change/decision/probing.ts';
import { refreshDue } from '../change/decision/refreshing.ts';
import { nextRewrite } from '../change/decision/rewriting.ts';
import { holdOf } from '../change/decision/unproven-attach.ts';
import { isFrozen } from './explanation.ts';
import type { ScheduleItem } from './schedule.ts';
import type { FailureCode } from '../shared/failure-codes.ts';
import { STATES } from '../shared/states.ts';
import type { SupportFacts } from '../support/actions.ts';

interface Stands {
  readonly facts: SupportFacts;
  readonly code: FailureCode | null;
}

/** What Rehome does next by itself; without a card state, before the packet, or when no workflow answers. */
export function scheduleOf({ facts, code }: Stands, known?: CardState, now = 0): readonly ScheduleItem[] {
  const { state, undoing, unchanged, attached } = facts;
  if (STATES[state].ended || isFrozen(state, code)) return [];
  if (undoing || (unchanged && !attached)) return [{ kind: 'undo', ...at(known?.undo?.retryAt) }];
  switch (state) {
    case 'awaitingConsent':
      return [{ kind: 'repeatConsent' }];
    case 'checkingCard':
      return [{ kind: 'awaitAdminCode' }];
    case 'awaitingCard':
    case 'awaitingAttach':
    case 'inDoubt':
    case 'torn':
    case 'reopened':
      return watching({ facts, code }, known, now);
    case 'releasing':
    case 'completedReleasePending':
      return releasing(state, known, now);
    case 'requested':
    case 'reserving':
    case 'sending':
      return [{ kind: 'repeatStep' }];
    case 'completed':
    case 'rejected':
    case 'rolledBack':
    case 'cancelled':
      return [];
  }
}

function releasing(state: SupportFacts['state'], known: CardState | undefined, now: number): readonly ScheduleItem[] {
  const { retryAt, insisting, dueBy } = known?.release ?? { retryAt: now, insisting: false };
  const next = !insisting && retryAt > now ? retryAt : undefined;
  if (state === 'releasing') return [next === undefined ? { kind: 'repeatRelease' } : { kind: 'release', ...at(next) }];
  return [
    { kind: 'releaseDaily', ...at(next) },
    ...(dueBy !== undefined && dueBy > now ? [{ kind: 'reportOverdue', at: iso(dueBy) } as const] : []),
  ];
}

function watching({ facts, code }: Stands, known: CardState | undefined, now: number): readonly ScheduleItem[] {
  const { state } = facts;
  const watchesSource = state === 'torn' || known?.source.watchFrom !== undefined;
  const poll = known?.watching === false && known.watchFrom > now ? known.watchFrom : undefined;
  const hold = known !== undefined && holdOf(known) !== undefined;
  const isParked = state === 'inDoubt' || state === 'torn' || known?.rewrites.heldAttach !== undefined;
  return [
    { kind: 'pollHlr', of: 'target', ...at(poll) },
    ...(watchesSource ? [{ kind: 'pollHlr', of: 'source' } as const] : []),
    ...(known === undefined ? unheard(facts, code) : packets(known, now)),
    ...(known?.lapsed === undefined ? [] : [{ kind: 'restore', at: iso(known.lapsed.retryAt) } as const]),
    { kind: 'release', after: hold ? 'provenAttach' : 'attach' },
    ...(known === undefined || isParked || known.deadline <= now
      ? []
      : [{ kind: 'park', at: iso(known.deadline) } as const]),
    ...(known?.wish === undefined ? [] : [{ kind: 'cancel', after: 'cardUnchanged' } as const]),
  ];
}

/** No workflow answers: what goes out to a card of which nothing was heard, whatever else is known. */
const unheard = ({ confirmed, mayHaveLeft }: SupportFacts, code: FailureCode | null): readonly ScheduleItem[] =>
  code !== 'ATTACH_NOT_SEEN' || confirmed || !mayHaveLeft
    ? []
    : [{ kind: 'resend', givenUp: false, after: 'deviceContact' }];

function packets(known: CardState, now: number): readonly ScheduleItem[] {
  return [...resends(known, now), ...probes(known, now), ...refreshes(known, now), ...rewrites(known)];
}

/** The packet again: at its time, or as soon as the device shows itself, if that would bring it out. */
function resends(known: CardState, now: number): readonly ScheduleItem[] {
  const { delivery } = known;
  const planned = nextResend(known);
  const onContact = delivery.contact === undefined && nextResend({ ...known, delivery: { ...delivery, contact: now } });
  if (planned === undefined && !onContact) return [];
  const after = onContact ? ({ after: 'deviceContact' } as const) : {};
  return [{ kind: 'resend', givenUp: delivery.failed, ...at(planned?.at), ...after }];
}

function probes(known: CardState, now: number): readonly ScheduleItem[] {
  const { due } = known.probes;
  if (known.confirmed || known.unchanged !== undefined) return [];
  if (due !== undefined) return [{ kind: 'probe', ...at(due.from) }];
  return mayProbe(known) && resends(known, now).length > 0 ? [{ kind: 'probe', after: 'unansweredCopies' }] : [];
}

/** A device that has ignored the most of them is asked no more. */
function refreshes(known: CardState, now: number): readonly ScheduleItem[] {
  const { confirmed, torn, refreshes: asked } = known;
  if (!confirmed || torn || !asked.possible) return [];
  const planned = nextRefresh(known);
  const { sent } = asked;
  if (planned !== undefined) return [{ kind: 'refresh', sent, ...at(planned) }];
  const isOver = refreshDue(known, now).refreshes.dueAt === undefined;
  return isOver ? [] : [{ kind: 'refresh', sent, after: 'deviceContact' }];
}

/** A card that was torn is written again, over the network of the target. */
function rewrites(known: CardState): readonly ScheduleItem[] {
  const { heldAttach, packets: sent, refused, writable } = known.rewrites;
  if (!writable || refused !== undefined || known.confirmed || holdOf(known) === undefined) return [];
  if (heldAttach === undefined) return [{ kind: 'rewrite', sent, after: 'attachWithOldKey' }];
  const next = nextRewrite(known);
  return next === undefined ? [] : [{ kind: 'rewrite', sent, ...at(next) }];
}

const iso = (time: number): string => new Date(time).toISOString();
const at = (time: number | undefined): { readonly at?: string } => (time === undefined ? {} : { at: iso(time) });
