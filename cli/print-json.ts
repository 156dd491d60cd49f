import type { Output } from '../application/ports.ts';
import { printableLines } from './printable.ts';

/** One JSON document, indented, for machines and for people who pipe it. */
export function printJson(output: Output, value: unknown): void {
  output.write(`${printableLines(JSON.stringify(value, null, 2))}\n`);
}
