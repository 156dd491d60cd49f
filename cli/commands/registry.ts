import { Presets, SingleBar } from 'cli-progress';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Output } from '../ports.ts';
import { printJson } from '../print-json.ts';
import type { Action } from '../program.ts';
import { Show } from '../show.ts';
import { TEXT } from '../text.ts';
import { readIccid } from './change.ts';

interface Json {
  readonly json?: boolean;
}

export const importCardsCommand: Action<[file: string, options: Json & { readonly rejects?: string }]> = async (
  { desk, context },
  file,
  { json, rejects },
) => {
  const { stdout, stderr } = context;
  const progress = importProgress(stderr);
  const counts = await desk
    .importCards({
      file,
      rejectFile: rejects ?? rejectFileOf(file),
      onProgress: progress.update,
    })
    .finally(progress.stop);
  if (json === true) printJson(stdout, counts);
  else stdout.write(TEXT.imported(counts));
  if (counts.rejectFile !== undefined) stderr.write(TEXT.rejects(counts.rejectFile, file));
  return counts.rejected > 0 ? EXIT.data : EXIT.ok;
};

export const showCardCommand: Action<[iccid: string, options: Json]> = async (
  { desk, context: { stdout } },
  text,
  { json },
) => {
  const iccid = readIccid(text);
  const card = await desk.findCard(iccid);
  if (card === undefined) throw new CommandError(TEXT.noCard(iccid), EXIT.usage);
  if (json === true) printJson(stdout, card);
  else stdout.write(new Show(stdout).card(card));
  return EXIT.ok;
};

export const importOperatorsCommand: Action<[file: string, options: Json]> = async (
  { desk, context: { stdout } },
  file,
  { json },
) => {
  const counts = await desk.importOperators(file);
  if (json === true) printJson(stdout, counts);
  else stdout.write(TEXT.networkImported(counts));
  return EXIT.ok;
};

/** `cards.csv` is rejected to `cards.rejects.csv`. */
export const rejectFileOf = (file: string): string => `${file.replace(/\.csv$/i, '')}.rejects.csv`;

/** A bar on a terminal, a line per tenth elsewhere. */
export function importProgress(output: Output): { update: (share: number, rows: number) => void; stop: () => void } {
  if (output.isTTY !== true) {
    let tenths = -1;
    return {
      update: (share, rows) => {
        const now = Math.floor(share * 10);
        if (now > tenths)
          output.write(`  importing cards ${String(Math.round(share * 100)).padStart(3)} %  ${String(rows)} rows\n`);
        tenths = Math.max(now, tenths);
      },
      stop: () => undefined,
    };
  }
  const bar = new SingleBar(
    {
      format: '  importing cards {bar} {percentage} %  {rows} rows',
      ...(output === process.stderr ? { stream: process.stderr } : { stream: process.stdout }),
      hideCursor: true,
    },
    Presets.rect,
  );
  bar.start(100, 0, { rows: 0 });
  return {
    update: (share, rows) => {
      bar.update(Math.round(share * 100), { rows });
    },
    stop: () => {
      bar.stop();
    },
  };
}
