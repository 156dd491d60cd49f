import { evolve } from '../../../../workflows/change/decision/evolve.ts';
import { tearOf } from '../../../../workflows/change/decision/tear.ts';
import { subjectOf } from '../../../../workflows/support/support-view.ts';
import { FAILED, GONE, Played, REFUSED, START, sentTo, tooLow, whole } from './played.ts';

const MARKED = { kind: 'rewriteWanted' } as const;

/** What support is told goes out next. */
function rewrites({ known }: Played): readonly unknown[] {
  const { situation } = subjectOf({ state: known.state, reason: undefined }, known, START);
  return situation.schedule.filter(({ kind }) => kind === 'rewrite');
}

describe('a packet over the target counts as one that may have left', () => {
  test('when its own proof interrupted its submission', () => {
    const change = new Played().sees(FAILED);
    change.smsc.push([whole()]);
    change.sees(change.attached(0)).passes(5);
    expect(change.story.join()).not.toContain('release');
  });

  test('when its submission failed, and its proof comes all the same', () => {
    const change = new Played().sees(FAILED);
    change.smsc.push('failed');
    change.sees(change.attached(0)).passes(5).hears(whole()).passes(5);
    expect(change.story.join()).not.toContain('release');
  });
});

test('the proof of the packet does not release a source by the attach that the card had before', () => {
  const change = new Played().hears(MARKED).passes(5);
  change
    .sees(change.attached(4))
    .passes(1)
    .hears(whole())
    .passes(24 * 60);
  expect(change.story.join()).not.toContain('release');
});

test.each([
  ['a reading', { kind: 'probeAnswered', reading: { kind: 'holds', subscription: 'source' } }],
  ['a refusal of the first packet', { kind: 'cardAnswered', answer: REFUSED }],
] as const)('%s that is older than the packet by which the card is written again undoes nothing', (_what, fact) => {
  const change = new Played().hears({ kind: 'probeWanted' }).passes(5).hears(MARKED);
  change
    .sees(change.attached(5))
    .sees(GONE)
    .hears(fact)
    .passes(24 * 60);
  expect(change.story.join()).not.toContain('undo');
});

test('an admin code that the card has refused is not tried again at the target', () => {
  const change = new Played().sees(FAILED);
  change.known = evolve(change.known, { kind: 'cardAnswered', answer: REFUSED }, START);
  change.sees(change.attached(1)).hears({ kind: 'retryWanted' }, MARKED).passes(60);
  expect(change.numbers()).toEqual([]);
  expect(tearOf(change.known).message).toContain('the admin code is wrong');
});

test('what a card says of its packet is told, and not that it is written again', () => {
  const change = new Played().passes(2 * 24 * 60).hears(MARKED);
  change.sees(change.attached(2 * 24 * 60)).hears({ kind: 'rewriteAnswered', number: 1, answer: REFUSED });
  change.passes(24 * 60);
  expect(change.known.state).toBe('torn');
  expect(tearOf(change.known).message).toContain('the admin code is wrong');
  expect(rewrites(change)).toEqual([]);
});

test('a card that refused, and is asked again, is told without a reason that is no more', () => {
  const answer = {
    kind: 'unclear',
    code: 'CARD_STATUS_WORD',
    message: 'the command on the card ended with 6f00',
  } as const;
  const change = new Played().hears(MARKED);
  change.sees(change.attached(0)).hears({ kind: 'rewriteAnswered', number: 1, answer });
  expect(tearOf(change.known).message).toContain('ended with 6f00');
  expect(tearOf(evolve(change.known, { kind: 'retryWanted' }, START)).message).not.toContain('undefined');
});

test('a card that a person knows to be torn is written again once it is at the target, also for somebody who wants the change undone', () => {
  const wish = { kind: 'cancellationRequested', reason: { code: 'CANCELLED', message: 'cancelled' } } as const;
  const change = new Played().hears(wish).hears(MARKED).passes(60);
  expect(change.numbers()).toEqual([]);
  expect(rewrites(change)).toEqual([{ kind: 'rewrite', sent: 0, after: 'attachWithOldKey' }]);
  change.sees(change.attached(61));
  expect(change.numbers()).toEqual(['1']);
});

test('a card that was said to be torn, and that somebody wants to be undone, is read as any other when its device shows itself', () => {
  const wish = { kind: 'cancellationRequested', reason: { code: 'CANCELLED', message: 'cancelled' } } as const;
  const change = new Played(sentTo({ readBack: 'proves' })).hears(wish).hears(MARKED);
  const probes = () => change.story.filter((what) => what.includes('probe'));
  expect(probes()).toEqual(['0 probe']);
  change.passes(60).hears({ kind: 'deviceReachable' }).passes(60);
  expect(probes()).toEqual(['0 probe', '75 probe']);
  expect(change.numbers()).toEqual([]);
});

test('a failure at the target behind a packet over it is not told as one half: the card may hold the whole', () => {
  const change = new Played().sees(FAILED);
  change.sees(change.attached(1)).passes(5).sees(FAILED);
  expect(tearOf(change.known).message).toContain('since it was written again there, and has not answered');
  change.sees(change.attached(6)).hears(tooLow(1));
  expect(change.numbers()).toContain('2');
});

test('a card that can’t be torn has nothing more recorded when it proves itself while the target sees one fail: running changes go on as before', () => {
  const change = new Played(sentTo({ tearable: false, writable: false })).sees(FAILED);
  change.hears({ kind: 'cardAnswered', answer: { kind: 'executed' } }).passes(1);
  expect(change.story).toEqual(['0 torn CARD_TORN']);
  expect(tearOf(change.known).message).toContain('the target has another key for it');
});

test('an attach of a card whose keys are shredded is held, and told so', () => {
  const reopened = sentTo({ state: 'reopened', writable: false });
  const change = new Played(evolve(reopened, { kind: 'tornBefore' }, START)).sees(FAILED);
  change.sees(change.attached(1)).passes(24 * 60);
  expect(change.story.join()).not.toMatch(/release|rewrite/);
  expect(tearOf(change.known).message).toContain('shredded here');
  change.hears({ kind: 'cardAnswered', answer: { kind: 'executed' } });
  expect(change.story.at(-1)).toContain('end');
});

describe('what goes out is bounded', () => {
  test('for a device that comes and goes', () => {
    const change = new Played().hears(MARKED);
    for (let hour = 0; hour < 30 * 24; hour += 1) change.passes(60).hears({ kind: 'deviceReachable' });
    expect(change.numbers().length).toBeLessThan(60);
  });

  test('for a card that comes and goes at the target: one packet', () => {
    const change = new Played().hears(MARKED);
    for (let round = 1; round < 100; round += 1) {
      change.passes(30).sees(change.attached(change.minute));
      change.passes(30).sees(GONE);
    }
    expect(new Set(change.numbers())).toEqual(new Set(['1']));
    expect(change.numbers().length).toBeLessThan(60);
  });
});

test('a card that shows itself has what waits brought forward, the first time at once', () => {
  const change = new Played().hears(MARKED);
  change.sees(change.attached(0)).passes(50).hears({ kind: 'deviceReachable' });
  expect(change.story.at(-1)).toBe('50 rewrite 1');
});
