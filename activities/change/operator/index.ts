import { askConsent } from './ask-consent.ts';
import { withdrawSubscriber } from './withdraw-subscriber.ts';
import type { OperatorDependencies } from './dependencies.ts';
import type { SourceOperatorActivities, TargetOperatorActivities } from '../../../workflows/change/ports.ts';
import { askPool } from './ask-pool.ts';
import { confirmAttach, watchAttach } from './confirm-attach.ts';
import { askLateAttach, restoreSubscriber } from './late-attach.ts';
import { insistOnRelease, releaseSubscriber } from './release-subscriber.ts';
import { reserveSubscriber } from './reserve-subscriber.ts';
import { watchSource } from './watch-source.ts';

/** What is done at one operator, as source or as target; a worker of that operator's task queue runs them. */
export function operatorActivities(
  dependencies: OperatorDependencies,
): SourceOperatorActivities & TargetOperatorActivities {
  return {
    askConsent: askConsent(dependencies),
    askPool: askPool(dependencies),
    reserveSubscriber: reserveSubscriber(dependencies),
    withdrawSubscriber: withdrawSubscriber(dependencies),
    confirmAttach: confirmAttach(dependencies),
    watchAttach: watchAttach(dependencies),
    askLateAttach: askLateAttach(dependencies),
    restoreSubscriber: restoreSubscriber(dependencies),
    releaseSubscriber: releaseSubscriber(dependencies),
    insistOnRelease: insistOnRelease(dependencies),
    watchSource: watchSource(dependencies),
  };
}
