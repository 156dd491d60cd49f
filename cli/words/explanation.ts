import type { Condition, Explanation } from '../../workflows/explanation/explanation.ts';
import { stepConditions, type RepeatedSteps } from '../../workflows/explanation/steps.ts';
import {
  ACTION_WORDS,
  conditionLine,
  namesOf,
  NOTHING,
  remedyLine,
  scheduleLine,
} from '../../workflows/explanation/words.ts';
import { STATES } from '../../workflows/shared/states.ts';
import { printable } from '../printable.ts';
import { actionCommand, remedyCommand, serveCommand } from './commands.ts';

interface Told {
  readonly changeId: string;
  /** How a person runs this command line. */
  readonly rehome: string;
}

/** What the change waits for, what Rehome does by itself, and what a person may do, each with its exact command. */
export function explanationText(explanation: Explanation, { changeId, rehome }: Told): string {
  const { state, conditions, schedule, actions, remedies } = explanation;
  const names = namesOf(explanation);
  const { ended } = STATES[state.name];
  const run = (command: string) => `    ${rehome} ${command}`;
  const remedyLines = remedies.flatMap((remedy) => {
    const command = remedyCommand(remedy);
    return [`  ${remedyLine(remedy, names)}`, ...(command === undefined ? [] : [run(command)])];
  });
  const actionLines = actions
    .filter(({ allowed }) => allowed)
    .flatMap(({ action, needsSecondPerson, firstPerson }) => [
      `  ${ACTION_WORDS[action].offer(names)}`,
      ...(needsSecondPerson && firstPerson === undefined ? ['    Two persons have to ask for it, within a day.'] : []),
      ...(firstPerson === undefined ? [] : [`    ${firstPerson.actor} has asked for it at ${firstPerson.at}.`]),
      run(actionCommand(action, changeId)),
    ]);
  const you = [...remedyLines, ...actionLines];
  return [
    ...section(
      'Waiting for',
      conditions.flatMap((condition) => [
        `  ${conditionLine(condition, names)}`,
        ...factsOf(condition, rehome).map((fact) => `    ${fact}`),
      ]),
    ),
    ...section(
      'Rehome will',
      schedule.length > 0
        ? schedule.map((item) => `  ${scheduleLine(item, names)}`)
        : [`  ${ended ? NOTHING.ended : NOTHING.byItself}`],
    ),
    ...section('You can', you.length > 0 ? you : [`  ${ended ? NOTHING.toDo : NOTHING.possible}`]),
  ]
    .map((line) => `${printable(line)}\n`)
    .join('');
}

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : [`${title}:`, ...lines];

function factsOf(condition: Condition, rehome: string): readonly string[] {
  const { kind, since, step, attempts, nextAttemptAt, notTakenSince, servedBy, lastAnswer } = condition;
  return [
    ...(since === undefined ? [] : [`since ${since}`]),
    ...(step === undefined || attempts === undefined
      ? []
      : [kind === 'step' ? `attempt ${String(attempts)}` : `attempt ${String(attempts)} of ${step}`]),
    ...(nextAttemptAt === undefined ? [] : [`next attempt at ${nextAttemptAt}`]),
    ...(notTakenSince === undefined
      ? []
      : [
          `taken by no process since ${notTakenSince}`,
          servedBy === undefined
            ? 'does a process of its role run?'
            : `does \`${rehome} ${serveCommand(servedBy)}\` run?`,
        ]),
    ...(lastAnswer === undefined
      ? []
      : [`last answer: ${lastAnswer.message}${lastAnswer.code === null ? '' : ` [${lastAnswer.code}]`}`]),
  ];
}

/** What the Temporal server says that a change waits for, a line for each: of whoever follows it, or of one that nothing has begun. */
export const waitingLines = (steps: RepeatedSteps, rehome: string): readonly string[] =>
  stepConditions(steps).map((condition) =>
    printable(`waits for ${[conditionLine(condition, NOBODY), ...factsOf(condition, rehome)].join('; ')}`),
  );

/** A step names its operator by itself. */
const NOBODY = { source: '', target: '' };
