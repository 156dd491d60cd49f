import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { importProgress } from '../import-progress.ts';
import { printJson } from '../print-json.ts';
import type { Action } from '../action.ts';
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
  { desk, context: { stdout, invocation } },
  text,
  { json },
) => {
  const iccid = readIccid(text);
  const card = await desk.findCard(iccid);
  if (card === undefined) throw new CommandError(TEXT.noCard(iccid, invocation), EXIT.usage);
  if (json === true) printJson(stdout, card);
  else stdout.write(new Show(stdout, invocation).card(card));
  return EXIT.ok;
};

export const importOperatorsCommand: Action<[file: string, options: Json]> = async (
  { desk, context: { stdout, stderr } },
  file,
  { json },
) => {
  const network = await desk.importOperators(file);
  const { smscs, operators, agreements } = network;
  if (json === true) printJson(stdout, network);
  else {
    stdout.write(TEXT.registered('SMSCs', smscs));
    stdout.write(TEXT.registered('operators', operators));
    stdout.write(TEXT.registered('agreements', agreements));
  }
  if ([smscs, operators].some(({ added, updated }) => added.length + updated.length > 0))
    stderr.write(TEXT.restartRoles);
  return EXIT.ok;
};

export const listOperatorsCommand: Action<[options: Json]> = async (
  { desk, context: { stdout, stderr, invocation } },
  { json },
) => {
  const operators = await desk.listOperators();
  if (json === true) printJson(stdout, operators);
  else if (operators.length === 0) stderr.write(TEXT.noOperators);
  else for (const operator of operators) stdout.write(new Show(stdout, invocation).operator(operator));
  return EXIT.ok;
};

/** `cards.csv` is rejected to `cards.rejects.csv`. */
export const rejectFileOf = (file: string): string => `${file.replace(/\.csv$/i, '')}.rejects.csv`;
