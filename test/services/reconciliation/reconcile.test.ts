import { reconcile } from '../../../services/reconciliation/reconcile.ts';
import type { ReconciliationFacts } from '../../../services/reconciliation/facts.ts';
import { FINDINGS, type FindingKind } from '../../../services/reconciliation/findings.ts';
import {
  CARD,
  CHANGE,
  NEW,
  OLD,
  OTHER_CARD,
  at,
  changeIn,
  movedCard,
  parkedCard,
  states,
  subscriber,
} from './world.ts';

const kindsOf = (facts: ReconciliationFacts): FindingKind[] => reconcile(facts).map(({ kind }) => kind);
const moved = (changed: Partial<ReconciliationFacts>): ReconciliationFacts => ({ ...movedCard(), ...changed });
const planted = new Set<FindingKind>();

/** A world with one thing wrong has that finding and no other. */
function finds(name: string, kind: FindingKind, facts: () => ReconciliationFacts): void {
  planted.add(kind);
  test(name, () => {
    expect(kindsOf(facts())).toEqual([kind]);
  });
}

describe('a reconciliation finds nothing', () => {
  test('in a card that has moved as it should, with copies of its packet and its events', () => {
    const facts = movedCard();
    expect(reconcile({ ...facts, events: [...(facts.events ?? []), ...(facts.events ?? [])] })).toEqual([]);
  });

  test('in a card that refused its admin code once more than before, as two persons had approved', () => {
    expect(reconcile({ ...movedCard(), adminCodeRefusals: [CARD, CARD], approvedTries: [CARD] })).toEqual([]);
  });

  test('in a card of which nothing but registry, record and HLRs was looked at', () => {
    const { cards, changes, timeline, subscribers } = movedCard();
    expect(reconcile({ cards, changes, timeline, subscribers })).toEqual([]);
  });

  test.each(['inDoubt', 'torn', 'completedReleasePending'] as const)(
    'in two living subscriptions of a change that is %s',
    (state) => {
      expect(reconcile(parkedCard(state))).toEqual([]);
    },
  );

  test('in a change that was rolled back, with what it had reserved barred', () => {
    const timeline = states('requested', 'sending', 'rolledBack');
    expect(
      reconcile(
        moved({
          ...{
            cards: [{ iccid: CARD, operator: 'operator-1', imsi: OLD }],
            changes: [changeIn('rolledBack')],
            timeline,
          },
          ...{ subscribers: [subscriber(OLD), subscriber(NEW, { alive: false })], hlrHistory: [] },
          devices: [{ iccid: CARD, imsi: OLD, attached: true }],
          events: timeline.map((entry) => ({ iccid: CARD, ...entry })),
        }),
      ),
    ).toEqual([]);
  });

  test('in a source that lives on after a person has closed the change', () => {
    const timeline = states('requested', 'releasing', 'completed').map((entry) => ({ ...entry, actor: 'user:ann' }));
    expect(reconcile(moved({ timeline, subscribers: [subscriber(OLD), subscriber(NEW)] }))).toEqual([]);
  });

  test('in an old IMSI that was given to another card since', () => {
    const facts = movedCard();
    expect(
      reconcile({
        ...facts,
        cards: [...facts.cards, { iccid: OTHER_CARD, operator: 'operator-1', imsi: OLD }],
        subscribers: [subscriber(OLD), subscriber(NEW)],
        devices: [...(facts.devices ?? []), { iccid: OTHER_CARD, imsi: OLD, attached: true }],
      }),
    ).toEqual([]);
  });

  test('in a change that was reopened after its end', () => {
    const timeline = states('requested', 'rolledBack', 'reopened', 'releasing', 'completed');
    expect(
      reconcile(
        moved({
          ...{ timeline, changes: [changeIn('completed', { sequence: 5 })] },
          events: timeline.map((entry) => ({ iccid: CARD, ...entry })),
        }),
      ),
    ).toEqual([]);
  });
});

