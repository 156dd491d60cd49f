import { nextMoment, nextRefresh, nextResend } from './decision/decide.ts';
import type { Known } from './decision/known.ts';
import type { SupportFacts } from './support.ts';
import type { SupportSubject } from './support-desk.ts';
import type { Timeline } from './timeline.ts';

type Recorded = Pick<Timeline, 'state' | 'reason'>;

/** What support staff may be told of a change behind its pivot, and what decides about their wishes. */
export function subjectOf(known: Known, { state, reason }: Recorded, now: number): SupportSubject {
  const { wish, deadline, attach, unchanged, confirmed } = known;
  const next = nextMoment(known, now);
  const [resend, refresh] = attach === undefined ? [nextResend(known), nextRefresh(known)] : [];
  return {
    facts: supportFacts(known, state),
    situation: {
      state,
      ...(reason && { reason }),
      ...(attach === undefined && now < deadline && { deadline: new Date(deadline).toISOString() }),
      ...(resend && { resendAt: new Date(resend.at).toISOString() }),
      ...(refresh !== undefined && { refreshAt: new Date(refresh).toISOString() }),
      ...(next !== undefined && { nextAt: new Date(next).toISOString() }),
      ...(wish && { wish: wish.message }),
      ...(confirmed && { confirmed }),
      ...(unchanged !== undefined && attach === undefined && { undoing: true as const }),
    },
  };
}

const supportFacts = (
  { confirmed, attach, probes, mayHaveLeft, unchanged }: Known,
  state: Recorded['state'],
): SupportFacts => ({
  state,
  confirmed,
  attached: attach !== undefined,
  canReadBack: probes.readBack === 'proves' || probes.readBack === 'tells',
  mayHaveLeft,
  undoing: false,
  unchanged: unchanged !== undefined,
});
