import { followChange } from '../../application/follow-change.ts';
import { quietTeller } from '../../cli/quiet.ts';
import type { ChangeView, TimelineEntry, WorkflowView } from '../../application/views.ts';
import { ASKED_AT, changeView, CHANGE_ID, rehome, ICCID, RUNNING, timelineOf } from '../support/fake-application.ts';

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

describe('a change of which nothing is heard', () => {
  test('has Temporal asked what it waits for, again and again', async () => {
    const quiet: string[] = [];
    const views = inTurn<WorkflowView>(RUNNING, { ...RUNNING, notTakenSince: ASKED_AT });
    let looks = 0;
    const readTimeline = () => Promise.resolve(quiet.length < 2 ? [] : timelineOf('requested', 'completed'));
    await followChange({ readTimeline, findChange: finds, viewWorkflow: () => ((looks += 1), views()) }, CHANGE_ID, {
      ...{ iccid: ICCID, quietMilliseconds: 150 },
      onQuiet: (workflow, last) => quiet.push(`${String(workflow.running)} ${last?.state ?? 'no state'}`),
    });
    expect(quiet).toEqual(['true no state', 'true no state']);
    expect(looks).toBe(2);
  });

  test('is not waited for any longer when its workflow is gone', async () => {
    const readTimeline = inTurn<TimelineEntry[]>(timelineOf('requested', 'sending'));
    const viewWorkflow = () => Promise.resolve({ ...RUNNING, running: false });
    const desk = { readTimeline, viewWorkflow, findChange: () => Promise.resolve(changeView('sending')) };
    await expect(followChange(desk, CHANGE_ID, { iccid: ICCID, quietMilliseconds: 0 })).rejects.toMatchObject({
      ...{ why: 'workflowLost', change: { state: 'sending' }, timeline: [{}, {}] },
    });
  });

  test('whose workflow has closed with its last state has ended, and is not lost', async () => {
    const readTimeline = inTurn<TimelineEntry[]>(
      timelineOf('requested', 'sending'),
      timelineOf('requested', 'sending', 'completed'),
    );
    const viewWorkflow = () => Promise.resolve({ ...RUNNING, running: false });
    const watched = { readTimeline, viewWorkflow, findChange: finds };
    expect((await followChange(watched, CHANGE_ID, { iccid: ICCID, quietMilliseconds: 0 })).change.state).toBe(
      'completed',
    );
  });

  test('can be left while the database is away', async () => {
    const desk = { readTimeline: () => Promise.reject(AWAY), findChange: finds };
    const watch = followChange(desk, CHANGE_ID, { signal: AbortSignal.timeout(100) });
    await expect(watch).rejects.toMatchObject({ why: 'interrupted', change: undefined });
  });
});

test('a person who waits is told what a quiet change waits for: when that changes, and not each time', () => {
  const lines: string[] = [];
  const tell = quietTeller({ write: (text) => lines.push(text) }, 'rehome');
  const failing = (attempt: number): WorkflowView => ({
    ...RUNNING,
    waiting: [
      {
        ...{ step: 'reserveSubscriber', attempt, code: 'HLR_UNREACHABLE', message: 'no answer', servedBy: null },
        ...{ nextAttemptAt: new Date(ASKED_AT.getTime() + attempt * 1_000), notTakenSince: null },
      },
    ],
  });
  const [last] = timelineOf('awaitingCard');
  for (const attempt of [2, 3]) tell(failing(attempt), last);
  const [step] = failing(4).waiting;
  if (step !== undefined) tell({ ...RUNNING, waiting: [{ ...step, nextAttemptAt: null }] }, last);
  tell(RUNNING, last);
  tell({ running: null, runId: null, waiting: [], problem: 'away' }, last);
  expect(lines).toEqual([
    '    waits for the step reserveSubscriber; attempt 2; next attempt at 2026-01-02T03:04:07.000Z; last answer: no answer [HLR_UNREACHABLE]\n',
    '    still awaitingCard: The SMSC has the packet. The card has not sent its proof of receipt yet.\n',
    '    Temporal does not answer; the change goes on once it is back\n',
  ]);
});
