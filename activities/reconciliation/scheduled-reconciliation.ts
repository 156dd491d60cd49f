import type { ReconcilePageActivities, ReconciliationReportActivities } from '../../workflows/reconciliation/ports.ts';
import type { Alert } from '../../workflows/shared/failure-codes.ts';
import { failure } from '../../workflows/shared/failures.ts';
import type { Database } from '../../adapters/database/database.ts';
import type { LiveReconciliation } from '../../services/reconciliation/reconcile-live.ts';
import { groupBy } from '../../services/reconciliation/index-facts.ts';
import { nextCardsToReconcile } from '../../services/reconciliation/read-record.ts';
import { addPage, beginReport, endReport, kindsFound, openReport } from '../../services/reconciliation/reports.ts';

const CARDS_OF_A_PAGE = 100;

type Log = (level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>>) => void;

interface Dependencies {
  readonly database: Database;
  readonly log: Log;
}

export function reconciliationReportActivities({
  database,
  log,
  hours,
}: Dependencies & { readonly hours: number }): ReconciliationReportActivities {
  const gaveUp = (reconciliationId: string, reason: string): void => {
    const alert: Alert = 'ticket';
    log('error', `the reconciliation ended before it had looked at every card: ${reason}`, {
      ...{ code: 'RECONCILIATION_GAVE_UP', alert, reconciliationId },
    });
  };
  return {
    beginReconciliation: async ({ reconciliationId }) => {
      for (const lost of await beginReport(database, { reconciliationId, hours }))
        gaveUp(lost, 'its workflow was terminated or lost');
    },
    endReconciliation: async (reconciliation) => {
      const report = await endReport(database, reconciliation);
      if (reconciliation.gaveUp !== undefined) gaveUp(reconciliation.reconciliationId, reconciliation.gaveUp);
      if (report === undefined) return;
      const { reconciliationId, cards, changes, subscribers, found, notJudged } = report;
      const level = notJudged > 0 ? 'warn' : 'info';
      log(level, 'a reconciliation has ended', { reconciliationId, cards, changes, subscribers, found, notJudged });
    },
  };
}

/** Compares cards by what this process is connected to. */
export type ReconcileCards = (iccids: readonly string[]) => Promise<LiveReconciliation>;

/**
 * One page: the cards are found anew by each attempt, and what was written by an earlier one stays. The first page of a reconciliation that has
 * findings of a kind logs their number before they are written, since the log calls somebody: who repeats a page may call twice, and
 * never not at all. Later pages call nobody for that kind; the report has all.
 */
export const reconcilePage =
  ({
    database,
    log,
    reconcileCards,
  }: Dependencies & { readonly reconcileCards: ReconcileCards }): ReconcilePageActivities['reconcilePage'] =>
  async ({ reconciliationId, after }) => {
    const report = await openReport(database, reconciliationId);
    if (report === undefined) throw failure('CANCELLED', `the report of reconciliation ${reconciliationId} was closed`);
    if (report.after !== after) return { last: report.after };
    const iccids = await nextCardsToReconcile(database, { since: report.since, after, limit: CARDS_OF_A_PAGE });
    const last = iccids.at(-1);
    if (last === undefined) return { last: null };
    const page = await reconcileCards(iccids);
    const known = await kindsFound(database, reconciliationId);
    for (const [kind, [first, ...others]] of groupBy(page.findings, (finding) => finding.kind)) {
      if (first === undefined || known.includes(kind)) continue;
      const { detail, ...about } = first;
      const alert: Alert = 'atOnce';
      log(
        'error',
        `a reconciliation found a disagreement, and in the same page ${String(others.length)} more of its kind: ${detail}`,
        {
          ...{ code: 'RECONCILIATION_FINDING', alert, finding: kind, number: others.length + 1, reconciliationId },
          ...{ iccid: about.iccid, changeId: about.changeId, imsi: about.imsi },
        },
      );
    }
    await addPage(database, { reconciliationId, after, last }, page);
    return { last };
  };
