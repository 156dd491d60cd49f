import { parseImsi } from '../../../telecom/identifiers/imsi.ts';
import { decide } from '../../../workflows/decision/decide.ts';
import type { Fact } from '../../../workflows/decision/facts.ts';
import { nothingKnown, type Known } from '../../../workflows/decision/known.ts';
import { learn } from '../../../workflows/decision/learn.ts';
import { holdOf, knownAttach } from '../../../workflows/decision/rewriting.ts';
import type { Attach, OldSubscriber } from '../../../workflows/ports.ts';

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 1);
const SENT: Known = nothingKnown(START, {
  ...{ state: 'awaitingCard', deadlineSeconds: 86_400, firstPollSeconds: 900, mayHaveLeft: true, readBack: 'tells' },
  ...{ keyFirst: true, refreshable: true, rewritable: true, pace: { pollSeconds: 900, overlapSeconds: 0 } },
});
const FAILED: Attach = { attached: false, authentication: 'failed' };
const GONE: Attach = { attached: false };
const WATCHED: readonly Fact[] = [{ kind: 'watchBegan' }, { kind: 'sourceWatchBegan' }];
const WHOLE: Fact = { kind: 'rewriteAnswered', answer: { kind: 'taken' } };
const CNTR_LOW: Fact = {
  kind: 'rewriteAnswered',
  answer: { kind: 'unclear', code: 'POR_CNTR_LOW', message: 'the card answered cntrLow' },
};
const sourceSays = (subscriber: OldSubscriber): Fact => ({ kind: 'sourceAnswered', subscriber });
const SOURCE_SEES_FAILURE = sourceSays({ standing: 'served', failsToAuthenticate: true });
const SOURCE_SEES_SUCCESS = sourceSays({ standing: 'served' });

/** A change whose decisions are carried out, against a target that says what it is told to. */
class Played {
  known: Known;
  minute = 0;
  target: Attach = GONE;
  readonly story: string[] = [];

  constructor(known = SENT) {
    this.known = known;
    this.hears(...WATCHED);
  }

  /** The target has the card attached since that minute. */
  attached(minute: number): Attach {
    return { attached: true, imsi: parseImsi('001029000000001'), at: new Date(START + minute * MINUTE).toISOString() };
  }

  hears(...facts: readonly Fact[]): this {
    for (const fact of facts) this.known = learn(this.known, fact, this.#now);
    return this.#settles();
  }

  /** The target says this when it is asked, and an event has it asked. */
  sees(target: Attach): this {
    this.target = target;
    return this.hears({ kind: 'woken' });
  }

  passes(minutes: number): this {
    for (let minute = 0; minute < minutes; minute += 1) {
      this.minute += 1;
      this.#settles();
    }
    return this;
  }

  get #now(): number {
    return START + this.minute * MINUTE;
  }

  #settles(): this {
    for (let decisions = 0; ; decisions += 1) {
      if (decisions > 20) throw new Error(`decided again and again: ${this.story.slice(-5).join('; ')}`);
      const decision = decide(this.known, this.#now);
      if (decision.kind === 'wait') return this;
      this.#does(decision);
      if (decision.kind === 'end') return this;
    }
  }

