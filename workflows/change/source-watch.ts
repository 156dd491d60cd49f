import { log } from '@temporalio/workflow';
import type { AfterPivotParts } from './after-pivot-parts.ts';
import { Background } from './background.ts';
import type { CardState } from './decision/card-state.ts';
import { FAILURES, type FailureCode } from '../shared/failure-codes.ts';
import { reasonOf } from '../shared/failures.ts';

const EARLY = 'SOURCE_RELEASED_EARLY';

/** The question what became of the old subscriber, which the server repeats beside the one where the card is. */
export class SourceWatch {
  readonly #parts: AfterPivotParts;
  readonly #watch = new Background();
  /** Somebody was called for what the source has let go of, and it has not had it again since. */
  #isCalled = false;

  constructor(parts: AfterPivotParts) {
    this.#parts = parts;
  }

  /** Asks until there is something else to tell than before. */
  begin({ source: { subscriber: told } }: CardState): void {
    const { timeline, source, inbox, sourceImsi: imsi } = this.#parts;
    const step = timeline.silentStep();
    this.#watch.begin(
      async () => {
        const subscriber = await source.watchSource({ ...step, imsi, told });
        if (subscriber === null) return;
        if (subscriber.standing === 'served') this.#isCalled = false;
        inbox.tell({ kind: 'sourceAnswered', subscriber });
      },
      () => undefined,
      (cause) => {
        log.warn('the old subscriber is not watched any more', { code: reasonOf(cause).code });
      },
    );
  }

  /** Calls somebody when that is recorded, once. */
  call(code: FailureCode | undefined): void {
    if (code !== EARLY || this.#isCalled) return;
    this.#isCalled = true;
    const { sourceOperator, sourceImsi, timeline } = this.#parts;
    const { iccid } = timeline.silentStep();
    log.error(`${sourceOperator} has let go of IMSI ${sourceImsi} of ICCID ${iccid} without being asked`, {
      ...{ code: EARLY, alert: FAILURES[EARLY].alert },
    });
  }
}
