// W1's client as one process: asks for whole changes as an MNO's system would, and waits for their ends.
import { NativeConnection } from '@temporalio/worker';
import { sql } from 'kysely';
import { requestChange } from '../../services/requests/request-change.ts';
import { parseIccid } from '../../telecom/identifiers/iccid.ts';
import { loadConfig } from '../../temporal.config.ts';
import { policyOf } from '../../workers/application.ts';
import { processLog } from '../../workers/log.ts';
import { Resources } from '../../workers/resources.ts';
import type { ChangeOutcome } from '../../workflows/shared/contract.ts';
import { serveLoad } from './load.ts';

async function main(): Promise<void> {
  const config = loadConfig();
  const resources = new Resources(config, processLog('bench', 'error'), 'bench');
  const { database, index } = resources;
  const connection = await NativeConnection.connect({ address: config.temporal.address });
  const workflows = resources.workflows(connection);
  // Every card goes to the other operator and, once all have, back again, each time by the same steps.
  await sql`update agreements set consent = 'none'`.execute(database);
  const { rows: cards } = await sql<{
    iccid: string;
    source: string;
    target: string;
  }>`select iccid, source, target from cards join agreements on source = operator order by position`.execute(database);
  await serveLoad(async () => {
    const card = cards.shift();
    if (card === undefined) throw new Error('more changes at once than the bench has cards');
    const answer = await requestChange(
      { database, workflows, index, taskQueue: config.settings.TASK_QUEUE, policy: policyOf(config.settings) },
      { iccid: parseIccid(card.iccid), target: card.target, requestedBy: 'system:bench' },
    );
    if (answer.kind === 'refused') throw new Error(answer.reason);
    const handle = workflows.getHandle(answer.workflowId);
    const outcome = (await handle.result()) as ChangeOutcome;
    if (outcome.kind !== 'completed') throw new Error(`a change of the bench ended ${outcome.kind}`);
    cards.push({ iccid: card.iccid, source: card.target, target: card.source });
    return { historyEvents: (await handle.describe()).historyLength };
  });
  await connection.close();
  await resources.close();
}

void main().then(() => process.exit(0));
