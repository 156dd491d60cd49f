import type { Output } from '../application/ports.ts';
import { counted } from './text.ts';

const LONGEST_BAR = 40;
const USUAL_COLUMNS = 80;
const CLEAR_LINE = '\r\u001b[K';

export interface ImportProgress {
  readonly update: (share: number, rows: number) => void;
  readonly stop: () => void;
}

/** A bar on a terminal, a line per tenth elsewhere. */
export const importProgress = (output: Output): ImportProgress => (output.isTTY === true ? bar(output) : lines(output));

function lines(output: Output): ImportProgress {
  let tenths = -1;
  return {
    update: (share, rows) => {
      const now = Math.floor(share * 10);
      if (now > tenths) output.write(`  importing cards ${percent(share)}  ${counted(rows, 'row')}\n`);
      tenths = Math.max(now, tenths);
    },
    stop: () => undefined,
  };
}

function bar(output: Output): ImportProgress {
  let shown = false;
  return {
    update: (share, rows) => {
      const before = '  importing cards ';
      const after = ` ${percent(share)}  ${counted(rows, 'row')}`;
      // The last column stays free: a terminal would go on in the next line.
      const columns = (output.columns ?? USUAL_COLUMNS) - 1;
      const length = Math.max(0, Math.min(LONGEST_BAR, columns - before.length - after.length));
      const done = Math.round(share * length);
      const text = `${before}${'■'.repeat(done)}${'·'.repeat(length - done)}${after}`;
      output.write(`${CLEAR_LINE}${text.slice(0, columns)}`);
      shown = true;
    },
    stop: () => {
      if (shown) output.write('\n');
    },
  };
}

const percent = (share: number): string => `${String(Math.round(share * 100)).padStart(3)} %`;
