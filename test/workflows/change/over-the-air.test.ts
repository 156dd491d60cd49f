import { parseIccid } from '../../../telecom/identifiers/iccid.ts';
import type { AfterPivotParts } from '../../../workflows/change/after-pivot-parts.ts';
import type { SubscriptionChange } from '../../../workflows/shared/contract.ts';
import type { CardEvent } from '../../../workflows/change/decision/card-events.ts';
import { failure } from '../../../workflows/shared/failures.ts';
import { OverTheAir } from '../../../workflows/change/over-the-air.ts';
import { Timeline } from '../../../workflows/change/timeline.ts';

const CHANGE: Pick<SubscriptionChange, 'changeId' | 'iccid' | 'target' | 'resumedAfter'> = {
  ...{ changeId: '0194d7a0-0000-7000-8000-000000000001', iccid: parseIccid('8988300000000000013') },
  ...{ target: 'operator-2', resumedAfter: 7 },
};

test('a copy that follows one whose answer was lost has a number of its own: the SMSC may have taken the one before it', async () => {
  const timeline = new Timeline(CHANGE as SubscriptionChange, {
    recordState: () => Promise.reject(new Error('nothing is recorded')),
  });
  const sequences: number[] = [];
  const facts: CardEvent[] = [];
  const resendOverTheAir = ({ sequence }: { readonly sequence: number }): Promise<never> => {
    sequences.push(sequence);
    return Promise.reject(failure('SMSC_UNREACHABLE', 'no answer'));
  };
  const ota = { resendOverTheAir } as unknown as AfterPivotParts['ota'];
  const air = new OverTheAir({ timeline, ota, targetOta: ota, isInterrupted: () => false }, (fact) => facts.push(fact));
  await air.resend('unanswered');
  await air.resend('unanswered');
  expect(facts.map(({ kind }) => kind)).toEqual(['resendFailed', 'resendFailed']);
  expect(sequences).toEqual([8, 9]);
});
