import { runCli } from '../../cli/program.ts';
import type { CliContext, Desk, Output, RegisteredOperator } from '../../application/ports.ts';
import { STATES, type ChangeState } from '../../workflows/shared/states.ts';
import type { CardView, ChangeView, TimelineEntry, WorkflowView } from '../../application/views.ts';

/** What a command left behind: data, talk and exit code are one contract. */
export interface Transcript {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export const ICCID = '8999901000000000013';
export const CHANGE_ID = '0198c0de-0000-7000-8000-000000000001';
export const USER = 'user:ada';
export const ASKED_AT = new Date('2026-01-02T03:04:05.000Z');

export const after = (seconds: number): Date => new Date(ASKED_AT.getTime() + seconds * 1_000);

/** Answers by which a desk is told what to say; whatever a test leaves out must not be asked. */
export type Answers = Partial<Omit<Desk, 'close' | 'workflowLink'>>;

/** A workflow that runs and waits for nothing. */
export const RUNNING: WorkflowView = { running: true, runId: 'run-1', notTakenSince: null, waiting: [] };

export const OPERATORS: RegisteredOperator[] = ['operator-1', 'operator-2'].map((id) => ({
  ...{ id, name: `Name of ${id}`, plmn: '00101', smsc: 'smsc-1' },
  provisioningUrl: `https://gateway.${id}.test`,
}));

/** A desk that gives the answers of a test, and knows whether it was closed. */
class FakeDesk {
  closed = false;
  readonly desk: Desk;

  constructor(answers: Answers) {
    const unexpected = (question: string) => () =>
      Promise.reject(new Error(`the desk was asked to ${question}, which this test does not expect`));
    this.desk = {
      requestChange: unexpected('requestChange'),
      checkChange: unexpected('checkChange'),
      findChange: unexpected('findChange'),
      findUnrecorded: () => Promise.resolve(undefined),
      listOperators: () => Promise.resolve(OPERATORS),
      resumeChange: unexpected('resumeChange'),
      supportChange: unexpected('supportChange'),
      situationOf: () => Promise.resolve(undefined),
      viewWorkflow: () => Promise.resolve(RUNNING),
      listParkedEvents: unexpected('listParkedEvents'),
      readTimeline: unexpected('readTimeline'),
      readEvidence: unexpected('readEvidence'),
      readEvents: unexpected('readEvents'),
      listChanges: unexpected('listChanges'),
      findCard: unexpected('findCard'),
      blockCard: unexpected('blockCard'),
      unblockCard: unexpected('unblockCard'),
      approveTry: unexpected('approveTry'),
      importCards: unexpected('importCards'),
      importOperators: unexpected('importOperators'),
      reconcile: unexpected('reconcile'),
      listReconciliationReports: unexpected('listReconciliationReports'),
      findReconciliationReport: unexpected('findReconciliationReport'),
      rebuildReadModel: unexpected('rebuildReadModel'),
      setUp: unexpected('setUp'),
      workflowLink: ({ iccid, runId }) => `https://temporal.test/${iccid}${runId ? `/${runId}` : ''}`,
      close: () => {
        this.closed = true;
        return Promise.resolve();
      },
      ...answers,
    };
  }
}

class Written implements Output {
  text = '';
  readonly isTTY: boolean;

  constructor(isTTY = false) {
    this.isTTY = isTTY;
  }

  hasColors(): boolean {
    return this.isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

interface Surroundings {
  /** The desk can't be opened, for this reason. */
  readonly noDesk?: Error;
  /** Stdout is a terminal. */
  readonly onTerminal?: boolean;
  readonly serve?: CliContext['serve'];
  /** Aborts when the person interrupts. */
  readonly interruption?: AbortSignal;
}

/** Runs one command line, words parted by spaces, at a desk with these answers. Fails when the desk is left open. */
export async function rehome(
  commandLine: string,
  answers: Answers = {},
  {
    noDesk,
    onTerminal = false,
    serve = () => Promise.reject(new Error('nothing was to be served')),
    interruption = new AbortController().signal,
  }: Surroundings = {},
): Promise<Transcript> {
  const desks: FakeDesk[] = [];
  const stdout = new Written(onTerminal);
  const stderr = new Written();
  const exitCode = await runCli(commandLine.split(' '), {
    stdout,
    stderr,
    user: USER,
    invocation: 'rehome',
    version: '1.2.3',
    interrupted: () => interruption,
    roles: ['orchestrator', 'operator', 'ota'],
    openDesk: () => {
      if (noDesk !== undefined) return Promise.reject(noDesk);
      const fake = new FakeDesk(answers);
      desks.push(fake);
      return Promise.resolve(fake.desk);
    },
    serve,
  });
  if (desks.some(({ closed }) => !closed)) throw new Error(`${commandLine} left the desk open`);
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

/** The change of every transcript, in a state. */
export function changeView(state: ChangeState, facts: Partial<ChangeView> = {}): ChangeView {
  return {
    changeId: CHANGE_ID,
    iccid: ICCID,
    source: 'operator-1',
    target: 'operator-2',
    sourceImsi: '001010000000001',
    targetImsi: '001020000000001',
    state,
    ended: STATES[state].ended,
    sequence: 3,
    code: null,
    detail: 'as this test has it',
    ...{ lastAction: null, lastActionBy: null },
    rule: null,
    keyRefusal: null,
    requestedBy: USER,
    requestId: 'request-1',
    reason: null,
    requestedAt: ASKED_AT,
    updatedAt: after(4),
    ...facts,
  };
}

/** States of a change, one second after the other from the asking on. */
export const timelineOf = (...states: readonly ChangeState[]): TimelineEntry[] =>
  states.map((state, index) => ({
    sequence: index + 1,
    state,
    cause: `cause ${index + 1}`,
    actor: 'orchestrator',
    code: null,
    rule: null,
    at: after(index),
    publishedAt: null,
    partition: null,
    offset: null,
  }));

export const CARD: CardView = {
  iccid: ICCID,
  operator: 'operator-1',
  imsi: '001010000000001',
  msisdn: '9990110000001',
  profile: 'cpa-aes',
  cntr: 7,
  movedBy: null,
  cameAt: ASKED_AT,
  targets: null,
  block: null,
  refusedCode: null,
  updatedAt: ASKED_AT,
};
