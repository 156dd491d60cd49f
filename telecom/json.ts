import { DecodeError } from './decode-error.ts';

const CLAUSE = 'RFC 8259 §2';

/** A text is no JSON; the message goes behind the name of its file, and never quotes the text. */
export class JsonError extends DecodeError {
  constructor(place: string) {
    super({ field: 'JSON', clause: CLAUSE, problem: `it is none${place}` });
    this.message = `is no JSON${place}`;
  }
}

/**
 * Reads JSON; throws JsonError. What V8 says of a text that is none quotes up to twenty characters of it, and the file may be a key
 * that was named by mistake: only the position is told, where V8 tells it.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new JsonError(placeOf(cause));
  }
}

/** A quotation is never at the end of the message, so that this does not take a part of the text for a position. */
function placeOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : '';
  if (message === 'Unexpected end of JSON input') return ': it ends too early';
  const position = /JSON at position (\d+)(?: \(line \d+ column \d+\))?$/.exec(message)?.[1];
  return position === undefined ? '' : `: the fault is at position ${position}`;
}
