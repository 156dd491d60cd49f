import { Alarm, type AlarmOptions } from '../../adapters/alarm.ts';

const MINUTE = 60_000;

/** What an alarm says each time that something happens, at these moments. */
function ringsAt(moments: readonly number[], options: Omit<AlarmOptions, 'now'>): number[] {
  let now = 0;
  const alarm = new Alarm({ ...options, now: () => now });
  return moments.filter((moment) => {
    now = moment;
    return alarm.happened();
  });
}

const everySeconds = (seconds: number, times: number, from = 0): number[] =>
  Array.from({ length: times }, (_each, index) => from + index * seconds * 1_000);

describe('an alarm of what lasts', () => {
  const lasting = {
    calmMilliseconds: 3 * MINUTE,
    isAlarming: ({ lastedMilliseconds }: { lastedMilliseconds: number }) => lastedMilliseconds >= 3 * MINUTE,
  };

  test('rings once, however long it goes on', () => {
    expect(ringsAt(everySeconds(60, 1_000), lasting)).toEqual([3 * MINUTE]);
  });

  test('does not ring for what is over sooner, nor for the same again after a calm', () => {
    expect(ringsAt([...everySeconds(10, 18), ...everySeconds(10, 18, 10 * MINUTE)], lasting)).toEqual([]);
  });

  test('rings again when it comes back after a calm', () => {
    const again = everySeconds(60, 10, 60 * MINUTE);
    expect(ringsAt([...everySeconds(60, 10), ...again], lasting)).toEqual([3 * MINUTE, 63 * MINUTE]);
  });
});

describe('an alarm of what comes often', () => {
  const often = {
    calmMilliseconds: 5 * MINUTE,
    isAlarming: ({ inTheLastMinute }: { inTheLastMinute: number }) => inTheLastMinute >= 10,
  };

  test('rings at the tenth within a minute, and then is quiet until it was calm', () => {
    expect(ringsAt(everySeconds(1, 10_000), often)).toEqual([9_000]);
    const later = everySeconds(1, 20, 30 * MINUTE);
    expect(ringsAt([...everySeconds(1, 20), ...later], often)).toEqual([9_000, 30 * MINUTE + 9_000]);
  });

  test('rings again after a calm in which it happened now and then, but never often', () => {
    const nowAndThen = everySeconds(240, 100, 4 * MINUTE);
    const later = everySeconds(1, 1_000, 24 * 60 * MINUTE);
    expect(ringsAt([...everySeconds(1, 10), ...nowAndThen, ...later], often)).toEqual([
      9_000,
      24 * 60 * MINUTE + 9_000,
    ]);
  });

  test('does not ring for as many that are spread over more than a minute', () => {
    expect(ringsAt(everySeconds(7, 1_000), often)).toEqual([]);
  });
});
