import { CancellationScope, allHandlersFinished, condition, setHandler } from '@temporalio/workflow';
import { FAILURES, type FailureCode } from '../shared/failure-codes.ts';
import { failure } from '../shared/failures.ts';
import { isSomebody, personOf, SECOND_PERSON_WITHIN_MS } from '../shared/person.ts';
import {
  ACTIONS,
  forbidden,
  permittedActions,
  situationQuery,
  supportUpdate,
  type Situation,
  type SupportAnswer,
  type SupportFacts,
  type SupportRequest,
} from './actions.ts';

const LONGEST_REASON = 500;
const TOO_LATE: SupportAnswer = { kind: 'tooLate', message: 'the change has ended meanwhile' };

/** A request that was found possible, and waits until the change comes to it. */
export interface OpenRequest {
  readonly request: SupportRequest;
  readonly answer: (answer: SupportAnswer) => void;
}

export interface SupportSubject {
  readonly facts: SupportFacts;
  readonly situation: Omit<Situation, 'first' | 'permitted'>;
}

/**
 * Takes the wishes of support staff. What is not possible is refused before it leaves a trace; what is possible waits until the change
 * has done what it is at, so that each is recorded in its place. What can't be taken back is done only when a second person asks too.
 */
export class SupportRequests {
  #open: OpenRequest[] = [];
  #isClosed = false;
  #first: (NonNullable<Situation['first']> & { readonly sight: string }) | undefined;

  constructor(private readonly subject: () => SupportSubject) {
    setHandler(supportUpdate, (request) => this.#take(request), {
      validator: (request: SupportRequest) => {
        this.#validate(request);
      },
    });
    setHandler(situationQuery, () => this.situation);
  }

  get arrived(): boolean {
    return this.#open.length > 0;
  }

  get situation(): Situation {
    const { facts, situation } = this.subject();
    const { action, actor, at } = this.#first ?? {};
    const first = action && actor && at && { action, actor, at };
    return { ...situation, ...(first && { first }), permitted: permittedActions(facts) };
  }

  take(): readonly OpenRequest[] {
    const open = this.#open;
    this.#open = [];
    return open;
  }

  /**
   * True when a request may be carried out: one that can't be taken back, only if another person has asked for the same, of a card that
   * looked the same to him. Otherwise this person is remembered as the first, who asks again in vain.
   */
  isBacked({ action, actor }: SupportRequest): boolean {
    if (!ACTIONS[action].secondPerson) return true;
    const first = this.#first;
    const sight = sightOf(this.subject());
    const isRecent = first !== undefined && Date.now() - Date.parse(first.at) < SECOND_PERSON_WITHIN_MS;
    const holds = isRecent && first.action === action && first.sight === sight;
    if (holds && personOf(first.actor) !== personOf(actor)) {
      this.#first = undefined;
      return true;
    }
    if (!holds) this.#first = { action, actor, at: new Date().toISOString(), sight };
    return false;
  }

  /** Answers what is still open when the change ends, and lets the answers leave. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { answer } of this.take()) answer(TOO_LATE);
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
  }

  #validate({ action, actor, reason, until }: SupportRequest): void {
    if (!Object.hasOwn(ACTIONS, action)) throw failure('SUPPORT_REFUSED', `there is no action ${action as string}`);
    if (!isSomebody(actor)) throw failure('SUPPORT_REFUSED', 'an action needs an actor');
    if (reason.trim() === '' || reason.length > LONGEST_REASON)
      throw failure('SUPPORT_REFUSED', `an action needs a reason, of at most ${String(LONGEST_REASON)} characters`);
    if (action === 'extendDeadline' && !(Date.parse(until ?? '') > Date.now()))
      throw failure('SUPPORT_REFUSED', 'the new deadline has to be a time that is to come');
    const problem = forbidden(this.subject().facts, action);
    if (problem !== undefined) throw failure('SUPPORT_REFUSED', `${action} is not possible: ${problem}`);
  }

  async #take(request: SupportRequest): Promise<SupportAnswer> {
    if (this.#isClosed) return TOO_LATE;
    let answer: SupportAnswer | undefined;
    this.#open.push({
      request,
      answer: (given) => {
        answer = given;
      },
    });
    await condition(() => answer !== undefined);
    return answer ?? TOO_LATE;
  }
}

/** That nothing was heard in time, or a peer was away, shows nothing new of the card. Everything else is something to look at again. */
const SHOWS_NOTHING: ReadonlySet<FailureCode> = new Set(['ATTACH_NOT_SEEN', 'STEP_TIMED_OUT']);

/** What a person has to have seen of the card for his word to count. */
function sightOf({ situation: { reason } }: SupportSubject): string {
  if (reason === undefined || SHOWS_NOTHING.has(reason.code) || FAILURES[reason.code].disposition === 'retry')
    return '';
  return reason.code;
}
