import type {
  ApprovalAnswer,
  BlockAnswer,
  ChangeCheck,
  ChangeRequest,
  RequestAnswer,
  ResumeAnswer,
  SupportOutcome,
  UnblockAnswer,
} from './requests.ts';
import type { ReconciliationFinding, ReconciliationSummary, LeftOut } from '../workflows/reconciliation/ports.ts';
import type { EvidencePack } from './evidence-pack.ts';
import type { ChangeState } from '../workflows/shared/states.ts';
import type { Situation, SupportRequest } from '../workflows/support/actions.ts';
import type {
  CardView,
  ChangeView,
  ParkedEvent,
  PublishedEvent,
  TimelineEntry,
  UnrecordedChange,
  WorkflowView,
} from './views.ts';

export interface ImportCounts {
  readonly read: number;
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Of those that were updated: how many have another admin code now. */
  readonly codesChanged: number;
  readonly rejected: number;
  readonly rejectFile?: string;
}

/** What an import did with those that a file names. */
export interface Registered {
  readonly added: readonly string[];
  readonly updated: readonly string[];
  readonly unchanged: readonly string[];
}

export interface RegisteredNetwork {
  readonly smscs: Registered;
  readonly operators: Registered;
  /** Each as `source to target`. */
  readonly agreements: Registered;
}

/** What a reconciliation of live systems came to. */
export interface ReconciliationReport {
  readonly cards: number;
  readonly changes: number;
  /** How many subscribers the operators were asked for. */
  readonly subscribers: number;
  readonly findings: readonly (ReconciliationFinding & {
    /** What this kind of finding means. */ readonly means: string;
  })[];
  /** Cards that could not be judged, and why. */
  readonly leftOut: readonly LeftOut[];
  /** What the one card holds that was asked: an IMSI, or `none`. */
  readonly held?: string;
}

/** What a reconciliation looks at: one card, which may be asked over the air besides, or those with an open change or news in the last hours. */
export type ReconciliationScope =
  | {
      readonly iccid: string;
      readonly ask?: {
        readonly askedBy: string;
        /** How long it may take to answer. */ readonly patienceSeconds: number;
      };
    }
  | { readonly hours: number; readonly limit: number };

/** What a scheduled reconciliation came to, as it was kept. */
export type KeptReport = ReconciliationSummary & ReconciliationReport;

/** An operator as it was registered, without its keys. */
export interface RegisteredOperator {
  readonly id: string;
  readonly name: string;
  readonly plmn: string;
  readonly provisioningUrl: string;
  readonly smsc: string;
}

