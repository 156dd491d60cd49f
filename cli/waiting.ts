import type { ServedBy, WaitingStep, WorkflowView } from '../application/views.ts';
import { printableView } from './printable.ts';

/** What a workflow waits for, a sentence for each thing; none when it waits for the world outside. */
export function waitingFor(
  { notTakenSince, waiting }: Pick<WorkflowView, 'notTakenSince' | 'waiting'>,
  rehome: string,
): string[] {
  const orchestrator =
    notTakenSince === null
      ? []
      : [`an orchestrator: taken by none ${since(notTakenSince)}; does \`${rehome} serve orchestrator\` run?`];
  return [...orchestrator, ...waiting.map((step) => sentence(printableView(step), rehome))];
}

function sentence(waiting: WaitingStep, rehome: string): string {
  const { step, attempt, message, code, nextAttemptAt, notTakenSince, servedBy } = waiting;
  const said = message === null ? '' : `${message}${code === null ? '' : ` [${code}]`}`;
  if (notTakenSince !== null) {
    const before = said === '' ? '' : `; the attempt before said: ${said}`;
    return `${step}, attempt ${String(attempt)}: taken by no process ${since(notTakenSince)}; ${question(servedBy, rehome)}${before}`;
  }
  const next = nextAttemptAt === null ? ', under way' : `, the next at ${nextAttemptAt.toISOString()}`;
  return `${step}, attempt ${String(attempt)}${next}: ${said}`;
}

const since = (time: Date): string => `since ${time.toISOString()}`;

function question(servedBy: ServedBy | null, rehome: string): string {
  if (servedBy === null) return 'does a process of its role run?';
  const { role, id } = servedBy;
  const option = id === null ? '' : ` --${role === 'ota' ? 'smscs' : 'operators'} ${id}`;
  return `does \`${rehome} serve ${role}${option}\` run?`;
}
