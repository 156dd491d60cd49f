import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { printableLines } from '../printable.ts';
import type { Action } from '../action.ts';
import { Show } from '../show.ts';
import { TEXT } from '../text.ts';
import { readIccid } from './change.ts';

interface Options {
  readonly follow?: boolean;
  readonly fromBeginning?: boolean;
  readonly json?: boolean;
}

export const eventsCommand: Action<[iccid: string | undefined, options: Options]> = async (
  { desk, context },
  text,
  { follow = false, fromBeginning = false, json },
) => {
  const { stdout, stderr, invocation } = context;
  if (fromBeginning && !follow) throw new CommandError(TEXT.beginningWithoutFollow, EXIT.usage);
  const show = new Show(stdout, invocation);
  await desk.readEvents({
    ...(text !== undefined && { iccid: readIccid(text) }),
    ...{ follow, fromBeginning: fromBeginning || !follow, signal: context.interrupted() },
    onEvent: (event) => {
      stdout.write(json === true ? `${printableLines(JSON.stringify(event))}\n` : show.event(event));
    },
    onReading: () => {
      if (follow) stderr.write(TEXT.followsEvents);
    },
  });
  return EXIT.ok;
};
