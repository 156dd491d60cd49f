const LONGEST = 1_000;
/** Controls of C0 and C1, and the marks that turn the direction of writing: they steer terminals and databases, not readers. */
const STEERING = /[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;

/**
 * Text that may come from a peer, as it may stand in a failure, a row or an event: well-formed Unicode without control characters, of
 * bounded length. Temporal refuses a failure with a lone surrogate, PostgreSQL a row with NUL, Kafka a message beyond its limit.
 */
export function sanitizeText(text: string, longest = LONGEST): string {
  const plain = text
    .slice(0, longest + 1)
    .replaceAll(STEERING, ' ')
    .toWellFormed()
    .trim();
  return plain.length > longest ? `${plain.slice(0, longest - 1).toWellFormed()}…` : plain;
}
