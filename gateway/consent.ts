import { sql } from 'kysely';
import type { ConsentAnswer, ConsentQuestion } from './back-office.ts';
import { refusal } from './http/problem.ts';
import type { Operator } from './operator.ts';

type Decision = 'granted' | 'refused';

interface Row {
  readonly iccid: string;
  readonly decision: Decision | null;
  readonly reason: string | null;
}

/**
 * Asks the operator whether a subscription may leave; a decision, once made, stands. No connection to the database is held while the
 * operator thinks; of two calls that ask at the same moment, the first decision counts, for both.
 */
export async function askConsent(operator: Operator, question: ConsentQuestion): Promise<ConsentAnswer> {
  const { changeId, iccid, imsi, targetOperator } = question;
  const { store } = operator;
  const { rows } = await sql<Row>`
    insert into ${store.tables.consents} (change_id, iccid, imsi, target_operator, asked_at)
    values (${changeId}, ${iccid}, ${imsi}, ${targetOperator}, ${store.now()})
    on conflict (change_id) do update set change_id = excluded.change_id
    returning iccid, decision, reason`.execute(store.database);
  const [known] = rows;
  if (known !== undefined && known.iccid !== iccid)
    throw refusal('CHANGE_ID_REUSED', 'this change has asked for another card');
  if (known !== undefined && known.decision !== null) return answerOf(known.decision, known.reason);
  const { decision, reason } = await operator.backOffice.consent(question);
  if (decision === 'pending') return { decision, ...(reason !== undefined && { reason }) };
  return keep(operator, question, { decision, reason: reason ?? null });
}

/** Writes a decision down unless there is one by now; answers the one that stands. */
async function keep(
  { store }: Operator,
  { changeId, imsi }: ConsentQuestion,
  { decision, reason }: { readonly decision: Decision; readonly reason: string | null },
): Promise<ConsentAnswer> {
  return store.database.transaction().execute(async (transaction) => {
    const { numAffectedRows = 0n } = await sql`
      update ${store.tables.consents} set decision = ${decision}, reason = ${reason}
      where change_id = ${changeId} and decision is null`.execute(transaction);
    if (numAffectedRows > 0n) {
      const kind = decision === 'granted' ? 'consentGranted' : 'consentRefused';
      await store.note(transaction, { kind, changeId, imsi });
      return answerOf(decision, reason);
    }
    const { rows } = await sql<{ decision: Decision; reason: string | null }>`
      select decision, reason from ${store.tables.consents} where change_id = ${changeId}`.execute(transaction);
    const [standing] = rows;
    if (standing === undefined) throw new Error(`the question of change ${changeId} is gone`);
    return answerOf(standing.decision, standing.reason);
  });
}

const answerOf = (decision: Decision, reason: string | null): ConsentAnswer => ({
  decision,
  ...(reason !== null && { reason }),
});
