import { CountedAlarm } from '../../../services/alarms/counted-alarm.ts';

describe('an alarm that counts', () => {
  let called: string[];
  let rests: number[];
  let restIsOver: () => void;
  let alarm: CountedAlarm;

  beforeEach(() => {
    called = [];
    rests = [];
    alarm = new CountedAlarm({
      restMilliseconds: 600_000,
      call: (count, last) => called.push(`${String(count)}, last ${last}`),
      later: (action, milliseconds) => {
        rests.push(milliseconds);
        restIsOver = action;
      },
    });
  });

  test('rings at the first one, and for all that come in its rest when that is over', () => {
    for (const one of ['a', 'b', 'c']) alarm.happenedTo(one);
    expect(called).toEqual(['1, last a']);
    restIsOver();
    expect(called).toEqual(['1, last a', '2, last c']);
    alarm.happenedTo('d');
    expect(called).toHaveLength(2);
    restIsOver();
    expect(called.at(-1)).toBe('1, last d');
    expect(rests).toEqual([600_000, 600_000, 600_000]);
  });

  test('counts one to which it happens again and again once', () => {
    for (const one of ['a', 'b', 'c', 'b', 'b']) alarm.happenedTo(one);
    restIsOver();
    expect(called).toEqual(['1, last a', '2, last b']);
  });

  test('is silent after a rest in which nothing happened, and rings at once for the next', () => {
    alarm.happenedTo('a');
    restIsOver();
    expect(called).toEqual(['1, last a']);
    alarm.happenedTo('b');
    expect(called).toEqual(['1, last a', '1, last b']);
  });
});