describe('a reconciliation finds of a card', () => {
  finds('that its device is in no network', 'noWorkingSubscription', () =>
    moved({ devices: [{ iccid: CARD, imsi: NEW, attached: false }] }),
  );
  finds('that the HLR of the IMSI it holds has lost the device', 'noWorkingSubscription', () =>
    moved({ subscribers: [subscriber(OLD, { alive: false }), subscriber(NEW, { attached: false })] }),
  );
  finds('that the only subscription of the registry is barred', 'noWorkingSubscription', () =>
    moved({ subscribers: [subscriber(NEW, { alive: false })] }),
  );
  finds('that it works nowhere although its target has had it', 'noWorkingSubscription', () => ({
    ...parkedCard('completedReleasePending'),
    devices: [{ iccid: CARD, imsi: NEW, attached: false }],
  }));
  finds('that the old subscription lives on behind a completed change', 'twoSubscriptions', () =>
    moved({ subscribers: [subscriber(OLD), subscriber(NEW)] }),
  );
  finds('that a subscription of an earlier change lives on behind one in doubt', 'twoSubscriptions', () => {
    const facts = parkedCard('inDoubt');
    const earlier = changeIn('rolledBack', {
      changeId: 'earlier',
      targetImsi: '001029000000009',
      requestedAt: at(-9),
      sequence: 1,
    });
    return {
      ...facts,
      changes: [earlier, ...facts.changes],
      timeline: [
        ...facts.timeline,
        ...states('rolledBack').map((entry) => ({ ...entry, changeId: 'earlier', order: 0 })),
      ],
      subscribers: [...facts.subscribers, subscriber('001029000000009')],
      events: [{ iccid: CARD, changeId: 'earlier', sequence: 1, state: 'rolledBack' }, ...(facts.events ?? [])],
    };
  });
  finds('that a change in doubt has lost one of its subscriptions', 'doubtWithoutBoth', () => ({
    ...parkedCard('inDoubt'),
    subscribers: [subscriber(OLD, { attached: false }), subscriber(NEW, { alive: false })],
  }));
  finds('that a torn card has lost its source', 'doubtWithoutBoth', () => ({
    ...parkedCard('torn'),
    subscribers: [subscriber(OLD, { alive: false }), subscriber(NEW, { attached: false })],
  }));
  finds('that the registry gives it another IMSI than it holds', 'registryWrong', () =>
    moved({ devices: [{ iccid: CARD, imsi: OLD, attached: false }] }),
  );
});

describe('a reconciliation finds of an IMSI', () => {
  finds('that it lives and belongs to nobody', 'orphanedImsi', () =>
    moved({ subscribers: [...movedCard().subscribers, subscriber('001029000000009', { attached: false })] }),
  );
  finds('that the registry gives it to two cards', 'doublyAssignedImsi', () =>
    moved({
      cards: [...movedCard().cards, { iccid: OTHER_CARD, operator: 'operator-2', imsi: NEW }],
    }),
  );
  finds('that two cards hold it', 'doublyAssignedImsi', () =>
    moved({ devices: [...(movedCard().devices ?? []), { iccid: OTHER_CARD, imsi: NEW, attached: true }] }),
  );
});