  #does(decision: ReturnType<typeof decide>): void {
    const learnt = (fact: Fact) => (this.known = learn(this.known, fact, this.#now));
    const tells = (what: string) => this.story.push(`${String(this.minute)} ${what}`);
    switch (decision.kind) {
      case 'askTarget':
        learnt({ kind: 'targetAnswered', attach: this.#answer() });
        return;
      case 'record': {
        const { state, because } = decision;
        tells(
          `${state} ${this.known.rewrites.heldAttach === undefined ? '' : 'held '}${typeof because === 'string' ? '' : because.code}`.trim(),
        );
        learnt({ kind: 'stateRecorded', state, ...(typeof because !== 'string' && { code: because.code }) });
        return;
      }
      case 'rewrite':
        tells(`rewrite ${String(decision.number)} over ${decision.over}`);
        learnt({ ...decision, kind: 'rewriteSent' });
        return;
      case 'refresh':
        tells('refresh');
        learnt({ kind: 'refreshSent' });
        return;
      case 'resend':
        tells('resend');
        learnt({ kind: 'resent' });
        return;
      case 'probe':
        tells('probe');
        learnt({ kind: 'probeSent' });
        return;
      case 'release':
        tells('release');
        learnt({ kind: 'released' });
        return;
      case 'watchTarget':
        learnt({ kind: 'watchBegan' });
        return;
      case 'watchSource':
        learnt({ kind: 'sourceWatchBegan' });
        return;
      case 'end':
      case 'restore':
      case 'undo':
      case 'wait':
        tells(decision.kind);
    }
  }

  /** As the activity does it. */
  #answer(): Attach {
    const hold = holdOf(this.known);
    const { target } = this;
    if (!target.attached || hold === undefined) return target;
    return hold.after !== undefined && target.at > hold.after ? target : { ...target, held: true };
  }
}

test('a torn card that attaches to the target is written over its network, until it answers, later and later; nothing is released', () => {
  const change = new Played().sees(FAILED);
  change.sees(change.attached(1)).passes(120);
  expect(change.story).toEqual([
    ...['0 torn CARD_TORN', '0 torn held CARD_TORN'],
    ...[0, 15, 45, 105].map((minute) => `${String(minute)} rewrite 1 over target`),
  ]);
});

test('once the card has proven that it holds the whole, an attach that the HLR had then counts for nothing, and the next one releases the source', () => {
  const change = new Played().sees(FAILED);
  change.sees(change.attached(0)).hears(WHOLE);
  expect(holdOf(change.known)).toEqual({ after: new Date(START).toISOString() });
  expect(knownAttach(change.known)).toBe(new Date(START).toISOString());
  change.passes(5).sees(change.attached(0));
  expect(change.story.join()).not.toContain('release');
  change.sees(change.attached(3));
  expect(change.story.slice(-2)).toEqual(['5 release', '5 end']);
});

test('a card that the target sees fail since it was written is whole: the target has another key, and any attach counts', () => {
  const change = new Played().sees(FAILED);
  change.sees(change.attached(1)).hears(WHOLE).passes(5).sees(FAILED);
  expect(change.known.state).toBe('torn');
  expect(holdOf(change.known)).toBeUndefined();
  change.sees(change.attached(1));
  expect(change.story.at(-1)).toBe('5 end');
});

test('a HLR that gave no answer when the card had proven itself is asked again, whatever attach it had', () => {
  const change = new Played().sees(FAILED);
  change.sees(change.attached(1));
  change.known = learn(change.known, WHOLE, START);
  expect(holdOf(change.known)).toEqual({ after: new Date(START + 5 * MINUTE).toISOString() });
  expect(knownAttach(change.known)).toBeUndefined();
  change.minute = 60;
  change.sees(change.attached(4));
  expect(change.story.join()).not.toContain('release');
});

test('an attach that is later than the proof by any clock counts, also if it is the first that the HLR tells of after that', () => {
  const change = new Played().sees(FAILED);
  change.sees(change.attached(1));
  change.known = learn(change.known, WHOLE, START);
  change.minute = 60;
  change.sees(change.attached(6));
  expect(change.story.at(-1)).toBe('60 end');
});

test('a card that was written over the source held the old IMSI until then: its attach to the target is never held', () => {
  const change = new Played().hears({ kind: 'rewriteWanted' }).hears(WHOLE);
  expect(holdOf(change.known)).toBeUndefined();
  change.sees(change.attached(0));
  expect(change.story).toEqual(['0 rewrite 1 over source', '0 awaitingAttach', '0 release', '0 end']);
});

test('a card that has counted past the packet is sent another one, four at most, and the last one again', () => {
  const change = new Played().sees(FAILED);
  change.sees(change.attached(1));
  for (let answer = 0; answer < 6; answer += 1) change.passes(1).hears(CNTR_LOW);
  const sent = () => change.story.filter((what) => what.includes('rewrite')).map((what) => what.split(' ')[2]);
  expect(sent()).toEqual(['1', '2', '3', '4']);
  change.passes(60);
  expect(new Set(sent().slice(3))).toEqual(new Set(['4']));
  expect(sent().length).toBeGreaterThan(4);
});

test('a card that was torn at the source is written over that network once it is seen to succeed there, but not for somebody who wants the change undone', () => {
  const torn = () => new Played().hears(SOURCE_SEES_FAILURE);
  expect(torn().hears(SOURCE_SEES_SUCCESS).story).toContain('0 rewrite 1 over source');
  const wished = torn().hears({ kind: 'cancelWished', reason: { code: 'CANCELLED', message: 'cancelled' } });
  expect(wished.hears(SOURCE_SEES_SUCCESS).passes(60).story.join()).not.toContain('rewrite');
});

test('a card that turns up on the other network has another packet, since that goes to another number', () => {
  const change = new Played().hears(SOURCE_SEES_FAILURE, SOURCE_SEES_SUCCESS).passes(1).sees(FAILED);
  change.sees(change.attached(2));
  expect(change.story.filter((what) => what.includes('rewrite'))).toEqual([
    ...['0 rewrite 1 over source', '1 rewrite 2 over target'],
  ]);
});

test('no copy of the first packet, and no probe by itself, goes out once it is written again', () => {
  const change = new Played().hears(SOURCE_SEES_FAILURE, SOURCE_SEES_SUCCESS);
  change.hears({ kind: 'deliveryFailed' }, { kind: 'deviceReachable' }, CNTR_LOW).passes(24 * 60);
  expect(change.story.filter((what) => /resend|probe/.test(what))).toEqual([]);
});

test.each([
  ['refuses', { kind: 'refused', code: 'ADMIN_CODE_WRONG', message: '63c2' }, []],
  ['can’t do', { kind: 'unclear', code: 'CARD_STATUS_WORD', message: '6f00' }, ['2']],
] as const)(
  'what a card %s is not sent again by itself; a person may have another one sent unless it was refused',
  (_name, answer, more) => {
    const change = new Played().sees(FAILED);
    change
      .sees(change.attached(1))
      .hears({ kind: 'rewriteAnswered', answer })
      .passes(7 * 24 * 60);
    const sent = () => change.story.filter((what) => what.includes('rewrite')).map((what) => what.split(' ')[2]);
    expect(sent()).toEqual(['1']);
    expect(change.story.at(-1)).toBe('0 torn held CARD_TORN');
    change.hears({ kind: 'retryWanted' });
    expect(sent().slice(1)).toEqual(more);
  },
);

test('a person may have what waits for its time sent now', () => {
  const change = new Played().sees(FAILED);
  change.sees(change.attached(1)).passes(20).hears({ kind: 'retryWanted' });
  expect(change.story.at(-1)).toBe('20 rewrite 1 over target');
});

test('a rollback that somebody had decided is void once the card is at the target', () => {
  const change = new Played().sees(FAILED);
  const reason = { code: 'ROLLED_BACK_BY_HAND', message: 'it is in my hand' } as const;
  change.known = learn(change.known, { kind: 'rollbackDecided', reason }, START);
  change.sees(change.attached(1));
  expect(change.story.filter((what) => what.includes('undo'))).toEqual([]);
  expect(change.known.unchanged).toBeUndefined();
});

test('an attach behind the deadline is held as well, and the change stays torn', () => {
  const change = new Played().sees(FAILED).passes(2 * 24 * 60);
  change.sees(change.attached(2 * 24 * 60)).passes(24 * 60);
  expect(change.known.state).toBe('torn');
  expect(change.story.join()).not.toMatch(/release|inDoubt/);
});
