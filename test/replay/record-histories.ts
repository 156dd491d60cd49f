import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../scripts/engines/installation.ts';
import { ChangeBench } from '../support/change-bench.ts';
import type { ChangeBuilder } from '../support/change-builder.ts';
import type { ChangeRun } from '../support/change-run.ts';
import { runOther, type OtherWorkflow, type Queues } from '../support/other-workflow.ts';
import { recordHistory } from '../support/record-history.ts';
import { RECONCILIATION, type ReconciliationProgress } from '../../workflows/reconciliation/ports.ts';
import { READ_CARD, type CardQuestion, type ReadCard } from '../../workflows/reading/ports.ts';

// Records the histories that replay.test.ts replays, on the real server, between fake networks. After a change of the workflow
// that is meant to be incompatible, and before any release that runs it: `npm run build && node dist/test/replay/record-histories.js`,
// with the names of stories to record only those.

type Story = (change: ChangeBuilder) => Promise<ChangeRun>;

async function attached(change: ChangeBuilder): Promise<ChangeRun> {
  const run = await change.start();
  await run.reaches('awaitingCard');
  await run.cardConfirms();
  await run.reaches('awaitingAttach');
  await run.cardAttaches();
  return run;
}

const STORIES: Readonly<Record<string, Story>> = {
  happy: attached,
  consent: (change) => attached(change.withConsent()),
  databaseAway: (change) => attached(change.failingAt('recordState', 'DATABASE_UNREACHABLE', 2)),
  rolledBack: (change) => change.failingAt('reserveSubscriber', 'IMSI_POOL_EMPTY').start(),
  consentRefused: (change) => change.withConsent().failingAt('askConsent', 'CONSENT_REFUSED').start(),
  rejected: (change) => change.rejectedAs('AGREEMENT_MISSING').start(),
  completedReleasePending: async (change) => {
    const run = await attached(
      change.failingAt('releaseSubscriber', 'RELEASE_REFUSED').failingAt('insistOnRelease', 'HLR_UNREACHABLE'),
    );
    await run.reaches('completedReleasePending');
    await run.supportAsks({ action: 'markReleased' });
    await run.supportAsks({ action: 'markReleased', actor: 'user:ben' });
    return run;
  },
  readToBeUnchanged: async (change) => {
    const run = await change.readable().start();
    await run.reaches('awaitingCard');
    await run.supportAsks({ action: 'cancel', ticket: 'T-1' });
    await run.attempts('probeCard');
    await run.cardIsReadToHold('source');
    return run;
  },
  sentAgain: async (change) => {
    const run = await change.start();
    await run.reaches('awaitingCard');
    await run.deliveryFails();
    await run.deviceComesBack();
    await run.attempts('resendOverTheAir');
    await run.cardAttaches();
    return run;
  },
  torn: async (change) => {
    const run = await change.start();
    await run.reaches('awaitingCard');
    run.network.torn = true;
    await run.locationUpdateArrives();
    await run.reaches('torn');
    await run.cardAttaches();
    return run;
  },
  tornAndWrittenAgain: async (change) => {
    const run = await change.rewritable().start();
    await run.reaches('awaitingCard');
    run.network.torn = true;
    await run.locationUpdateArrives();
    await run.reaches('torn');
    await run.cardAttaches();
    await run.says('over the network of the target');
    await run.cardAnswers({ status: 'porOk', statusWord: '9000', purpose: 'rewrite' });
    await run.says('has to set its own (K2)');
    await run.cardAttaches();
    return run;
  },
  writtenAgainOnRequest: async (change) => {
    const run = await change.rewritable().start();
    await run.reaches('awaitingCard');
    await run.supportAsks({ action: 'rewriteCard' });
    await run.cardAttaches();
    await run.says('over the network of the target');
    await run.cardAnswers({ status: 'cntrLow', purpose: 'rewrite', number: 1 });
    await run.attempts('rewriteCard', 2);
    await run.cardAnswers({ status: 'porOk', statusWord: '9000', purpose: 'rewrite', number: 2 });
    await run.says('has to set its own (K2)');
    await run.passes({ seconds: 1 });
    await run.cardAttaches();
    return run;
  },
  bothAttached: async (change) => {
    const run = await change.start();
    await run.reaches('awaitingCard');
    run.network.seenAtSource = true;
    await run.cardAttaches();
    await run.reaches('inDoubt');
    run.network.seenAtSource = false;
    await run.supportAsks({ action: 'retryNow' });
    return run;
  },
  resumedWithItsPacketOut: async (change) => {
    const states = ['requested', 'reserving', 'sending'] as const;
    const run = await change.resumedAfter({ states, target: 'reserved', packet: 'sent' }).start();
    await run.cardAttaches();
    return run;
  },
  resumedWithARefusal: async (change) => {
    const states = ['requested', 'reserving', 'sending', 'awaitingCard'] as const;
    const packets = [{ purpose: 'write', answer: { status: 'porOk', statusWord: '63c2' } }] as const;
    const record = { packets } as const;
    return change.resumedAfter({ states, target: 'quarantined', packet: 'accepted', record }).start();
  },
  resumedInItsRollback: async (change) => {
    const states = ['requested', 'reserving', 'sending'] as const;
    const record = { packets: [], rollback: { code: 'SMSC_REFUSED', message: 'as it was recorded' } } as const;
    return change.resumedAfter({ states, target: 'reserved', packet: 'stopped', record }).start();
  },
  reopened: async (change) => {
    const states = ['requested', 'reserving', 'sending', 'awaitingCard', 'rolledBack'] as const;
    const before = { states, target: 'quarantined', packet: 'accepted' } as const;
    const run = await change.reopenedAfter(before, { tried: true }).start();
    await run.attempts('restoreSubscriber');
    await run.cardAttaches();
    return run;
  },
  refusedByCard: async (change) => {
    const run = await change.start();
    await run.reaches('awaitingCard');
    await run.cardAnswers({ status: 'porOk', statusWord: '6983' });
    return run;
  },
  adminCodeChecked: async (change) => {
    const run = await change.askingTheCardFirst().start();
    await run.attempts('checkAdminCode');
    await run.cardAnswers({ status: 'porOk', statusWord: '9000', purpose: 'check' });
    await run.reaches('awaitingCard');
    await run.cardAttaches();
    return run;
  },
  adminCodeWrong: async (change) => {
    const run = await change.askingTheCardFirst().start();
    await run.attempts('checkAdminCode');
    await run.cardAnswers({ status: 'porOk', statusWord: '63c2', purpose: 'check' });
    return run;
  },
  declinedByUser: async (change) => {
    const run = await change.start();
    await run.reaches('awaitingCard');
    await run.cardAnswers({ status: 'porOk', statusWord: '6985' });
    return run;
  },
  cancelled: async (change) => {
    const run = await change.failingAt('reserveSubscriber', 'HLR_UNREACHABLE').start();
    await run.attempts('reserveSubscriber');
    await run.cancel();
    return run;
  },
  cancelledTooLate: async (change) => {
    const run = await change.losingTheAnswerOf('sendOverTheAir', 'SMSC_UNREACHABLE').start();
    await run.attempts('sendOverTheAir');
    await run.cancel();
    await run.attempts('stopSending');
    await run.cardAttaches();
    return run;
  },
  inDoubtThenAttached: async (change) => {
    const run = await change.patient({ attachPollSeconds: 1, attachDeadlineSeconds: 2 }).start();
    await run.reaches('inDoubt');
    await run.cardAttaches();
    return run;
  },
  poolEmpty: (change) => change.withConsent().failingAt('askPool', 'IMSI_POOL_EMPTY').start(),
  refreshedThenAttached: async (change) => {
    const run = await change.refreshable().patient({ attachPollSeconds: 1 }).start();
    await run.reaches('awaitingCard');
    await run.cardConfirms();
    await run.attempts('refreshDevice');
    await run.cardAttaches();
    return run;
  },
  sourceReleasedEarly: async (change) => {
    const run = await change.patient({ attachPollSeconds: 1 }).start();
    await run.reaches('awaitingCard');
    run.network.oldSubscriber = { standing: 'missing' };
    await run.isTold('SOURCE_RELEASED_EARLY');
    run.network.oldSubscriber = { standing: 'served' };
    await run.isTold(undefined);
    await run.cardAttaches();
    return run;
  },
  undoStuckThenAttached: async (change) => {
    const run = await change
      .losingTheAnswerOf('sendOverTheAir', 'SMSC_REFUSED', 1)
      .failingAt('stopSending', 'HLR_REFUSED', 1)
      .start();
    await run.reaches('inDoubt');
    await run.cardAttaches();
    return run;
  },
};

