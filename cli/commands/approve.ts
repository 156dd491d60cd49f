import { APPROVAL_TEXT } from '../approval-text.ts';
import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import type { Action } from '../action.ts';
import { TEXT } from '../text.ts';
import { readIccid } from './change.ts';

interface Options {
  readonly reason: string;
  readonly actor?: string;
  readonly json?: boolean;
}

export const approveTryCommand: Action<[iccid: string, options: Options]> = async (
  { desk, context: { stdout, user, invocation } },
  ...[text, { reason, actor, json }]
) => {
  const iccid = readIccid(text);
  if (reason.trim() === '') throw new CommandError(TEXT.emptyReason('cards approve'), EXIT.usage);
  const answer = await desk.approveTry({ iccid, by: actor === undefined ? user : `user:${actor}`, reason });
  if (answer.kind === 'unknown') throw new CommandError(TEXT.noCard(iccid, invocation), EXIT.usage);
  if (answer.kind === 'nobody') throw new CommandError(APPROVAL_TEXT.nobody, EXIT.usage);
  if (json === true) printJson(stdout, { iccid, ...answer });
  if (answer.kind === 'notRefused')
    throw new CommandError(APPROVAL_TEXT.notRefused(iccid, invocation), EXIT.notChanged);
  if (answer.kind === 'changeOpen')
    throw new CommandError(APPROVAL_TEXT.changeOpen(iccid, answer.changeId, invocation), EXIT.notChanged);
  if (json !== true) stdout.write(APPROVAL_TEXT.approved(iccid, answer));
  return EXIT.ok;
};