describe('a reconciliation finds of a change', () => {
  finds('that the source was barred before the target had the card', 'releasedBeforeEvidence', () =>
    moved({
      hlrHistory: [
        { operator: 'operator-1', kind: 'barred', imsi: OLD, at: at(1) },
        { operator: 'operator-2', kind: 'locationUpdated', imsi: NEW, at: at(2) },
      ],
    }),
  );
  finds(
    'that the source was barred on the word of a registration from before the change',
    'releasedBeforeEvidence',
    () =>
      moved({
        hlrHistory: [
          { operator: 'operator-2', kind: 'locationUpdated', imsi: NEW, at: at(-5) },
          { operator: 'operator-1', kind: 'barred', imsi: OLD, at: at(1) },
        ],
      }),
  );
  finds(
    'that the source was barred while the target let a torn card in with its old key',
    'releasedBeforeEvidence',
    () => moved({ otherKeys: [{ imsi: NEW, from: at(0) }] }),
  );
  finds('that the source was barred before a torn card had attached with its new key', 'releasedBeforeEvidence', () =>
    moved({
      otherKeys: [{ imsi: NEW, from: at(0), until: at(3) }],
      hlrHistory: [
        ...(movedCard().hlrHistory ?? []),
        { operator: 'operator-2', kind: 'locationUpdated', imsi: NEW, at: at(4) },
      ],
    }),
  );
  finds('that its card was sent a packet of which the record knows nothing', 'packetRebuilt', () =>
    moved({
      opened: [
        { iccid: CARD, cntr: 1, digest: 'aa' },
        { iccid: CARD, cntr: 2, digest: 'bb' },
      ],
    }),
  );
  finds('that its packet left although the record says that it was stopped', 'packetRebuilt', () =>
    moved({ packets: (movedCard().packets ?? []).map((packet) => ({ ...packet, state: 'stopped' as const })) }),
  );
  finds('that one counter was used for two packets', 'counterReused', () =>
    moved({
      opened: [
        { iccid: CARD, cntr: 1, digest: 'aa' },
        { iccid: CARD, cntr: 1, digest: 'bb' },
      ],
    }),
  );
  finds('that its card has refused two admin codes', 'adminCodeTriedTwice', () =>
    moved({ adminCodeRefusals: [CARD, CARD] }),
  );
  finds('that its card has refused one more than was approved', 'adminCodeTriedTwice', () =>
    moved({ adminCodeRefusals: [CARD, CARD, CARD], approvedTries: [CARD, '8999901000000000021'] }),
  );
  finds('that a state was never published', 'eventLost', () =>
    moved({ events: (movedCard().events ?? []).filter(({ sequence }) => sequence !== 2) }),
  );
  finds('that a later state was published first', 'eventOutOfOrder', () => {
    const [first, second, third] = movedCard().events ?? [];
    return moved({ events: [first, third, second].filter((event) => event !== undefined) });
  });
  finds('that an event says what was not recorded', 'eventInvented', () =>
    moved({
      events: [...(movedCard().events ?? []), { iccid: CARD, changeId: CHANGE, sequence: 9, state: 'rolledBack' }],
    }),
  );
  finds('that it went on after its end', 'stateAfterEnd', () => {
    const timeline = states('requested', 'completed', 'completed');
    return moved({ timeline, events: timeline.map((entry) => ({ iccid: CARD, ...entry })) });
  });
  finds('that the read model is behind the timeline', 'readModelWrong', () =>
    moved({ changes: [changeIn('completed', { sequence: 2 })] }),
  );
  finds('that its workflow failed', 'workflowFailed', () =>
    moved({ workflows: [{ changeId: CHANGE, status: 'FAILED', faults: [] }] }),
  );
  finds('that a task of its workflow failed on a fault of ours', 'workflowFailed', () =>
    moved({ workflows: [{ changeId: CHANGE, status: 'COMPLETED', faults: ['nondeterminism'] }] }),
  );
  finds('that it ended with a code that only a fault of ours brings', 'workflowFailed', () =>
    moved({ changes: [changeIn('completed', { code: 'INVARIANT_BROKEN' })] }),
  );
  finds('that nobody works for it', 'workflowLost', () => ({ ...parkedCard('inDoubt'), workflows: [] }));
  finds('that its workflow outlives it', 'workflowLeftOpen', () =>
    moved({ workflows: [{ changeId: CHANGE, status: 'RUNNING', faults: [] }] }),
  );
  finds('that it is in doubt although its card is attached at the target', 'changeStuck', () => ({
    ...parkedCard('inDoubt'),
    devices: [{ iccid: CARD, imsi: NEW, attached: true }],
  }));
  finds('that it neither ends nor parks', 'changeStuck', () => {
    const timeline = states('requested', 'sending', 'awaitingCard');
    return {
      ...parkedCard('inDoubt'),
      ...{ timeline, changes: [changeIn('awaitingCard')] },
      events: timeline.map((entry) => ({ iccid: CARD, ...entry })),
    };
  });
});

test('every kind of finding has been planted', () => {
  expect([...planted].sort()).toEqual(Object.keys(FINDINGS).sort());
});
