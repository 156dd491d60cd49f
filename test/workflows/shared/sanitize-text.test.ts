import fc from 'fast-check';
import { sanitizeText } from '../../../workflows/shared/sanitize-text.ts';

test('controls and marks that turn the direction of writing become spaces', () => {
  expect(sanitizeText('a\0b\u001b[31mc\r\nd\u202ee\u009bf')).toBe('a b [31mc d e f');
});

test('text that is too long is cut, and says so', () => {
  expect(sanitizeText('x'.repeat(20), 10)).toBe(`${'x'.repeat(9)}…`);
  expect(sanitizeText('x'.repeat(10), 10)).toBe('x'.repeat(10));
});

test('whatever comes, what is left is well-formed, bounded and stays the same when treated again', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 50 }), fc.integer({ min: 1, max: 30 }), (text, longest) => {
      const plain = sanitizeText(`${text}\ud83d`, longest);
      expect(plain.isWellFormed()).toBe(true);
      expect(plain.length).toBeLessThanOrEqual(longest);
      expect(plain).not.toMatch(/\p{Cc}/u);
      expect(sanitizeText(plain, longest)).toBe(plain);
    }),
  );
});
