import { sql } from 'kysely';
import type { ConsentAnswer, ConsentQuestion } from './back-office.ts';
import { refusal } from './http/problem.ts';
import type { Operator } from './operator.ts';

interface Row {
  readonly iccid: string;
  readonly decision: 'granted' | 'refused' | null;
  readonly reason: string | null;
}

/** Asks the operator whether a subscription may leave, once; a decision, once made, stands. */
export async function askConsent(operator: Operator, question: ConsentQuestion): Promise<ConsentAnswer> {
  const { store, backOffice } = operator;
  const { changeId, iccid, imsi, targetOperator } = question;
  return store.locked(`change/${changeId}`, async (database) => {
    const { rows } = await sql<Row>`
      insert into ${store.tables.consents} (change_id, iccid, imsi, target_operator, asked_at)
      values (${changeId}, ${iccid}, ${imsi}, ${targetOperator}, ${store.now()})
      on conflict (change_id) do update set change_id = excluded.change_id
      returning iccid, decision, reason`.execute(database);
    const [known] = rows;
    if (known !== undefined && known.iccid !== iccid)
      throw refusal('CHANGE_ID_REUSED', 'this change has asked for another card');
    if (known !== undefined && known.decision !== null) return answerOf(known.decision, known.reason);
    const { decision, reason } = await backOffice.consent(question);
    if (decision === 'pending') return { decision, ...(reason !== undefined && { reason }) };
    await database.transaction().execute(async (transaction) => {
      await sql`
        update ${store.tables.consents} set decision = ${decision}, reason = ${reason ?? null} where change_id = ${changeId}`.execute(
        transaction,
      );
      const kind = decision === 'granted' ? 'consentGranted' : 'consentRefused';
      await store.note(transaction, { kind, changeId, imsi });
    });
    return answerOf(decision, reason ?? null);
  });
}

const answerOf = (decision: 'granted' | 'refused', reason: string | null): ConsentAnswer => ({
  decision,
  ...(reason !== null && { reason }),
});
