/** The type name under which the schedule starts the audit. */
export const AUDIT = 'audit';

/** The task queue of the audit's questions to operators and to Temporal. */
export const auditTaskQueue = (taskQueue: string): string => `${taskQueue}/audit`;

/** The schedule that starts the audit, and what the ids of its workflows begin with. */
export const auditScheduleId = (taskQueue: string): string => `${taskQueue}/audit`;

/** How far an audit has come: it looks at cards in the order of their ICCIDs. */
export interface AuditProgress {
  readonly auditId: string;
  /** The last card that was looked at; null before the first. */
  readonly after: string | null;
}

/** One disagreement, as a report keeps it. */
export interface AuditFinding {
  readonly kind: string;
  readonly iccid?: string;
  readonly changeId?: string;
  readonly imsi?: string;
  /** What is so. */
  readonly detail: string;
}

/** A card that could not be judged, and why. */
export interface LeftOut {
  readonly iccid: string;
  readonly reason: string;
}

/** One scheduled audit, in numbers. */
export interface AuditSummary {
  readonly auditId: string;
  readonly beganAt: Date;
  /** Null while it runs. */
  readonly endedAt: Date | null;
  /** Why it ended before it had looked at every card; null when it did not. */
  readonly gaveUp: string | null;
  /** Cards of which something was recorded since then were looked at, and all with an open change. */
  readonly since: Date;
  readonly cards: number;
  readonly changes: number;
  /** How many subscribers the operators were asked for. */
  readonly subscribers: number;
  readonly found: number;
  readonly notJudged: number;
}

/** One scheduled audit with what it found; of more findings than a report keeps, the first. */
export interface KeptAudit extends AuditSummary {
  readonly findings: readonly AuditFinding[];
  readonly leftOut: readonly LeftOut[];
}

/** The report of an audit, in our own database. Each is safe to repeat. */
export interface AuditReportActivities {
  /** Begins the report, and forgets the oldest beyond those that are kept. */
  beginAudit(audit: { readonly auditId: string }): Promise<void>;
  /** Ends the report; with a reason, before every card was looked at. */
  endAudit(audit: { readonly auditId: string; readonly gaveUp?: string }): Promise<void>;
}

/** What asks operators and Temporal. */
export interface AuditPageActivities {
  /**
   * Compares the next cards, and writes what it finds into the report: once, also when it is repeated. Changes nothing else. Resolves
   * to the last of these cards, or to null when none is left.
   */
  auditPage(progress: AuditProgress): Promise<{ readonly last: string | null }>;
}
