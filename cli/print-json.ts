import type { Output } from './ports.ts';

/** One JSON document, indented, for machines and for people who pipe it. */
export function printJson(output: Output, value: unknown): void {
  output.write(`${JSON.stringify(value, null, 2)}\n`);
}
