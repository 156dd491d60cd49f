import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Resources } from '../../workers/resources.ts';
import { STATES, type ChangeState } from '../../workflows/shared/states.ts';
import { untilAnswered, type Controls } from './controls.ts';
import { ELEMENTS } from './plan.ts';

const POLL_MS = 2_000;
/** So many polls in a row that find the same rest: a change may rest for a moment, and go on. */
const SAME_POLLS = 6;
const TOLD_EVERY_POLLS = 3;

interface Stillness {
  readonly open: readonly string[];
  readonly unpublished: number;
  readonly newest: string;
}

/**
 * Ends the storm: nothing goes wrong any more, every device that took part is switched off and on. Resolves when all is at rest and
 * stays so, or when `withinMs` are over; what does not rest then is for the reconciliation to find.
 */
export async function settle(
  { database }: Resources,
  controls: Controls,
  { withinMs, say }: { readonly withinMs: number; readonly say: (line: string) => void },
): Promise<void> {
  await Promise.all(ELEMENTS.map((element) => controls.setFaults(element, {})));
  const { rows } = await untilAnswered(() =>
    sql<{ iccid: string }>`select distinct iccid from changes`.execute(database),
  );
  for (const { iccid } of rows) await controls.powerCycle(iccid);
  const deadline = Date.now() + withinMs;
  let before: string | undefined;
  let same = 0;
  for (let polls = 0; Date.now() < deadline; polls += 1) {
    const { open, unpublished, newest } = await untilAnswered(() => stillness(database));
    const asleep = (await Promise.all(rows.map(({ iccid }) => controls.device(iccid)))).filter(
      ({ attached }) => !attached,
    );
    if (polls % TOLD_EVERY_POLLS === 0)
      say(
        `settling: ${String(open.length)} open, ${String(unpublished)} events to publish, ${String(asleep.length)} devices in no network`,
      );
    const isStill = unpublished === 0 && open.every((state) => STATES[state as ChangeState].rests);
    const now = `${newest}/${asleep.map(({ iccid }) => iccid).join()}`;
    same = isStill && now === before ? same + 1 : 0;
    before = now;
    if (same >= SAME_POLLS) return;
    await delay(POLL_MS);
  }
  say('not all came to rest in time');
}

async function stillness(database: Resources['database']): Promise<Stillness> {
  const { rows } = await sql<Stillness>`
    select coalesce((select array_agg(state) from changes where not ended), '{}') as open,
      (select count(*)::int from outbox where published_at is null) as unpublished,
      coalesce((select max(id) from outbox), 0)::text as newest`.execute(database);
  const [row] = rows;
  if (row === undefined) throw new Error('PostgreSQL answers a count with nothing');
  return row;
}
