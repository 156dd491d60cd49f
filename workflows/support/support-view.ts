import { nextMoment, nextRefresh, nextResend } from '../change/decision/decide.ts';
import type { CardState } from '../change/decision/card-state.ts';
import { refreshDue } from '../change/decision/refreshing.ts';
import { holdOf } from '../change/decision/unproven-attach.ts';
import { nextRewrite } from '../change/decision/rewriting.ts';
import type { Situation, SupportFacts } from './actions.ts';
import type { SupportSubject } from './requests.ts';
import type { Timeline } from '../change/timeline.ts';

type Recorded = Pick<Timeline, 'state' | 'reason'>;

/** What support staff may be told of a change behind its pivot, and what decides about their wishes. */
export function subjectOf(known: CardState, { state, reason }: Recorded, now: number): SupportSubject {
  const { wish, deadline, attach, unchanged, confirmed } = known;
  const next = nextMoment(known, now);
  return {
    facts: supportFacts(known, state),
    situation: {
      state,
      ...(reason && { reason }),
      ...(attach === undefined && now < deadline && { deadline: new Date(deadline).toISOString() }),
      ...(attach === undefined
        ? { ...packetOf(known), ...refreshOf(known, now), ...rewriteOf(known) }
        : releaseOf(known, now)),
      ...(next !== undefined && { nextAt: new Date(next).toISOString() }),
      ...(wish && { wish: wish.message }),
      ...(confirmed && { confirmed }),
      ...(unchanged !== undefined && attach === undefined && { undoing: true as const }),
    },
  };
}

/** When the packet goes out again, or what that waits for. */
function packetOf(known: CardState): Partial<Situation> {
  const { delivery, mayHaveLeft, confirmed, unchanged, wish } = known;
  const resend = nextResend(known);
  const isOver = !mayHaveLeft || confirmed || unchanged !== undefined || wish !== undefined;
  return {
    ...(resend && { resendAt: new Date(resend.at).toISOString(), resendBecause: resend.because }),
    ...(!isOver && delivery.failed && delivery.contact === undefined && { givenUp: true }),
  };
}

/** Whether the device of a card that has taken the subscription is asked to read it anew. */
function refreshOf(known: CardState, now: number): Partial<Situation> {
  const { confirmed, torn, refreshes } = known;
  if (!confirmed || torn || !refreshes.possible) return {};
  const refresh = nextRefresh(known);
  const isOver = refresh === undefined && refreshDue(known, now).refreshes.dueAt === undefined;
  return {
    ...(refresh !== undefined && { refreshAt: new Date(refresh).toISOString() }),
    refreshes: { sent: refreshes.sent, isOver },
  };
}

/** How a card that was torn is written again, and what that waits for. */
function rewriteOf(known: CardState): Partial<Situation> {
  const { rewrites, confirmed } = known;
  const { heldAttach, suspected, packets, refused, writable } = rewrites;
  const next = nextRewrite(known);
  const isOver = !suspected || refused !== undefined || confirmed || !writable;
  const at = next === undefined ? undefined : new Date(next).toISOString();
  const rewrite = { sent: packets, ...(at !== undefined && { at }) };
  return {
    ...(!isOver && { rewrite }),
    ...(holdOf(known) !== undefined && { holds: true as const }),
    ...(heldAttach !== undefined && { held: true as const }),
  };
}

/** A release that is frozen waits for a person, and one that insists is asked for in the background, at its own pace. */
const releaseOf = ({ release: { done, frozen, insisting, retryAt } }: CardState, now: number): Partial<Situation> =>
  done || frozen || insisting || retryAt <= now ? {} : { releaseAt: new Date(retryAt).toISOString() };

const supportFacts = (
  { confirmed, attach, probes, mayHaveLeft, unchanged, rewrites }: CardState,
  state: Recorded['state'],
): SupportFacts => ({
  state,
  confirmed,
  attached: attach !== undefined || rewrites.heldAttach !== undefined,
  canRewrite: rewrites.tearable && rewrites.writable && rewrites.refused?.forGood !== true,
  canReadBack: probes.readBack === 'proves' || probes.readBack === 'tells',
  mayHaveLeft,
  undoing: false,
  unchanged: unchanged !== undefined,
});