const done = () => Promise.resolve();

/** Workflows that change no card, each with what its activities answer. */
const OTHERS: Readonly<Record<string, readonly [OtherWorkflow, Queues]>> = {
  reconciled: [
    { type: RECONCILIATION, args: [] },
    {
      '': { beginReconciliation: done, endReconciliation: done },
      '/reconciliation': {
        reconcilePage: ({ after }: ReconciliationProgress) =>
          Promise.resolve({ last: after === null ? '8999901000000000013' : null }),
      },
    },
  ],
  cardRead: [
    {
      type: READ_CARD,
      args: [
        {
          ...{ readingId: '0198c0de-0000-7000-8000-00000000000b', iccid: '8999901000000000013' },
          ...{ askedBy: 'user:ada', patienceSeconds: 60 },
        } satisfies ReadCard,
      ],
    },
    {
      '': {
        beginReading: () => Promise.resolve({ kind: 'begun', smsc: 'smsc-1', imsi: '001010000000001' }),
        watchReading: ({ number }: CardQuestion) =>
          Promise.resolve(
            number === 1 ? { status: 'cntrLow', held: null } : { status: 'porOk', held: '001010000000001' },
          ),
        endReading: done,
      },
      '/smsc/smsc-1': { askCard: () => Promise.resolve({ answered: false }) },
    },
  ],
};

async function record(names: readonly string[]): Promise<void> {
  const folder = join(projectRoot(), 'test', 'replay', 'histories');
  mkdirSync(folder, { recursive: true });
  const bench = await ChangeBench.start('dev', 'in the clear');
  const isWanted = (name: string) => names.length === 0 || names.includes(name);
  try {
    for (const [name, [workflow, queues]] of Object.entries(OTHERS)) {
      if (isWanted(name)) await recordHistory(await runOther(bench, workflow, queues), { folder, name });
    }
    for (const [name, story] of Object.entries(STORIES)) {
      if (!isWanted(name)) continue;
      const run = await story(bench.change());
      await run.outcome();
      await recordHistory(run, { folder, name });
    }
  } finally {
    await bench.stop();
  }
}

void record(process.argv.slice(2));
