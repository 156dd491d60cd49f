import { reconcileLive } from '../../../services/reconciliation/reconcile-live.ts';
import { scriptedDatabase } from '../../support/scripted-database.ts';

/** Cards of one operator that were never changed. */
const CARDS = Array.from({ length: 12 }, (_, index) => ({
  iccid: String(8_999_901_000_000_000_000n + BigInt(index)),
  operator: 'operator-1',
  imsi: String(1_010_000_000_001 + index).padStart(15, '0'),
}));
const ICCIDS = CARDS.map(({ iccid }) => iccid);

const database = scriptedDatabase((statement) => {
  if (statement.includes('with imsis')) return CARDS.map(({ iccid }) => ({ iccid }));
  return /select iccid, operator, imsi from cards/.test(statement) ? CARDS : [];
});

const ACTIVE = { state: 'active', attached: true, locationUpdate: null };

const asking = (findSubscriber: () => Promise<typeof ACTIVE>) => ({
  ...{ database, isCarriedOn: () => Promise.resolve(true) },
  gateways: new Map([['operator-1', { findSubscriber }]]),
});

test('an operator that gives no answer is not asked for each of its cards: all of them are left out', async () => {
  let asked = 0;
  const away = () => {
    asked += 1;
    return Promise.reject(new Error('operator-1 is away'));
  };
  const { leftOut, findings } = await reconcileLive(asking(away), ICCIDS);
  expect(findings).toEqual([]);
  expect(leftOut.map(({ iccid }) => iccid).sort()).toEqual([...ICCIDS].sort());
  // Three that are silent, and those that were asked at the same time.
  expect(asked).toBeLessThanOrEqual(6);
});

test('an operator that fails now and then is asked on', async () => {
  let asked = 0;
  const shaky = () => {
    asked += 1;
    if (asked % 3 === 0) return Promise.reject(new Error('once in three'));
    return Promise.resolve(ACTIVE);
  };
  const { leftOut } = await reconcileLive(asking(shaky), ICCIDS);
  expect([asked, leftOut.length]).toEqual([12, 4]);
});

test('who watches a reconciliation hears of every question, and can end it', async () => {
  const stop = new AbortController();
  let asked = 0;
  const answer = () => Promise.resolve(ACTIVE);
  const onAsked = () => {
    asked += 1;
    if (asked === 3) stop.abort(new Error('the process stops'));
  };
  await expect(reconcileLive({ ...asking(answer), onAsked, signal: stop.signal }, ICCIDS)).rejects.toThrow(
    'the process stops',
  );
  expect(asked).toBeLessThan(12);
});

test('an operator that is silent hides nothing that our own records and Temporal tell', async () => {
  const [card] = CARDS;
  if (card === undefined) throw new Error('there is no card');
  const change = {
    ...{ changeId: '019376a4-0000-7000-8000-000000000001', iccid: card.iccid, sourceImsi: card.imsi },
    ...{ source: 'operator-1', target: 'operator-2', targetImsi: '001029000000001' },
    ...{ state: 'inDoubt', ended: false, sequence: 5, code: 'ATTACH_NOT_SEEN', requestedAt: new Date() },
  };
  const { changeId } = change;
  const recorded = { changeId, sequence: 4, state: 'awaitingCard', cause: '', actor: '', at: new Date(), order: '1' };
  const own = scriptedDatabase((statement) => {
    if (/select iccid, operator, imsi from cards/.test(statement)) return [card];
    if (statement.includes('from timeline join')) return [recorded];
    return statement.includes('requested_at as') ? [change] : [];
  });
  const away = { findSubscriber: () => Promise.reject(new Error('503')) };
  const gateways = new Map([
    ['operator-1', { findSubscriber: () => Promise.resolve(ACTIVE) }],
    ['operator-2', away],
  ]);
  const reconciled = await reconcileLive({ database: own, gateways, isCarriedOn: () => Promise.resolve(false) }, [
    card.iccid,
  ]);
  // That the target has no living subscriber would be doubtWithoutBoth: it was not asked.
  expect(reconciled.findings.map(({ kind }) => kind).sort()).toEqual(['readModelWrong', 'workflowLost']);
  expect(reconciled.leftOut).toEqual([{ iccid: card.iccid, reason: '503' }]);

  // A card of which neither operator tells anything is one card.
  const silent = new Map([
    ['operator-1', away],
    ['operator-2', away],
  ]);
  const untold = await reconcileLive({ database: own, gateways: silent, isCarriedOn: () => Promise.resolve(true) }, [
    card.iccid,
  ]);
  expect(untold.leftOut).toEqual([{ iccid: card.iccid, reason: '503' }]);
});
