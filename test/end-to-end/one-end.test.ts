import { sql } from 'kysely';
import { stateRecorded } from '../../services/timeline/record-state.ts';
import { parseIccid } from '../../telecom/identifiers/iccid.ts';
import { RunningSystem } from '../support/running-system.ts';

test('a change that has its end is not opened again by a workflow that has not heard of it', async () => {
  const system = new RunningSystem();
  const { database } = system.resources;
  try {
    const card = await system.desk.nextCardToMove('operator-1');
    if (card === undefined) throw new Error('no card is left');
    const changeId = await system.start(parseIccid(card.iccid), 'operator-2');
    const { change } = await system.end(changeId);
    const record = (state: 'completedReleasePending' | 'completed') =>
      sql<{ recorded: boolean }>`
        select ${stateRecorded({ changeId, sequence: 900 }, { state, cause: 'unheard', actor: 'test' })} as recorded`.execute(
        database,
      );
    for (const state of ['completedReleasePending', 'completed'] as const)
      expect((await record(state)).rows).toEqual([{ recorded: false }]);
    expect(await system.desk.findChange(changeId)).toEqual(change);
  } finally {
    await system.close();
  }
});
