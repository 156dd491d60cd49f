import { setTimeout as delay } from 'node:timers/promises';
import { ScheduleClient, ScheduleOverlapPolicy } from '@temporalio/client';
import type { ReconciliationReport, KeptReport } from '../../application/ports.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { setUp } from '../../workers/setup.ts';
import { reconciliationScheduleId } from '../../workflows/reconciliation/ports.ts';
import { eventually } from '../support/eventually.ts';
import { RunningSystem } from '../support/running-system.ts';

describe('a reconciliation of a running system', () => {
  const system = new RunningSystem();
  afterAll(() => system.close());

  const kinds = ({ findings }: ReconciliationReport): string[] => findings.map(({ kind }) => kind);

  async function movedCard(): Promise<{ iccid: Iccid; targetImsi: string }> {
    const iccid = await system.freshCard('operator-1');
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    expect(change.state).toBe('completed');
    return { iccid, targetImsi: change.targetImsi ?? '' };
  }

  test('finds nothing in a card that has moved, and asks both operators for it', async () => {
    const { iccid } = await movedCard();
    expect(await system.desk.reconcile({ iccid })).toMatchObject({ cards: 1, changes: 1, findings: [], leftOut: [] });
  });

  test('finds a card whose only subscription its HLR has lost', async () => {
    const { iccid, targetImsi } = await movedCard();
    await system.loseSubscriber('operator-2', targetImsi);
    const report = await system.desk.reconcile({ iccid });
    expect(kinds(report)).toEqual(['noWorkingSubscription']);
    expect(report.findings[0]).toMatchObject({ iccid, imsi: targetImsi });
    // The regular reconciliation comes upon it as well.
    const { findings } = await system.desk.reconcile({ hours: 1, limit: 1_000 });
    expect(findings.filter((one) => one.iccid === iccid)).toHaveLength(1);
  });

  test('leaves a card out whose operator gives no answer, instead of calling it lost', async () => {
    const { iccid } = await movedCard();
    await system.faults('operator-2', { down: true });
    try {
      const { findings, leftOut } = await system.desk.reconcile({ iccid });
      expect(findings).toEqual([]);
      expect(leftOut).toEqual([{ iccid, reason: expect.stringContaining('operator-2') as string }]);
    } finally {
      await system.faults('operator-2', {});
    }
  });

  describe('that is scheduled', () => {
    async function withSchedules<Value>(ask: (schedules: ScheduleClient) => Promise<Value>): Promise<Value> {
      const connection = await system.resources.client();
      try {
        return await ask(new ScheduleClient({ connection, namespace: system.config.temporal.namespace }));
      } finally {
        await connection.close();
      }
    }

    const scheduleId = reconciliationScheduleId(system.config.settings.TASK_QUEUE);
    const exists = () =>
      withSchedules(async (schedules) => {
        for await (const schedule of schedules.list()) if (schedule.scheduleId === scheduleId) return true;
        return false;
      });

    /** Has the schedule start a reconciliation, and waits for its report. */
    async function reconcileNow(): Promise<KeptReport> {
      const [before] = await system.desk.listReconciliationReports(1);
      // The id of a workflow that a schedule starts ends with the second.
      await delay(1_000);
      await withSchedules((schedules) => schedules.getHandle(scheduleId).trigger(ScheduleOverlapPolicy.BUFFER_ONE));
      return eventually(async () => {
        const report = await system.desk.findReconciliationReport();
        if (report === undefined || report.reconciliationId === before?.reconciliationId)
          throw new Error('no new reconciliation has ended yet');
        return report;
      });
    }

    test('finds a card whose only subscription its HLR has lost, and keeps that in its report', async () => {
      const { iccid, targetImsi } = await movedCard();
      await system.loseSubscriber('operator-2', targetImsi);
      const report = await reconcileNow();
      expect(report).toMatchObject({ gaveUp: null, endedAt: expect.any(Date) as Date });
      expect(report.findings.filter((one) => one.iccid === iccid)).toMatchObject([
        { kind: 'noWorkingSubscription', imsi: targetImsi },
      ]);
      expect(report.found).toBe(report.findings.length);
      expect(await system.desk.findReconciliationReport(report.reconciliationId)).toEqual(report);
    });

    test('goes on after earlier ones, whatever these answered', async () => {
      const first = await reconcileNow();
      const second = await reconcileNow();
      const [newest, before] = await system.desk.listReconciliationReports(2);
      expect([newest?.reconciliationId, before?.reconciliationId]).toEqual([
        second.reconciliationId,
        first.reconciliationId,
      ]);
      expect(second.cards).toBeGreaterThan(0);
    });

    test('is started by one schedule, however often the set-up is run, and by none if it is due never', async () => {
      expect((await setUp(system.resources)).schedules).toEqual([]);
      const never = new RunningSystem({ RECONCILE_EVERY_HOURS: '0' });
      const often = new RunningSystem({ RECONCILE_EVERY_HOURS: '1' });
      try {
        expect((await often.desk.setUp()).schedules).toEqual([scheduleId]);
        expect((await often.desk.setUp()).schedules).toEqual([]);
        expect((await never.desk.setUp()).schedules).toEqual([scheduleId]);
        await eventually(async () => {
          expect(await exists()).toBe(false);
        });
        expect((await never.desk.setUp()).schedules).toEqual([]);
      } finally {
        expect((await system.desk.setUp()).schedules).toEqual([scheduleId]);
        await Promise.all([never.close(), often.close()]);
      }
    });
  });
});
