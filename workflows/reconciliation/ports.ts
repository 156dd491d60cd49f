/** The type name under which the schedule starts the reconciliation. */
export const RECONCILIATION = 'reconciliation';

/** The task queue of the reconciliation's questions to operators and to Temporal. */
export const reconciliationTaskQueue = (taskQueue: string): string => `${taskQueue}/reconciliation`;

/** The schedule that starts the reconciliation, and what the ids of its workflows begin with. */
export const reconciliationScheduleId = (taskQueue: string): string => `${taskQueue}/reconciliation`;

/** How far a reconciliation has come: it looks at cards in the order of their ICCIDs. */
export interface ReconciliationProgress {
  readonly reconciliationId: string;
  /** The last card that was looked at; null before the first. */
  readonly after: string | null;
}

/** One disagreement, as a report keeps it. */
export interface ReconciliationFinding {
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

/** One scheduled reconciliation, in numbers. */
export interface ReconciliationSummary {
  readonly reconciliationId: string;
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

/** One scheduled reconciliation with what it found; of more findings than a report keeps, the first. */
export interface KeptReconciliation extends ReconciliationSummary {
  readonly findings: readonly ReconciliationFinding[];
  readonly leftOut: readonly LeftOut[];
}

/** The report of a reconciliation, in our own database. Each is safe to repeat. */
export interface ReconciliationReportActivities {
  /** Begins the report, and forgets the oldest beyond those that are kept. */
  beginReconciliation(reconciliation: { readonly reconciliationId: string }): Promise<void>;
  /** Ends the report; with a reason, before every card was looked at. */
  endReconciliation(reconciliation: { readonly reconciliationId: string; readonly gaveUp?: string }): Promise<void>;
}

/** What asks operators and Temporal. */
export interface ReconcilePageActivities {
  /**
   * Compares the next cards, and writes what it finds into the report: once, also when it is repeated. Changes nothing else. Resolves
   * to the last of these cards, or to null when none is left.
   */
  reconcilePage(progress: ReconciliationProgress): Promise<{ readonly last: string | null }>;
}
