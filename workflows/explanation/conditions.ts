import type { Explainable } from './explainable.ts';
import { answerOf, isFrozen, type Condition } from './explanation.ts';
import type { FailureCode } from '../shared/failure-codes.ts';
import { STATES } from '../shared/states.ts';
import type { Situation, SupportFacts } from '../support/actions.ts';

/** What a change waits for, the most urgent last; nothing once it has ended. */
export function conditionsOf(change: Explainable, facts: SupportFacts): readonly Condition[] {
  const { state, lost, situation } = change;
  if (STATES[state].ended) return [];
  if (lost === true) return [{ kind: 'resumption', of: 'person' }];
  const since = situation?.since;
  return [
    ...byState(change, facts).map((condition) => ({ ...condition, ...(since !== undefined && { since }) })),
    ...troubles(change),
    ...secondPerson(situation?.first),
  ];
}

/** Nothing comes of the request of the first person before a second one asks for the same. */
const secondPerson = (first: Situation['first']): readonly Condition[] =>
  first === undefined
    ? []
    : [
        {
          ...{ kind: 'secondPerson', of: 'person', action: first.action },
          first: { actor: first.actor, at: first.at },
        },
      ];

function byState(change: Explainable, facts: SupportFacts): readonly Condition[] {
  const { state, code, detail, situation } = change;
  const { target, card, source } = situation?.heard ?? {};
  if (isFrozen(state, code)) return [{ kind: 'decision', of: 'person', lastAnswer: { code, message: detail } }];
  if (facts.undoing || (facts.unchanged && !facts.attached))
    return [{ kind: 'withdrawal', of: 'target', ...answerOf(target) }];
  const proof: Condition = { kind: 'proofOfReceipt', of: 'card', ...answerOf(card) };
  const attach: Condition = {
    kind: situation?.unprovenAttach === undefined ? 'attach' : 'provenAttach',
    of: 'card',
    ...answerOf(target),
  };
  switch (state) {
    case 'awaitingConsent':
      return [{ kind: 'consent', of: 'source' }];
    case 'checkingCard':
      return [{ kind: 'adminCode', of: 'card' }];
    case 'reserving':
      return [{ kind: 'reservation', of: 'target' }];
    case 'sending':
      return [{ kind: 'submission', of: 'smsc' }];
    case 'awaitingAttach':
      return [attach];
    case 'awaitingCard':
    case 'inDoubt':
    case 'torn':
    case 'reopened':
      return facts.confirmed ? [attach] : [proof, attach];
    case 'releasing':
      return [situation?.schedule.some(({ kind }) => kind === 'release') === true ? OVERLAP : RELEASE];
    case 'completedReleasePending':
      return [{ ...RELEASE, ...answerOf(source) }];
    case 'requested':
    case 'completed':
    case 'rejected':
    case 'rolledBack':
    case 'cancelled':
      return [];
  }
}

const RELEASE = { kind: 'release', of: 'source' } as const;
const OVERLAP = { kind: 'overlap', of: 'rehome' } as const;

/** What an operator has to correct before the card can attach, or has service. */
const TROUBLES: Partial<Record<FailureCode, Pick<Condition, 'kind' | 'of'>>> = {
  ATTACH_REFUSED: { kind: 'registration', of: 'target' },
  SOURCE_RELEASED_EARLY: { kind: 'oldSubscriber', of: 'source' },
  SOURCE_AUTHENTICATION_FAILED: { kind: 'oldSubscriberKey', of: 'source' },
};

function troubles({ code, detail }: Explainable): readonly Condition[] {
  const trouble = code === null ? undefined : TROUBLES[code];
  return trouble === undefined ? [] : [{ ...trouble, lastAnswer: { code, message: detail } }];
}
