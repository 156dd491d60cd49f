import fc from 'fast-check';
import type { CardKind } from './plan.ts';
import { heal } from './heal.ts';
import { HOUR, World } from './world.ts';

const SCHEDULES = 4_000;

/** What may happen to a change, in any order and any number of times. */
const HAPPENINGS = {
  packetArrives: (world) => {
    world.deliver({ newest: false, keepCopy: false });
  },
  newestPacketArrives: (world) => {
    world.deliver({ newest: true, keepCopy: false });
  },
  packetArrivesAndStays: (world) => {
    world.deliver({ newest: false, keepCopy: true });
  },
  answerArrives: (world) => {
    world.answerArrives({ newest: false, again: false });
  },
  newestAnswerArrivesTwice: (world) => {
    world.answerArrives({ newest: true, again: true });
    world.answerArrives({ newest: true, again: false });
  },
  answersAreLost: (world) => {
    world.card.loseAnswers();
  },
  packetsAreLost: (world) => {
    world.card.losePackets();
  },
  smscGivesUp: (world) => {
    world.expire();
  },
  deviceShowsItself: (world) => {
    world.hear({ kind: 'deviceReachable' });
  },
  deviceLooksForANetwork: (world) => {
    world.attach();
  },
  locationUpdate: (world) => {
    world.hear({ kind: 'woken' });
  },
  forgedRefusalWithTheCardsSignature: (world) => {
    world.hear({
      kind: 'cardAnswered',
      answer: { kind: 'unclear', code: 'POR_INTEGRITY_FAILED', message: 'integrityFailed' },
    });
  },
  targetGoesAway: (world) => {
    world.targetAway = true;
  },
  targetComesBack: (world) => {
    world.targetAway = false;
  },
  sourceRefusesToLetGo: (world) => {
    world.sourceRefuses = true;
  },
  sourceReleasesEarly: (world) => {
    world.oldSubscriber = { standing: 'missing' };
  },
  somebodyFailsToAuthenticateAtTheSource: (world) => {
    world.oldSubscriber = { standing: 'served', failsToAuthenticate: true };
  },
  sourceServesTheOldSubscriber: (world) => {
    world.oldSubscriber = { standing: 'served' };
  },
  cardIsSeenAtTheSourceToo: (world) => {
    world.seenAtSource = true;
  },
  somebodyCancels: (world) => {
    world.hear({ kind: 'cancellationRequested', reason: { code: 'CANCELLED', message: 'cancelled' } });
  },
  somebodyRetries: (world) => {
    world.hear({ kind: 'retryWanted' });
  },
  somebodyHasTheCardAsked: (world) => {
    world.hear({ kind: 'probeWanted' });
  },
  somebodyExtendsTheDeadline: (world) => {
    world.hear({ kind: 'deadlineExtended', until: world.now + 48 * HOUR });
  },
  smscGoesAway: (world) => {
    world.smscAway = true;
  },
  smscTakesPacketsAndDoesNotSaySo: (world) => {
    world.submissionIsLost = true;
  },
  somebodySaysThatTheCardIsTorn: (world) => {
    world.markTorn();
  },
  smscComesBack: (world) => {
    world.smscAway = false;
    world.submissionIsLost = false;
  },
  powerFailsInTheCard: (world) => {
    world.card.powerFails = true;
  },
  theOperatorsLetATornCardIn: (world) => {
    world.repair();
  },
  theTargetSetsItsOwnKeyAgain: (world) => {
    world.endRepair();
  },
  leaseRunsOut: (world) => {
    world.lapse();
  },
  workflowIsLost: (world) => {
    world.forget();
  },
  tenMinutes: (world) => {
    world.pass(HOUR / 6);
  },
  aDay: (world) => {
    world.pass(24 * HOUR);
  },
  aMonth: (world) => {
    world.pass(30 * 24 * HOUR);
  },
} satisfies Record<string, (world: World) => void>;

type Happening = keyof typeof HAPPENINGS;

