import { Questions } from '../../../adapters/smsc/query-sm-limiter.ts';
import { Window } from '../../../adapters/smsc/window.ts';

const WINDOW = 10;
const never = () => new Promise<undefined>(() => undefined);
const after =
  <Answer>(milliseconds: number, answer: Answer) =>
  () =>
    new Promise<Answer>((resolve) => setTimeout(resolve, milliseconds, answer));

describe('questions beside the segments of a bind', () => {
  let window: Window;
  let questions: Questions;
  /** What was asked, in its order. */
  let asked: string[];
  let answered: (string | undefined)[];

  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
    window = new Window(WINDOW);
    questions = new Questions(window);
    asked = [];
    answered = [];
  });
  afterEach(() => jest.useRealTimers());

  const ask = (name: string, answer: () => Promise<string | undefined>): void => {
    const question = () => {
      asked.push(name);
      return answer();
    };
    void questions.ask(question).then((said) => answered.push(said));
  };
  const askMany = (count: number, answer: () => Promise<string | undefined>): void => {
    for (let number = 1; number <= count; number += 1) ask(String(number), answer);
  };
  const settle = () => jest.advanceTimersByTimeAsync(0);

  test('take two places of the window, and leave the others to segments, also while nobody answers them', async () => {
    askMany(40, never);
    let taken = 0;
    for (let segment = 0; segment < WINDOW; segment += 1) {
      void window.run(() => {
        taken += 1;
        return never();
      });
    }
    await settle();
    expect([asked, taken]).toStrictEqual([['1', '2'], WINDOW - 2]);
  });

  test('are all answered in their order where the SMSC answers soon, as many as a long packet has segments', async () => {
    askMany(50, after(40, 'enroute'));
    await jest.advanceTimersByTimeAsync(25 * 40);
    expect(asked).toStrictEqual(Array.from({ length: 50 }, (_one, index) => String(index + 1)));
    expect(answered).toStrictEqual(Array<string>(50).fill('enroute'));
  });

  test('are not put at once when two are under way and a long packet’s wait', async () => {
    askMany(50, never);
    await settle();
    expect(answered).toStrictEqual([]);
    ask('one more', never);
    await settle();
    expect([answered, asked]).toStrictEqual([[undefined], ['1', '2']]);
  });

  test('are not put when no place is free for them within 2 s: a long packet does not wait for a slow SMSC', async () => {
    askMany(50, after(2_900, 'enroute'));
    await jest.advanceTimersByTimeAsync(1_999);
    expect(answered).toStrictEqual([]);
    await jest.advanceTimersByTimeAsync(2_900);
    expect(answered.toSorted()).toStrictEqual(['enroute', 'enroute', ...Array<undefined>(48).fill(undefined)]);
    expect(asked).toStrictEqual(['1', '2']);
    // None of them waits any more.
    askMany(2, after(1, 'delivered'));
    await jest.advanceTimersByTimeAsync(1);
    expect(answered.slice(50)).toStrictEqual(['delivered', 'delivered']);
  });

  test('go ahead of segments that wait, and are not put when those under way take too long', async () => {
    const segments = Array.from({ length: 2 * WINDOW }, () => window.run(after(1_000, undefined)));
    ask('soon', after(1, 'delivered'));
    await jest.advanceTimersByTimeAsync(1_001);
    expect(answered).toStrictEqual(['delivered']);
    await jest.advanceTimersByTimeAsync(5_000);
    await Promise.all(segments);
    for (let segment = 0; segment < WINDOW; segment += 1) void window.run(after(10_000, undefined));
    ask('too late', after(1, 'delivered'));
    await jest.advanceTimersByTimeAsync(2_000);
    expect(answered).toStrictEqual(['delivered', undefined]);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(asked).toStrictEqual(['soon']);
  });

  test('rest for a minute after one that was not answered, those that wait too', async () => {
    ask('not answered', after(500, undefined));
    askMany(3, after(600, 'enroute'));
    await jest.advanceTimersByTimeAsync(600);
    expect([asked, answered]).toStrictEqual([
      ['not answered', '1'],
      [undefined, undefined, undefined, 'enroute'],
    ]);
    await jest.advanceTimersByTimeAsync(59_899);
    const segments = Array.from({ length: WINDOW }, () => window.run(after(1, undefined)));
    ask('too early', after(1, 'enroute'));
    await settle();
    expect([asked, answered.length]).toStrictEqual([['not answered', '1'], 5]);
    await jest.advanceTimersByTimeAsync(1);
    await Promise.all(segments);
    ask('a minute later', after(1, 'delivered'));
    await jest.advanceTimersByTimeAsync(1);
    expect([asked.at(-1), answered.at(-1)]).toStrictEqual(['a minute later', 'delivered']);
  });

  test('give their place back when one fails', async () => {
    for (let time = 0; time < 100; time += 1)
      await expect(questions.ask(() => Promise.reject(new Error('no bind')))).rejects.toThrow('no bind');
    ask('after them', after(1, 'delivered'));
    await jest.advanceTimersByTimeAsync(1);
    expect(answered).toStrictEqual(['delivered']);
  });
});
