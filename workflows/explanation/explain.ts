import type { Because } from './because.ts';
import { conditionsOf } from './conditions.ts';
import type { Explainable } from './explainable.ts';
import { isFrozen, type ActionOffer, type Explanation, type Meaning, type StateDescription } from './explanation.ts';
import { remediesOf } from './remedies.ts';
import { scheduleOf } from './schedule-of.ts';
import { STATES } from '../shared/states.ts';
import {
  ACTIONS,
  factsOf,
  refusalOf,
  SUPPORT_ACTIONS,
  type SupportAction,
  type SupportFacts,
} from '../support/actions.ts';

/** Where a change stands, what it waits for, what Rehome does by itself, and what a person may do: facts only, no words. */
export function explain(change: Explainable): Explanation {
  const { source, target, code, situation, lost = false } = change;
  const facts = situation ?? assumed(change);
  return {
    operators: { source, target },
    state: described(change, facts),
    conditions: conditionsOf(change, facts),
    schedule: lost ? [] : (situation?.schedule ?? scheduleOf({ facts, code })),
    actions: SUPPORT_ACTIONS.map((action) => offer(action, change, facts)),
    remedies: remediesOf(change, facts),
  };
}

/** What the state says by itself, where no workflow answers. */
const assumed = ({ state, code }: Explainable): SupportFacts =>
  factsOf({
    state,
    confirmed: state === 'awaitingAttach',
    attached: isFrozen(state, code),
    unchanged: state === 'inDoubt' && code === 'UNDO_FAILED',
  });

function described(change: Explainable, facts: SupportFacts): StateDescription {
  const name = change.state;
  return { name, meaning: meaningOf(change, facts), cancellable: cancellable(change, facts) };
}

function cancellable(change: Explainable, facts: SupportFacts): StateDescription['cancellable'] {
  const refusal = against('cancel', change, facts);
  if (refusal !== undefined) return { how: 'no', because: refusal };
  const { cancellable: how, because } = STATES[facts.confirmed ? 'awaitingAttach' : change.state];
  return { how, because };
}

function meaningOf({ state, code, situation, lost }: Explainable, facts: SupportFacts): Meaning {
  if (STATES[state].ended) return state;
  if (lost === true) return 'lost';
  if (isFrozen(state, code)) return code === 'BOTH_ATTACHED' ? 'bothAttached' : 'otherDevice';
  if (state === 'inDoubt' && code === 'UNDO_FAILED') return 'undoStuck';
  if (facts.undoing || (facts.unchanged && !facts.attached)) return 'undoing';
  if (state === 'torn' && facts.attached && situation?.unprovenAttach !== undefined) return 'unprovenAttach';
  return state === 'inDoubt' && facts.confirmed && !facts.attached ? 'attachNotSeen' : state;
}

const against = (action: SupportAction, { lost }: Explainable, facts: SupportFacts): Because | undefined =>
  lost === true && !STATES[facts.state].ended ? 'noWorkflow' : refusalOf(facts, action);

function offer(action: SupportAction, change: Explainable, facts: SupportFacts): ActionOffer {
  const because = against(action, change, facts);
  const first = change.situation?.first;
  return {
    action,
    allowed: because === undefined,
    ...(because !== undefined && { because }),
    needsSecondPerson: ACTIONS[action].secondPerson,
    ...(first?.action === action && { firstPerson: { actor: first.actor, at: first.at } }),
  };
}
