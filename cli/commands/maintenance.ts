import { CommandError } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { printJson } from '../print-json.ts';
import type { Action } from '../action.ts';
import { TEXT } from '../text.ts';
import { existingChange } from './views.ts';

interface Json {
  readonly json?: boolean;
}

export const rebuildCommand: Action<[options: Json]> = async ({ desk, context: { stdout } }, { json }) => {
  const changes = await desk.rebuildReadModel();
  if (json === true) printJson(stdout, { changes });
  else stdout.write(TEXT.rebuilt(changes));
  return EXIT.ok;
};

export const resumeCommand: Action<[asked: string, options: Json]> = async ({ desk, context }, asked, { json }) => {
  const { stdout, invocation } = context;
  const { changeId } = await existingChange(desk, asked, invocation);
  const answer = await desk.resumeChange(changeId);
  if (json === true && answer.kind !== 'unknown') printJson(stdout, answer);
  switch (answer.kind) {
    case 'resumed':
      if (json !== true) stdout.write(TEXT.resumed(changeId, invocation));
      return EXIT.ok;
    case 'unknown':
      throw new CommandError(TEXT.noChange(asked, invocation), EXIT.usage);
    case 'ended':
      throw new CommandError(
        TEXT.notResumed(changeId, `it has ended, ${answer.state}`, { rehome: invocation }),
        EXIT.notChanged,
      );
    case 'beingRead':
      throw new CommandError(
        TEXT.notResumed(changeId, 'its card is being read over the air; ask again in some minutes', {
          rehome: invocation,
        }),
        EXIT.notChanged,
      );
    case 'running': {
      const why =
        answer.changeId === changeId
          ? 'its workflow runs, so there is nothing to resume'
          : `change ${answer.changeId} of the same card runs; resume this one when that has ended`;
      throw new CommandError(
        TEXT.notResumed(changeId, why, { rehome: invocation, see: answer.changeId }),
        EXIT.notChanged,
      );
    }
  }
};

export const setupCommand: Action<[options: Json]> = async ({ desk, context: { stdout } }, { json }) => {
  const result = await desk.setUp();
  if (json === true) printJson(stdout, result);
  else {
    stdout.write(TEXT.setUp('migrations', result.migrations));
    stdout.write(TEXT.setUp('topics', result.topics));
    stdout.write(TEXT.setUp('search attributes', result.searchAttributes));
    stdout.write(TEXT.setUp('schedules', result.schedules));
  }
  return EXIT.ok;
};