/** What a person can ask of Rehome; the composition root connects it to the database, Temporal and Kafka. */
export interface Desk {
  /** Starts a change, or tells why none was started. */
  requestChange(request: ChangeRequest): Promise<RequestAnswer>;
  /** Says what such a change would be told now; starts and records nothing. */
  checkChange(request: ChangeRequest): Promise<ChangeCheck>;
  /** The change with this id, or the open one of the card with this ICCID, or else its newest. */
  findChange(changeOrIccid: string): Promise<ChangeView | undefined>;
  /** A change with this id, or of the card with this ICCID, that Temporal runs and no orchestrator has begun; asks Temporal. */
  findUnrecorded(changeOrIccid: string): Promise<UnrecordedChange | undefined>;
  /** Gives an open change whose workflow was lost a workflow again. */
  resumeChange(changeId: string): Promise<ResumeAnswer>;
  /** Does what a support person asks for; the same request id again is the same request. */
  supportChange(
    change: Pick<ChangeView, 'changeId' | 'iccid'>,
    request: SupportRequest & { readonly requestId?: string },
  ): Promise<SupportOutcome>;
  /** What the workflow of an open change knows beside its timeline; nothing when none answers. */
  situationOf(change: Pick<ChangeView, 'changeId' | 'iccid'>): Promise<Situation | undefined>;
  /** What carries a change on at this moment, and which run is its own; asks Temporal. */
  viewWorkflow(change: Pick<ChangeView, 'changeId' | 'iccid'>): Promise<WorkflowView>;
  listParkedEvents(limit: number): Promise<ParkedEvent[]>;
  readTimeline(changeId: string): Promise<TimelineEntry[]>;
  /** All that is kept of a change, for an operator that disputes it. */
  readEvidence(changeId: string): Promise<EvidencePack>;
  listChanges(filter: {
    readonly state?: ChangeState;
    readonly open?: boolean;
    readonly limit: number;
  }): Promise<ChangeView[]>;
  findCard(iccid: string): Promise<CardView | undefined>;
  blockCard(wish: { readonly iccid: string; readonly by: string; readonly reason: string }): Promise<BlockAnswer>;
  unblockCard(wish: { readonly iccid: string; readonly by: string; readonly reason?: string }): Promise<UnblockAnswer>;
  /** Takes a person's approval that an admin code which the card has refused is tried once more. */
  approveTry(wish: { readonly iccid: string; readonly by: string; readonly reason: string }): Promise<ApprovalAnswer>;
  importCards(options: {
    readonly file: string;
    readonly rejectFile: string;
    readonly onProgress: (share: number, rows: number) => void;
  }): Promise<ImportCounts>;
  importOperators(file: string): Promise<RegisteredNetwork>;
  /** Compares record, HLRs and workflows, and what the card holds if it is to be asked. Changes nothing. */
  reconcile(scope: ReconciliationScope): Promise<ReconciliationReport>;
  /** What the scheduled reconciliations came to, newest first. */
  listReconciliationReports(limit: number): Promise<ReconciliationSummary[]>;
  /** The report of one of them; without an id, of the newest that has ended. */
  findReconciliationReport(reconciliationId?: string): Promise<KeptReport | undefined>;
  rebuildReadModel(): Promise<number>;
  setUp(): Promise<{
    readonly migrations: readonly string[];
    readonly topics: readonly string[];
    readonly searchAttributes: readonly string[];
    readonly schedules: readonly string[];
  }>;
  listOperators(): Promise<RegisteredOperator[]>;
  /** Shows what was and is published to `subscription-change.events`, in order for each card. */
  readEvents(reading: {
    readonly iccid?: string;
    readonly fromBeginning: boolean;
    readonly follow: boolean;
    readonly signal: AbortSignal;
    readonly onEvent: (event: PublishedEvent) => void;
    readonly onReading?: () => void;
  }): Promise<void>;
  /** Where the Temporal Web UI shows this run of the change, or, without a run, all runs of the change. */
  workflowLink(change: {
    readonly changeId: string;
    readonly iccid: string;
    readonly runId: string | null | undefined;
  }): string;
  close(): Promise<void>;
}

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number | undefined;
  /** Whether colour can be shown and is wanted. */
  hasColors?(): boolean;
}

/** Ids to serve; without a list, all that are registered. */
export interface ServeOptions {
  readonly operators?: readonly string[];
  readonly smscs?: readonly string[];
}

/** Everything the command line touches outside itself. */
export interface CliContext {
  /** Data. */
  readonly stdout: Output;
  /** Talk: progress, explanations, errors. */
  readonly stderr: Output;
  /** Who asks, as recorded with what they ask for. */
  readonly user: string;
  /** Of Rehome, as `--version` prints it. */
  readonly version: string;
  /** Called by a command that waits: from then on it aborts when the person interrupts. */
  interrupted(): AbortSignal;
  /** How a person runs this command line: `rehome`, or what stands for it in a checkout. */
  readonly invocation: string;
  openDesk(): Promise<Desk>;
  /** Runs roles until the process is told to stop; resolves to the exit code. */
  serve(roles: readonly string[], options: ServeOptions): Promise<number>;
  readonly roles: readonly string[];
}
