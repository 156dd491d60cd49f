import type { ReconciliationFacts, ChangeFact, StateFact } from '../../../services/reconciliation/facts.ts';
import { STATES, type ChangeState } from '../../../workflows/shared/states.ts';

export const CARD = '8999901000000000013';
export const OTHER_CARD = '8999901000000000021';
export const CHANGE = '019376a4-0000-7000-8000-000000000001';
export const OLD = '001010000000001';
export const NEW = '001029000000001';

/** The time so many seconds after the request of the change. */
export const at = (seconds: number): string => new Date(Date.UTC(2026, 0, 1, 0, 0, seconds)).toISOString();

/** What was recorded of the one change. */
export const states = (...names: ChangeState[]): StateFact[] =>
  names.map((state, index) => ({
    ...{ changeId: CHANGE, sequence: index + 1, state, cause: 'because', actor: 'system:test' },
    ...{ at: at(index), order: index + 1 },
  }));

/** The change as it is in this state. */
export function changeIn(state: ChangeState, more: Partial<ChangeFact> = {}): ChangeFact {
  return {
    ...{ changeId: CHANGE, iccid: CARD, source: 'operator-1', target: 'operator-2', sourceImsi: OLD, targetImsi: NEW },
    ...{ state, ended: STATES[state].ended, sequence: 3, code: null, requestedAt: at(0) },
    ...more,
  };
}

export const subscriber = (imsi: string, state: { readonly alive?: boolean; readonly attached?: boolean } = {}) => {
  const { alive = true, attached = alive } = state;
  return { operator: imsi.startsWith('00101') ? 'operator-1' : 'operator-2', imsi, alive, attached };
};

/** One card that has moved as it should, seen from everywhere. */
export function movedCard(): ReconciliationFacts {
  const timeline = states('requested', 'releasing', 'completed');
  return {
    cards: [{ iccid: CARD, operator: 'operator-2', imsi: NEW }],
    changes: [changeIn('completed')],
    timeline,
    packets: [{ changeId: CHANGE, iccid: CARD, purpose: 'write', number: 1, cntr: 1, state: 'sent' }],
    subscribers: [subscriber(OLD, { alive: false }), subscriber(NEW)],
    hlrHistory: [
      { operator: 'operator-2', kind: 'locationUpdated', imsi: NEW, at: at(1) },
      { operator: 'operator-1', kind: 'barred', imsi: OLD, at: at(2) },
      { operator: 'operator-1', kind: 'deleted', imsi: OLD, at: at(2) },
    ],
    devices: [{ iccid: CARD, imsi: NEW, attached: true }],
    opened: [
      { iccid: CARD, cntr: 1, digest: 'aa' },
      { iccid: CARD, cntr: 1, digest: 'aa' },
    ],
    adminCodeRefusals: [],
    events: timeline.map(({ changeId, sequence, state }) => ({ iccid: CARD, changeId, sequence, state })),
    workflows: [{ changeId: CHANGE, status: 'COMPLETED', faults: [] }],
    settled: true,
  };
}

/** The same card while its change is parked: both subscriptions live, the card is still, or works nowhere. */
export function parkedCard(
  state: 'inDoubt' | 'torn' | 'completedReleasePending',
  code: ChangeFact['code'] = null,
): ReconciliationFacts {
  const atTarget = state === 'completedReleasePending';
  const timeline = states('requested', 'sending', state);
  return {
    ...movedCard(),
    cards: [{ iccid: CARD, operator: atTarget ? 'operator-2' : 'operator-1', imsi: atTarget ? NEW : OLD }],
    changes: [changeIn(state, { code })],
    timeline,
    subscribers: [subscriber(OLD, { attached: false }), subscriber(NEW, { attached: atTarget })],
    hlrHistory: [],
    devices: [{ iccid: CARD, imsi: NEW, attached: atTarget }],
    events: timeline.map((entry) => ({ iccid: CARD, ...entry })),
    workflows: [{ changeId: CHANGE, status: 'RUNNING', faults: [] }],
  };
}
