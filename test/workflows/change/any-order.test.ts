import fc from 'fast-check';
import type { ChangeRun } from '../../support/change-run.ts';
import { benchForThisFile } from '../bench.ts';

const bench = benchForThisFile();
const SCRIPTS = 16;
const OTHER_CHANGE = '019376a4-0000-7000-8000-000000000000';

/** What the world can do to a change after the pivot, whatever the card does with the packet. */
const NOISE = {
  spuriousLocationUpdate: (run) => run.locationUpdateArrives(),
  repeatedLocationUpdate: (run) => run.locationUpdateArrives({ eventId: 'location' }),
  locationUpdateOfAnotherChange: (run) => run.locationUpdateArrives({ changeId: OTHER_CHANGE }),
  refusalOfAnotherChange: (run) => run.cardAnswers({ status: 'porOk', statusWord: '6983', changeId: OTHER_CHANGE }),
  forgedRefusal: (run) => run.cardAnswers({ status: 'cntrBlocked', authenticated: false }),
  forgedConfirmation: (run) => run.cardAnswers({ status: 'porOk', statusWord: '9000', authenticated: false }),
  refusalThatSomebodyElseDrew: (run) => run.cardAnswers({ status: 'integrityFailed' }),
  counterTooLow: (run) => run.cardAnswers({ status: 'cntrLow' }),
  announcement: (run) => run.cardAnswers({ status: 'moreTime' }),
  cancellation: (run) => run.cancel(),
  oneHour: (run) => run.passes({ hours: 1 }),
  twoDays: (run) => run.passes({ hours: 48 }),
} satisfies Record<string, (run: ChangeRun) => Promise<void>>;

/** What a card does with the packet, and what it may then tell, as often as it likes. */
const CARDS = {
  takesIt: {
    confirms: (run) => run.cardConfirms(),
    repeatsItsConfirmation: async (run) => {
      run.network.takePacket();
      await run.cardAnswers({ eventId: 'confirmation', status: 'porOk', statusWord: '9000' });
    },
    refusesADamagedCopy: async (run) => {
      await run.cardConfirms();
      await run.cardAnswers({ status: 'integrityFailed' });
    },
    attaches: (run) => run.cardAttaches(),
    attachesUnseen: (run) => run.cardAttachesUnseen(),
  },
  refusesIt: {
    refuses: (run) => run.cardAnswers({ status: 'securityError' }),
    repeatsItsRefusal: (run) => run.cardAnswers({ eventId: 'refusal', status: 'securityError' }),
  },
  neverGetsIt: {},
} satisfies Record<string, Record<string, (run: ChangeRun) => Promise<void>>>;

const script = fc.oneof(
  ...Object.entries(CARDS).map(([card, deeds]) => {
    const steps: Record<string, (run: ChangeRun) => Promise<void>> = { ...NOISE, ...deeds };
    return fc
      .array(fc.constantFrom(...Object.keys(steps)), { minLength: 1, maxLength: 8 })
      .map((names) => ({ card, names, play: names.flatMap((name) => steps[name] ?? []) }));
  }),
);

test(
  'whatever arrives, in any order and any number of times, a card ends with exactly one working subscription, or in doubt with both',
  async () => {
    await fc.assert(
      fc.asyncProperty(script, async ({ play }) => {
        const run = await bench.change().start();
        await run.reaches('awaitingCard');
        for (const step of play) await happens(run, step);
        if (await run.isOpen()) await run.passes({ hours: 72 });
        const state = (await run.settles()) === 'inDoubt' ? 'inDoubt' : run.states.at(-1);
        const { alive, cardHolds, breaches } = run.network;
        expect({ state, alive, breaches }).toEqual({
          state: state === 'completed' || state === 'rolledBack' ? state : 'inDoubt',
          alive: state === 'inDoubt' ? ['source', 'target'] : [cardHolds],
          breaches: [],
        });
        await run.wrapUp();
      }),
      { numRuns: SCRIPTS, seed: 9_451_441, endOnFailure: true },
    );
  },
  SCRIPTS * 8_000,
);

/** A change may end at any moment: what then comes finds nobody. */
async function happens(run: ChangeRun, step: (run: ChangeRun) => Promise<void>): Promise<void> {
  if (!(await run.isOpen())) return;
  try {
    await step(run);
  } catch (cause) {
    if (await run.isOpen()) throw cause;
  }
}
