import { holdOf, knownAttach } from '../../../../workflows/change/decision/unproven-attach.ts';
import { evolve } from '../../../../workflows/change/decision/evolve.ts';
import { tearOf } from '../../../../workflows/change/decision/tear.ts';
import { FAILED, MINUTE, Played, START, tooLow, whole } from './played.ts';

test('a torn card that attaches to the target is written over its network, until it answers, later and later; nothing is released', () => {
  const change = new Played().sees(FAILED);
  change.sees(change.attached(1)).passes(120);
  expect(change.story).toEqual([
    ...['0 torn CARD_TORN', '0 torn held CARD_TORN'],
    ...[0, 15, 45, 105].map((minute) => `${String(minute)} rewrite 1`),
  ]);
});

test('once the card has proven that it holds the whole, an attach that the HLR had then counts for nothing, and the next one releases the source', () => {
  const change = new Played().sees(FAILED);
  change.sees(change.attached(0)).hears(whole());
  expect(holdOf(change.known)).toEqual({ after: new Date(START).toISOString() });
  expect(knownAttach(change.known)).toBe(new Date(START).toISOString());
  change.passes(5).sees(change.attached(0));
  expect(change.story.join()).not.toContain('release');
  change.sees(change.attached(3));
  expect(change.story.slice(-2)).toEqual(['5 release', '5 end']);
});

test('a card that the target sees fail since it was written is whole: the target has another key, and any attach counts', () => {
  const change = new Played().sees(FAILED);
  change.sees(change.attached(1)).hears(whole()).passes(5).sees(FAILED);
  expect(change.known.state).toBe('torn');
  expect(holdOf(change.known)).toBeUndefined();
  change.sees(change.attached(1));
  expect(change.story.at(-1)).toBe('5 end');
});

test('a HLR that gave no answer when the card had proven itself is asked again, whatever attach it had', () => {
  const change = new Played().sees(FAILED);
  change.sees(change.attached(1));
  change.known = evolve(change.known, whole(), START);
  expect(holdOf(change.known)).toEqual({ after: new Date(START + 5 * MINUTE).toISOString() });
  expect(knownAttach(change.known)).toBeUndefined();
  change.minute = 60;
  change.sees(change.attached(4));
  expect(change.story.join()).not.toContain('release');
});

test('an attach that is later than the proof by any clock counts, also if it is the first that the HLR tells of after that', () => {
  const change = new Played().sees(FAILED);
  change.sees(change.attached(1));
  change.known = evolve(change.known, whole(), START);
  change.minute = 60;
  change.sees(change.attached(6));
  expect(change.story.at(-1)).toBe('60 end');
});

test('a card that has counted past the packet is sent another one, six at most; then a person is told, and may have one more sent', () => {
  const change = new Played().sees(FAILED);
  change.sees(change.attached(1));
  for (let number = 1; number <= 6; number += 1) change.passes(1).hears(tooLow(number));
  expect(change.numbers()).toEqual(['1', '2', '3', '4', '5', '6']);
  change.passes(24 * 60);
  expect(change.numbers()).toHaveLength(6);
  expect(tearOf(change.known).message).toContain('does not let itself be written again: the card answered cntrLow');
  change.hears({ kind: 'retryWanted' });
  expect(change.numbers().at(-1)).toBe('7');
});

test('that the card counts past an older packet than the last one says nothing of that', () => {
  const change = new Played().sees(FAILED);
  change.sees(change.attached(1)).hears(tooLow(1)).hears(tooLow(1)).passes(1).hears(tooLow(1));
  expect(change.numbers()).toEqual(['1', '2']);
});

test('no copy of the first packet, and no probe by itself, goes out once it is written again', () => {
  const change = new Played().sees(FAILED);
  change
    .sees(change.attached(0))
    .hears({ kind: 'deliveryFailed' }, { kind: 'deviceReachable' }, tooLow(1))
    .passes(24 * 60);
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
      .hears({ kind: 'rewriteAnswered', number: 1, answer })
      .passes(7 * 24 * 60);
    expect(change.numbers()).toEqual(['1']);
    expect(tearOf(change.known).message).toContain(answer.message);
    change.hears({ kind: 'retryWanted' });
    expect(change.numbers().slice(1)).toEqual(more);
  },
);

test('a person may have what waits for its time sent now', () => {
  const change = new Played().sees(FAILED);
  change.sees(change.attached(1)).passes(20).hears({ kind: 'retryWanted' });
  expect(change.story.at(-1)).toBe('20 rewrite 1');
});

test('a rollback that somebody had decided is void once the card is at the target', () => {
  const change = new Played().sees(FAILED);
  const reason = { code: 'ROLLED_BACK_BY_HAND', message: 'it is in my hand' } as const;
  change.known = evolve(change.known, { kind: 'rollbackDecided', reason }, START);
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
