import type { AuditReport } from '../../cli/ports.ts';
import type { Iccid } from '../../telecom/identifiers/iccid.ts';
import { RunningSystem } from '../support/running-system.ts';

describe('an audit of a running system', () => {
  const system = new RunningSystem();
  afterAll(() => system.close());

  const kinds = ({ findings }: AuditReport): string[] => findings.map(({ kind }) => kind);

  async function movedCard(): Promise<{ iccid: Iccid; targetImsi: string }> {
    const iccid = await system.freshCard('operator-1');
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    expect(change.state).toBe('completed');
    return { iccid, targetImsi: change.targetImsi ?? '' };
  }

  test('finds nothing in a card that has moved, and asks both operators for it', async () => {
    const { iccid } = await movedCard();
    expect(await system.desk.audit({ iccid })).toMatchObject({ cards: 1, changes: 1, findings: [], leftOut: [] });
  });

  test('finds a card whose only subscription its HLR has lost', async () => {
    const { iccid, targetImsi } = await movedCard();
    await system.loseSubscriber('operator-2', targetImsi);
    const report = await system.desk.audit({ iccid });
    expect(kinds(report)).toEqual(['noWorkingSubscription']);
    expect(report.findings[0]).toMatchObject({ iccid, imsi: targetImsi });
    // The regular audit comes upon it as well.
    const { findings } = await system.desk.audit({ hours: 1, limit: 1_000 });
    expect(findings.filter((one) => one.iccid === iccid)).toHaveLength(1);
  });

  test('leaves a card out whose operator gives no answer, instead of calling it lost', async () => {
    const { iccid } = await movedCard();
    await system.faults('operator-2', { down: true });
    try {
      const { findings, leftOut } = await system.desk.audit({ iccid });
      expect(findings).toEqual([]);
      expect(leftOut).toEqual([{ iccid, reason: expect.stringContaining('operator-2') as string }]);
    } finally {
      await system.faults('operator-2', {});
    }
  });
});
