import { addresseeOf } from '../../../services/packets/target-application.ts';
import { cardProfiles, type CardProfile } from '../../../services/packets/card-profiles.ts';
import { statusWordOf } from '../../../services/packets/script-result.ts';
import { fromHex } from '../../../telecom/octets/hex.ts';

const profiles = cardProfiles();
const profile = (name: string): CardProfile => {
  const found = profiles[name];
  if (found === undefined) throw new Error(`${name} is not built in`);
  return found;
};
const said = (name: string, hex: string, commands: number) =>
  statusWordOf(fromHex(hex.replaceAll(' ', ''), 'answer'), {
    ...addresseeOf(profile(name), 'write'),
    commands,
  });

test('the one command of the card application tells by its status word', () => {
  expect(said('cpa-aes', '01 9000', 1)).toBe('9000');
  expect(said('cpa-aes', '01 63c2', 1)).toBe('63c2');
  expect(said('cpa-aes', '00 6d00', 1)).toBeUndefined();
  expect(said('cpa-aes', '', 1)).toBeUndefined();
});

test('a script is done when all of its commands have run', () => {
  expect(said('rfm-aes', '04 9000', 4)).toBe('9000');
  expect(said('rfm-aes', '03 9000', 4)).toBeUndefined();
  expect(said('rfm-aes', '02 6982', 4)).toBe('6982');
});

test('a command for the device that the card has pending makes no difference', () => {
  expect(said('rfm-aes', '04 910b', 4)).toBe('910b');
  expect(said('rfm-aes', '03 910b', 4)).toBeUndefined();
});

test('a word about the admin code counts only when nothing ran behind VERIFY', () => {
  expect(said('rfm-aes', '01 63c2', 4)).toBe('63c2');
  expect(said('rfm-aes', '01 6983', 4)).toBe('6983');
  // An UPDATE that had to be repeated inside the card says 63Cx too, and has written.
  expect(said('rfm-aes', '02 63c1', 4)).toBeUndefined();
});

test('a script in expanded format tells by the last of its answers', () => {
  expect(said('rfm-aes-expanded', 'ab 0b 80 01 02 23 02 63c2 23 02 6982', 4)).toBe('6982');
  expect(said('rfm-aes-expanded', 'ab 0b 80 01 02 23 02 9000 23 02 9000', 2)).toBe('9000');
  expect(said('rfm-aes-expanded', 'ab 03 90 01 01', 2)).toBeUndefined();
});

/** What a single command is refused with, at any place of a script, by format: the answer to commands that ran before it. */
const PART_WAY: readonly (readonly [profile: string, answer: (executed: number, word: string) => string])[] = [
  ['rfm-aes', (executed, word) => `0${String(executed)} ${word}`],
  [
    'rfm-aes-expanded',
    (executed, word) => {
      const earlier = '23 02 9000'.repeat(executed - 1);
      const octets = (3 + 4 * executed).toString(16).padStart(2, '0');
      return `ab ${octets} 80 01 0${String(executed)} ${earlier} 23 02 ${word}`;
    },
  ],
];

for (const word of ['63c0', '63c2', '6983', '6985']) {
  test.each(PART_WAY)(`the word ${word} behind commands that stay done is no refusal: %s`, (name, answer) => {
    for (const executed of [2, 3, 4]) expect(said(name, answer(executed, word), 5)).toBeUndefined();
    // The last command of a script in which everything else was done is no different.
    expect(said(name, answer(5, word), 5)).toBeUndefined();
  });
}

test.each(PART_WAY)('another word part way stays what the card said: %s', (name, answer) => {
  expect(said(name, answer(3, '6982'), 5)).toBe('6982');
});

test('only a card that asks its user can say that the user has declined', () => {
  expect(said('cpa-aes-consent', '01 6985', 1)).toBe('6985');
  expect(said('cpa-aes', '01 6985', 1)).toBeUndefined();
  expect(said('rfm-aes', '01 6985', 4)).toBeUndefined();
  expect(said('rfm-aes-expanded', 'ab 07 80 01 01 23 02 6985', 4)).toBeUndefined();
});
