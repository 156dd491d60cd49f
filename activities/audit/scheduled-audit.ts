import type { AuditPageActivities, AuditReportActivities } from '../../workflows/audit-ports.ts';
import type { Alert } from '../../workflows/failure-codes.ts';
import { failure } from '../../workflows/failures.ts';
import type { Database } from '../database/database.ts';
import type { LiveAudit } from './audit-live.ts';
import { groupBy } from './index-facts.ts';
import { nextCardsToAudit } from './read-record.ts';
import { addPage, beginReport, endReport, kindsFound, openReport } from './reports.ts';

const CARDS_OF_A_PAGE = 100;

type Log = (level: 'info' | 'warn' | 'error', message: string, fields: Readonly<Record<string, unknown>>) => void;

interface Dependencies {
  readonly database: Database;
  readonly log: Log;
}

export function auditReportActivities({
  database,
  log,
  hours,
}: Dependencies & { readonly hours: number }): AuditReportActivities {
  const gaveUp = (auditId: string, reason: string): void => {
    const alert: Alert = 'ticket';
    log('error', `the audit ended before it had looked at every card: ${reason}`, {
      ...{ code: 'AUDIT_GAVE_UP', alert, auditId },
    });
  };
  return {
    beginAudit: async ({ auditId }) => {
      for (const lost of await beginReport(database, { auditId, hours }))
        gaveUp(lost, 'its workflow was terminated or lost');
    },
    endAudit: async (audit) => {
      const report = await endReport(database, audit);
      if (audit.gaveUp !== undefined) gaveUp(audit.auditId, audit.gaveUp);
      if (report === undefined) return;
      const { auditId, cards, changes, subscribers, found, notJudged } = report;
      const level = notJudged > 0 ? 'warn' : 'info';
      log(level, 'an audit has ended', { auditId, cards, changes, subscribers, found, notJudged });
    },
  };
}

/** Compares cards by what this process is connected to. */
export type AuditCards = (iccids: readonly string[]) => Promise<LiveAudit>;

/**
 * One page: the cards are found anew by each attempt, and what was written by an earlier one stays. The first page of an audit that has
 * findings of a kind logs their number before they are written, since the log calls somebody: who repeats a page may call twice, and
 * never not at all. Later pages call nobody for that kind; the report has all.
 */
export const auditPage =
  ({
    database,
    log,
    auditCards,
  }: Dependencies & { readonly auditCards: AuditCards }): AuditPageActivities['auditPage'] =>
  async ({ auditId, after }) => {
    const report = await openReport(database, auditId);
    if (report === undefined) throw failure('CANCELLED', `the report of audit ${auditId} was closed`);
    if (report.after !== after) return { last: report.after };
    const iccids = await nextCardsToAudit(database, { since: report.since, after, limit: CARDS_OF_A_PAGE });
    const last = iccids.at(-1);
    if (last === undefined) return { last: null };
    const page = await auditCards(iccids);
    const known = await kindsFound(database, auditId);
    for (const [kind, [first, ...others]] of groupBy(page.findings, (finding) => finding.kind)) {
      if (first === undefined || known.includes(kind)) continue;
      const { detail, ...about } = first;
      const alert: Alert = 'atOnce';
      log(
        'error',
        `an audit found a disagreement, and in the same page ${String(others.length)} more of its kind: ${detail}`,
        {
          ...{ code: 'AUDIT_FINDING', alert, finding: kind, number: others.length + 1, auditId },
          ...{ iccid: about.iccid, changeId: about.changeId, imsi: about.imsi },
        },
      );
    }
    await addPage(database, { auditId, after, last }, page);
    return { last };
  };
