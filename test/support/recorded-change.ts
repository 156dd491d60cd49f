import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Database } from '../../adapters/database/database.ts';
import { stateRecorded, type StateRecord } from '../../services/timeline/record-state.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import type { Step } from '../../workflows/change/ports.ts';

/** A change that is in the timeline without a workflow, so that a test can run its activities itself. */
export class RecordedChange {
  /** The step that the test runs next. */
  readonly step: Step;
  readonly #database: Database;

  private constructor(database: Database, iccid: Iccid) {
    this.#database = database;
    this.step = { changeId: randomUUID(), iccid, sequence: 2 };
  }

  static async begin(database: Database, iccid: Iccid): Promise<RecordedChange> {
    const change = new RecordedChange(database, iccid);
    const data = { iccid, target: 'operator-2', requestedBy: 'user:test', requestId: change.step.changeId };
    await change.#record(1, { state: 'requested', cause: 'a test', actor: 'test', data });
    return change;
  }

  /** Leaves nothing open that would be in the way of tests that come after. */
  async end(): Promise<void> {
    await this.#record(99, { state: 'rolledBack', cause: 'a test', actor: 'test' });
    await sql`delete from reservations where change_id = ${this.step.changeId}::uuid`.execute(this.#database);
  }

  async #record(sequence: number, record: StateRecord): Promise<void> {
    await sql`select ${stateRecorded({ ...this.step, sequence }, record)}`.execute(this.#database);
  }
}
