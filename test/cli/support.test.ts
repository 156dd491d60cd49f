import type { Desk } from '../../application/ports.ts';
import type { SupportOutcome } from '../../application/requests.ts';
import { CHANGE_ID, USER, changeView, rehome } from '../support/fake-application.ts';

const REASON = '--reason=seen-at-the-source';

/** A desk with an open change that answers a wish so, and what it was asked for. */
function answering(outcome: SupportOutcome, state: Parameters<typeof changeView>[0] = 'inDoubt') {
  const asked: Parameters<Desk['supportChange']>[1][] = [];
  const desk: Partial<Desk> = {
    findChange: () => Promise.resolve(changeView(state)),
    supportChange: (_change, request) => {
      asked.push(request);
      return Promise.resolve(outcome);
    },
  };
  return { desk, asked };
}

test('support hands on who asks, why, and under which ticket', async () => {
  const { desk, asked } = answering({ kind: 'done', message: 'everything that waits is tried again now' });
  const answer = await rehome(`support ${CHANGE_ID} retryNow ${REASON} --ticket T-1 --request-id r-1`, desk);
  expect(answer).toEqual({ exitCode: 0, stdout: 'everything that waits is tried again now\n', stderr: '' });
  expect(asked).toEqual([
    { action: 'retryNow', actor: USER, reason: 'seen-at-the-source', ticket: 'T-1', requestId: 'r-1' },
  ]);
});

test('support names another actor if it is told one', async () => {
  const { desk, asked } = answering({ kind: 'awaitsSecondPerson', message: 'a second person', first: 'user:ben' });
  expect((await rehome(`support ${CHANGE_ID} rollBack ${REASON} --actor ben`, desk)).exitCode).toBe(0);
  expect(asked).toMatchObject([{ actor: 'user:ben' }]);
});

test('support says as JSON what became of the wish', async () => {
  const { desk } = answering({ kind: 'awaitsSecondPerson', message: 'a second person', first: 'user:ben' });
  const { stdout } = await rehome(`support ${CHANGE_ID} rollBack ${REASON} --json`, desk);
  expect(JSON.parse(stdout)).toEqual({
    ...{ changeId: CHANGE_ID, action: 'rollBack', kind: 'awaitsSecondPerson' },
    ...{ message: 'a second person', first: 'user:ben' },
  });
});

const VAIN: readonly [outcome: SupportOutcome, says: string, advises: string][] = [
  [{ kind: 'refused', reason: 'rollBack is not possible: the card has moved' }, 'the card has moved', 'status'],
  [{ kind: 'noWorkflow' }, 'no workflow carries it on', 'resume'],
];

test.each(VAIN)('support of what is not possible ends with 1, and says why: %j', async (outcome, says, advises) => {
  const { desk } = answering(outcome);
  const { exitCode, stdout, stderr } = await rehome(`support ${CHANGE_ID} rollBack ${REASON}`, desk);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toContain(says);
  expect(stderr).toContain(`rehome ${advises} ${CHANGE_ID}`);
});

test('support of a change that has ended asks nobody', async () => {
  const { desk, asked } = answering({ kind: 'done', message: 'never' }, 'completed');
  const { exitCode, stderr } = await rehome(`support ${CHANGE_ID} cancel ${REASON}`, desk);
  expect({ exitCode, asked }).toEqual({ exitCode: 1, asked: [] });
  expect(stderr).toContain('it has ended');
});

test('support hands a deadline on as a moment in UTC', async () => {
  const { desk, asked } = answering({ kind: 'done', message: 'more time' });
  await rehome(`support ${CHANGE_ID} extendDeadline ${REASON} --until 2026-12-31T13:00:00+01:00`, desk);
  expect(asked).toMatchObject([{ until: '2026-12-31T12:00:00.000Z' }]);
});

test.each([
  `support ${CHANGE_ID} extendDeadline ${REASON}`,
  `support ${CHANGE_ID} extendDeadline ${REASON} --until soon`,
  `support ${CHANGE_ID} retryNow ${REASON} --until 2026-12-31T12:00:00Z`,
  `support ${CHANGE_ID} retryNow --reason=`,
  `support ${CHANGE_ID} retryNow`,
  `support ${CHANGE_ID} repair ${REASON}`,
])('a support command that can’t be understood does nothing: %s', async (command) => {
  const { desk, asked } = answering({ kind: 'done', message: 'never' });
  expect((await rehome(command, desk)).exitCode).toBe(2);
  expect(asked).toEqual([]);
});
