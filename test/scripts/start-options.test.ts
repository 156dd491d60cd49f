import { readStartOptions } from '../../scripts/start-options.ts';

test('npm start stays up unless it is told --once', () => {
  expect(readStartOptions([])).toEqual({ once: false, help: false });
  expect(readStartOptions(['--once'])).toEqual({ once: true, help: false });
  expect(readStartOptions(['--help'])).toEqual({ once: false, help: true });
});

test.each([['--onec'], ['--once=yes'], ['once'], ['--', 'more']])(
  'npm start does not run as something else when it is told %s',
  (...words) => {
    expect(() => readStartOptions(words)).toThrow(/ is not understood; nothing was started\nUsage: npm start/);
  },
);

test('npm start names the word that it does not understand', () => {
  expect(() => readStartOptions(['--once', '--onec'])).toThrow(/^--onec is not understood/);
});
