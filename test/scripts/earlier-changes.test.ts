import type { Output } from '../../application/ports.ts';
import { finishEarlierChanges } from '../../scripts/earlier-changes.ts';
import type { ChangeState } from '../../workflows/shared/states.ts';
import { changeView, RUNNING, timelineOf } from '../support/fake-application.ts';

/** Changes of an earlier run, by their ids, each with the state in which it is and stays. */
function deskWith(changes: Readonly<Record<string, ChangeState>>) {
  const asked: string[] = [];
  const stateOf = (changeId: string) => changes[changeId] ?? 'completed';
  return {
    asked,
    desk: {
      listChanges: () =>
        Promise.resolve(Object.entries(changes).map(([changeId, state]) => changeView(state, { changeId }))),
      resumeChange: (changeId: string) => {
        asked.push(`resume ${changeId}`);
        return Promise.resolve({ kind: 'resumed' as const });
      },
      findChange: (changeId: string) => Promise.resolve(changeView(stateOf(changeId), { changeId })),
      readTimeline: (changeId: string) => {
        if (asked.at(-1) !== `read ${changeId}`) asked.push(`read ${changeId}`);
        return Promise.resolve(timelineOf('requested', stateOf(changeId)));
      },
      viewWorkflow: () => Promise.resolve(RUNNING),
    },
  };
}

function written(): Output & { readonly text: () => string } {
  const parts: string[] = [];
  return { write: (text) => parts.push(text), text: () => parts.join('') };
}

test('every lost change of an earlier run is resumed before any is waited for', async () => {
  const { asked, desk } = deskWith({ first: 'completed', second: 'completed' });
  await finishEarlierChanges(desk, { output: written(), rehome: 'rehome' });
  expect(asked).toEqual(['resume first', 'resume second', 'read first', 'read second']);
});

test('changes that do not end are waited for no longer than some seconds together, and named', async () => {
  const { asked, desk } = deskWith({ first: 'awaitingCard', second: 'reserving' });
  const output = written();
  const begin = Date.now();
  await finishEarlierChanges(desk, { output, rehome: 'rehome', waitMilliseconds: 300 });
  expect(Date.now() - begin).toBeLessThan(5_000);
  expect(asked.slice(0, 2)).toEqual(['resume first', 'resume second']);
  expect(output.text()).toContain('  still open, goes on by itself: rehome status first\n');
  expect(output.text()).toContain('  still open, goes on by itself: rehome status second\n');
  expect(output.text()).toContain('reserving');
});

test('a change in doubt is told and not waited for', async () => {
  const { asked, desk } = deskWith({ first: 'inDoubt' });
  const output = written();
  await finishEarlierChanges(desk, { output, rehome: 'rehome' });
  expect(asked).toEqual(['resume first']);
  expect(output.text()).toContain('change first of an earlier run is in doubt');
});
