import { sql, type Migration } from 'kysely';
import { RECONCILIATION } from './reconciliation.ts';
import { CHANGES } from './changes.ts';
import { PACKETS } from './packets.ts';
import { REGISTRY } from './registry.ts';
import { TIMELINE } from './timeline.ts';

/** The schema as the first release has it; each subject is a file of its own. Nothing is migrated from before that release. */
export const baseline: Migration = {
  async up(database) {
    for (const subject of [REGISTRY, CHANGES, PACKETS, TIMELINE, RECONCILIATION])
      await sql.raw(subject).execute(database);
  },
};
