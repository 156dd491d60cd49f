import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import type { Action } from '../action.ts';
import { TEXT } from '../text.ts';
import { readIccid } from './change.ts';

export const blockCardCommand: Action<
  [iccid: string, options: { readonly reason: string; readonly json?: boolean }]
> = async ({ desk, context: { stdout, stderr, user, invocation } }, text, { reason, json }) => {
  const iccid = readIccid(text);
  if (reason.trim() === '') throw new CommandError(TEXT.emptyReason('cards block'), EXIT.usage);
  const answer = await desk.blockCard({ iccid, by: user, reason });
  if (answer.kind === 'unknown') throw new CommandError(TEXT.noCard(iccid, invocation), EXIT.usage);
  if (json === true) printJson(stdout, { iccid, ...answer });
  else stdout.write(TEXT.blocked(iccid, answer));
  if (answer.openChange !== null) stderr.write(TEXT.blockedWhileOpen(answer.openChange, invocation));
  return EXIT.ok;
};

export const unblockCardCommand: Action<
  [iccid: string, options: { readonly reason?: string; readonly json?: boolean }]
> = async ({ desk, context: { stdout, user, invocation } }, text, { reason, json }) => {
  const iccid = readIccid(text);
  const answer = await desk.unblockCard({ iccid, by: user, ...(reason !== undefined && { reason }) });
  if (answer.kind === 'unknown') throw new CommandError(TEXT.noCard(iccid, invocation), EXIT.usage);
  if (json === true) printJson(stdout, { iccid, ...answer });
  else stdout.write(answer.kind === 'unblocked' ? TEXT.unblocked(iccid, answer.was) : TEXT.notBlocked(iccid));
  return EXIT.ok;
};
