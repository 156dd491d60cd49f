import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import type { Action } from '../action.ts';
import { TEXT } from '../text.ts';
import type { SupportAction } from '../../workflows/support/actions.ts';
import { existingChange } from './views.ts';

interface Options {
  readonly reason: string;
  readonly ticket?: string;
  readonly actor?: string;
  readonly until?: string;
  readonly requestId?: string;
  readonly json?: boolean;
}

export const supportCommand: Action<[asked: string, action: SupportAction, options: Options]> = async (
  { desk, context: { stdout, user, invocation } },
  ...[asked, action, { reason, ticket, actor, until, requestId, json }]
) => {
  if (reason.trim() === '') throw new CommandError(TEXT.emptyReason('support'), EXIT.usage);
  if ((action === 'extendDeadline') !== (until !== undefined)) throw new CommandError(TEXT.untilWhen, EXIT.usage);
  if (until !== undefined && Number.isNaN(Date.parse(until))) throw new CommandError(TEXT.untilWhen, EXIT.usage);
  const change = await existingChange(desk, asked, invocation);
  const { changeId } = change;
  if (change.ended) throw new CommandError(TEXT.notSupported(changeId, 'it has ended', invocation), EXIT.notChanged);
  const outcome = await desk.supportChange(change, {
    ...{ action, actor: actor === undefined ? user : `user:${actor}`, reason },
    ...(ticket !== undefined && { ticket }),
    ...(until !== undefined && { until: new Date(until).toISOString() }),
    ...(requestId !== undefined && { requestId }),
  });
  if (json === true) printJson(stdout, { changeId, action, ...outcome });
  if (outcome.kind === 'noWorkflow') throw new CommandError(TEXT.notCarriedOn(changeId, invocation), EXIT.notChanged);
  if (outcome.kind === 'refused')
    throw new CommandError(TEXT.notSupported(changeId, outcome.reason, invocation), EXIT.notChanged);
  if (json !== true) stdout.write(TEXT.supported(outcome.message));
  return outcome.kind === 'tooLate' ? EXIT.notChanged : EXIT.ok;
};
