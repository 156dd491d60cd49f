import { followChange } from '../../cli/follow.ts';
import type { ChangeView, TimelineEntry } from '../../workflows/views.ts';
import { changeView, CHANGE_ID, rehome, ICCID, timelineOf } from '../support/fake-desk.ts';

const AWAY = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:15432'), { code: 'ECONNREFUSED' });

/** A question that gets these answers one after the other, and the last one from then on; an error is thrown. */
function inTurn<Answer extends object>(...answers: readonly (Answer | Error)[]): () => Promise<Answer> {
  let asked = 0;
  return () => {
    const answer = answers[Math.min(asked, answers.length - 1)];
    asked += 1;
    if (answer === undefined || answer instanceof Error)
      return Promise.reject(answer ?? new Error('this test has no answer'));
    return Promise.resolve(answer);
  };
}

const finds = () => Promise.resolve(changeView('completed'));

test('hands on every state once, in order, however many arrive between two looks', async () => {
  const seen: string[] = [];
  const readTimeline = inTurn<TimelineEntry[]>(
    [],
    timelineOf('requested'),
    timelineOf('requested', 'reserving', 'sending'),
    timelineOf('requested', 'reserving', 'sending', 'completed'),
  );
  const { change, timeline } = await followChange({ readTimeline, findChange: finds }, CHANGE_ID, {
    onState: ({ state }) => seen.push(state),
  });
  expect(seen).toEqual(['requested', 'reserving', 'sending', 'completed']);
  expect(change.state).toBe('completed');
  expect(timeline).toHaveLength(4);
});

test('goes on after an outage, tells of each outage once, and repeats no state', async () => {
  const seen: string[] = [];
  const readTimeline = inTurn<TimelineEntry[]>(
    timelineOf('requested'),
    AWAY,
    AWAY,
    timelineOf('requested', 'sending'),
    AWAY,
    timelineOf('requested', 'sending', 'completed'),
  );
  const findChange = inTurn<ChangeView>(AWAY, changeView('completed'));
  await followChange({ readTimeline, findChange }, CHANGE_ID, {
    onState: ({ state }) => seen.push(state),
    onAway: () => seen.push('away'),
  });
  expect(seen).toEqual(['requested', 'away', 'sending', 'away', 'completed', 'away']);
});

test('a fault that is no outage ends the watch', async () => {
  const readTimeline = inTurn<TimelineEntry[]>(
    timelineOf('requested'),
    new Error('relation "timeline" does not exist'),
  );
  await expect(followChange({ readTimeline, findChange: finds }, CHANGE_ID)).rejects.toThrow('does not exist');
});

test('a change that is parked in doubt is not waited for any longer', async () => {
  const readTimeline = inTurn<TimelineEntry[]>(timelineOf('requested', 'sending', 'inDoubt'));
  const findChange = () => Promise.resolve(changeView('inDoubt'));
  expect((await followChange({ readTimeline, findChange }, CHANGE_ID)).change.state).toBe('inDoubt');
});

test('a person who waits reads that the change goes on while the database is away', async () => {
  const { exitCode, stderr } = await rehome(`change ${ICCID} --to operator-2 --wait`, {
    requestChange: () =>
      Promise.resolve({ kind: 'started', changeId: CHANGE_ID, workflowId: 'change-of-the-card', repeated: false }),
    readTimeline: inTurn<TimelineEntry[]>(timelineOf('requested'), AWAY, timelineOf('requested', 'completed')),
    findChange: finds,
  });
  expect(exitCode).toBe(0);
  expect(stderr.split('\n')).toEqual([
    `change ${CHANGE_ID} started`,
    '  requested                  0.0 s  cause 1',
    '  the database does not answer; the change goes on by itself, and this view once it is back',
    '  completed                  1.0 s  cause 2',
    '',
  ]);
});
