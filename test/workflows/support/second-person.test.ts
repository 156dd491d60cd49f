import type { ChangeRun } from '../../support/change-run.ts';
import type { SupportRequest } from '../../../workflows/support/actions.ts';
import { benchForThisFile } from '../bench.ts';

// A wish cancels a question that is under way, which the time-skipping server does not survive.
const bench = benchForThisFile('dev');

async function inDoubt(): Promise<ChangeRun> {
  const run = await bench.change().readable().patient({ attachPollSeconds: 1, attachDeadlineSeconds: 2 }).start();
  await run.reaches('inDoubt');
  return run;
}

const BY_BEN: Pick<SupportRequest, 'actor'> = { actor: 'user:ben' };

test('a first person has not vouched for a card that looks another by now', async () => {
  const run = await inDoubt();
  await run.supportAsks({ action: 'rollBack' });
  run.network.torn = true;
  await run.supportAsks({ action: 'retryNow' });
  await run.reaches('torn');
  const answer = { kind: 'awaitsSecondPerson', first: 'user:ben' };
  expect(await run.supportAsks({ action: 'rollBack', ...BY_BEN })).toMatchObject(answer);
  expect(run.calls).not.toContain('withdrawSubscriber');
  expect(await run.supportAsks({ action: 'rollBack' })).toMatchObject({ kind: 'done' });
  expect(await run.outcome()).toMatchObject({ kind: 'rolledBack' });
});

test('a first person who heard of no card has not vouched for one that the target refuses by now', async () => {
  const run = await inDoubt();
  await run.supportAsks({ action: 'rollBack' });
  run.network.refusal = { cause: 'roamingNotAllowed' };
  await run.supportAsks({ action: 'retryNow' });
  await run.isTold('ATTACH_REFUSED');
  const answer = { kind: 'awaitsSecondPerson', first: 'user:ben' };
  expect(await run.supportAsks({ action: 'rollBack', ...BY_BEN })).toMatchObject(answer);
  expect(run.calls).not.toContain('withdrawSubscriber');
  run.network.refusal = undefined;
  await run.cardAttaches();
  expect(await run.outcome()).toMatchObject({ kind: 'completed' });
});
