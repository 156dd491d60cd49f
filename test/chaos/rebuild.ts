import { isDeepStrictEqual } from 'node:util';
import { sql } from 'kysely';
import type { Finding } from '../../services/reconciliation/findings.ts';
import type { Database } from '../../adapters/database/database.ts';
import { rebuildReadModel } from '../../services/timeline/read-model.ts';

type Row = Readonly<Record<string, unknown>> & { readonly change_id: string; readonly iccid: string };

/** Computes the read model anew from the timeline, and names every row that comes out another than it was. */
export async function rebuiltOtherwise(database: Database): Promise<Finding[]> {
  const before = await readRows(database);
  await rebuildReadModel(database);
  const after = await readRows(database);
  const ids = new Set([...before.keys(), ...after.keys()]);
  return [...ids].flatMap((id) => difference(before.get(id), after.get(id)));
}

async function readRows(database: Database): Promise<Map<string, Row>> {
  const { rows } = await sql<Row>`select * from changes`.execute(database);
  return new Map(rows.map((row) => [row.change_id, row]));
}

function difference(was: Row | undefined, is: Row | undefined): Finding[] {
  const row = was ?? is;
  const columns = Object.keys(row ?? {}).filter((column) => !isDeepStrictEqual(was?.[column], is?.[column]));
  if (row === undefined || columns.length === 0) return [];
  const detail = `computed anew from the timeline, it comes out otherwise: ${columns
    .map((column) => `${column} ${JSON.stringify(was?.[column])} becomes ${JSON.stringify(is?.[column])}`)
    .join(', ')}`;
  return [{ kind: 'readModelWrong', iccid: row.iccid, changeId: row.change_id, detail }];
}