const ALL = Object.keys(HAPPENINGS) as Happening[];
const schedule = fc.array(fc.constantFrom(...ALL), { maxLength: 40 });
/** What the network does by itself: nobody lies, and no person meddles. */
const faults = fc.array(
  fc.constantFrom(...ALL.filter((happening) => !/^(forged|somebody|cardIsSeen)/.test(happening))),
  { maxLength: 40 },
);
const plan = fc.record({
  card: fc.constantFrom<CardKind>('takes', 'refuses', 'tears', 'stopsPartWay'),
  readBack: fc.constantFrom('proves', 'tells', undefined),
  rewritable: fc.boolean(),
  counterAhead: fc.constantFrom(0, 0, 0, 5, 40, 1_000),
});

test('whatever happens in whatever order, a card keeps a subscription that works, and nothing is decided for ever', () => {
  fc.assert(
    fc.property(plan, schedule, (of, happenings) => {
      const world = new World(of);
      for (const happening of happenings) HAPPENINGS[happening](world);
      if (world.breaches.length > 0) throw new Error([...world.breaches, ...world.story].join('\n'));
    }),
    { numRuns: SCHEDULES },
  );
});

test('once everything is put right, each change comes to its end, or rests where a person finds it', () => {
  fc.assert(
    fc.property(plan, schedule, (of, happenings) => {
      const world = new World(of);
      for (const happening of happenings) HAPPENINGS[happening](world);
      heal(world);
      if (world.breaches.length > 0 || !world.rests)
        throw new Error([`rests in ${world.known.state}`, ...world.breaches, ...world.story].join('\n'));
      if (world.registration?.key === 'new') expect(world.outcome).toMatchObject({ outcome: 'completed' });
    }),
    { numRuns: SCHEDULES },
  );
});

test('whatever the network loses, a card that can be reached again is moved, or read to be unchanged, without anybody’s help', () => {
  fc.assert(
    fc.property(fc.constantFrom('proves', 'tells', undefined), faults, (readBack, happenings) => {
      const world = new World({ card: 'takes', readBack, counterAhead: 0 });
      // A power cut spoils the packet of a card that can’t be proven to be unchanged.
      for (const happening of happenings)
        if (readBack === 'proves' || happening !== 'powerFailsInTheCard') HAPPENINGS[happening](world);
      heal(world);
      const { outcome } = world;
      if (outcome?.outcome !== 'completed' && !(readBack === 'proves' && outcome?.outcome === 'rolledBack'))
        throw new Error([`${world.known.state}, card at ${world.card.holds}`, ...world.story].join('\n'));
    }),
    { numRuns: SCHEDULES },
  );
});

test('whatever the network loses, a card that counts ahead and can be read is proven to be unchanged, without anybody’s help', () => {
  fc.assert(
    fc.property(faults, fc.constantFrom(5, 40, 150), (happenings, counterAhead) => {
      const world = new World({ card: 'takes', readBack: 'proves', counterAhead });
      for (const happening of happenings) HAPPENINGS[happening](world);
      heal(world);
      if (world.outcome?.outcome !== 'rolledBack')
        throw new Error([`${world.known.state}, card at ${world.card.holds}`, ...world.story].join('\n'));
    }),
    { numRuns: SCHEDULES },
  );
});

test('whatever the network loses, a torn card that the operators let in is written again, and completes with the new key', () => {
  fc.assert(
    fc.property(fc.constantFrom('proves', 'tells', undefined), faults, (readBack, happenings) => {
      const world = new World({ card: 'tears', readBack, rewritable: true, counterAhead: 0 });
      for (const happening of happenings) if (happening !== 'powerFailsInTheCard') HAPPENINGS[happening](world);
      heal(world);
      const { outcome, card, registration } = world;
      if (outcome?.outcome !== 'completed' || card.holds !== 'target' || registration?.key !== 'new')
        throw new Error([`${world.known.state}, card at ${card.holds}`, ...world.breaches, ...world.story].join('\n'));
    }),
    { numRuns: SCHEDULES },
  );
});
