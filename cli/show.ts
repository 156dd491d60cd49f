import pc from 'picocolors';
import type { ChangeState } from '../workflows/states.ts';
import { STATES } from '../workflows/states.ts';
import type { CardView, ChangeView, ParkedEvent, TimelineEntry, WorkflowView } from '../workflows/views.ts';
import type { Admission } from '../workflows/ports.ts';
import type { Output } from './ports.ts';
import { printable, printableView } from './printable.ts';
import { counted, TEXT } from './text.ts';

const STATE_WIDTH = 24;

/** Renders what a person reads: colour only where the stream has it, and nothing that steers a terminal. */
export class Show {
  readonly #colour: ReturnType<typeof pc.createColors>;

  constructor(output: Output) {
    this.#colour = pc.createColors(output.hasColors?.() === true);
  }

  /** `  reserving    operator-2 is asked for a subscriber    0.1 s` */
  entry(entry: TimelineEntry, since: Date): string {
    const { state, cause, code, at } = printableView(entry);
    const seconds = ((at.getTime() - since.getTime()) / 1_000).toFixed(1);
    return `  ${this.#state(state)}${' '.repeat(Math.max(0, STATE_WIDTH - state.length))}${seconds.padStart(6)} s  ${withCode(cause, code)}\n`;
  }

  change(change: ChangeView): string {
    const {
      changeId,
      iccid,
      source,
      target,
      sourceImsi,
      targetImsi,
      state,
      code,
      detail,
      rule,
      requestedBy,
      requestedAt,
      updatedAt,
      reason,
    } = printableView(change);
    const facts = STATES[state];
    return table([
      ['change', changeId],
      ['card', `ICCID ${iccid}`],
      ['from', `${source ?? 'unknown'}${sourceImsi === null ? '' : `, IMSI ${sourceImsi}`}`],
      ['to', `${target}${targetImsi === null ? '' : `, IMSI ${targetImsi}`}`],
      ['state', `${this.#state(state)}: ${facts.meaning}`],
      ['because', withCode(detail, code)],
      ...(rule === null ? [] : [['rule', rule] as const]),
      ...(code === null ? [] : [['read', `docs/failures.md#${code.toLowerCase()}`] as const]),
      ...(facts.ended ? [] : [['cancel', facts.cancellable] as const]),
      ['asked for', `by ${requestedBy} at ${requestedAt.toISOString()}${reason === null ? '' : `: ${reason}`}`],
      ['last news', updatedAt.toISOString()],
    ]);
  }

  /** What a change waits for, and where to look; a change that nothing carries on is to be resumed. */
  workflow(
    workflow: WorkflowView | null,
    { link, resume }: { readonly link: string; readonly resume: string },
  ): string {
    const waiting = (workflow?.waiting ?? []).map((step) => {
      const { step: name, attempt, message, code, nextAttemptAt } = printableView(step);
      const next = nextAttemptAt === null ? '' : `, the next at ${nextAttemptAt.toISOString()}`;
      return ['waits for', `${name}, attempt ${String(attempt)}${next}: ${withCode(message, code)}`] as const;
    });
    const where = workflow?.running === false ? `none runs; give it one again: ${resume}` : link;
    return table([...waiting, ['workflow', where]]);
  }

  row(change: ChangeView): string {
    const { changeId, iccid, source, target, state, updatedAt } = printableView(change);
    return `${updatedAt.toISOString()}  ${changeId}  ${iccid}  ${source ?? '?'} to ${target}  ${this.#state(state)}\n`;
  }

  card(card: CardView): string {
    const { iccid, operator, imsi, msisdn, profile, cntr, movedBy, cameAt, targets } = printableView(card);
    const block = card.block && printableView(card.block);
    return table([
      ['card', `ICCID ${iccid}`],
      ['operator', `${operator}, since ${cameAt.toISOString()}`],
      ['IMSI', imsi],
      ['MSISDN', msisdn],
      ['profile', `${profile}, last counter ${String(cntr)}`],
      ...(movedBy === null ? [] : [['moved by', `change ${movedBy}`] as const]),
      ...(targets === null ? [] : [['may go to', printable(targets.join(' '))] as const]),
      ...(block === null ? [] : [['blocked', `by ${block.by} at ${block.at.toISOString()}: ${block.reason}`] as const]),
    ]);
  }

  /** The terms of a change that would be admitted. */
  admission({
    iccid,
    target,
    source,
    sourceImsi,
    ...terms
  }: Admission & { readonly iccid: string; readonly target: string }): string {
    const { askConsent, checkAdminCode, overlapSeconds, releaseDays } = terms;
    return table([
      ['admitted', `ICCID ${iccid} may go from ${source}, IMSI ${sourceImsi}, to ${target}`],
      ['consent', askConsent ? `${source} is asked first` : 'nobody is asked'],
      [
        'admin code',
        checkAdminCode ? 'the card is asked for it before anything is reserved' : 'goes with the subscription',
      ],
      [
        'overlap',
        overlapSeconds === undefined
          ? 'none'
          : `both subscriptions stay alive for ${duration(overlapSeconds)} after the attach`,
      ],
      [
        'release',
        releaseDays === undefined ? 'no period agreed' : `${source} has ${counted(releaseDays, 'day')} to let go`,
      ],
    ]);
  }

  parked(event: ParkedEvent): string {
    const { parkedAt, lastSeenAt, times, type, reason, eventId, source } = printableView(event);
    const others = times === 1 ? '' : `  ${TEXT.parkedTimes(times, parkedAt.toISOString())}`;
    return `${lastSeenAt.toISOString()}  ${type}  ${eventId}  ${source}${others}\n  ${reason}\n`;
  }

  strong(text: string): string {
    return this.#colour.bold(text);
  }

  #state(state: ChangeState): string {
    if (state === 'completed') return this.#colour.green(state);
    if (state === 'inDoubt' || state === 'completedReleasePending') return this.#colour.yellow(state);
    return state === 'rolledBack' || state === 'rejected' || state === 'cancelled' ? this.#colour.red(state) : state;
  }
}

const withCode = (text: string, code: string | null): string => `${text}${code === null ? '' : ` [${code}]`}`;

const duration = (seconds: number): string => {
  const hours = seconds / 3_600;
  return Number.isInteger(hours) ? counted(hours, 'hour') : counted(seconds, 'second');
};

const LABEL_WIDTH = 11;
const table = (rows: readonly (readonly [label: string, text: string])[]): string =>
  rows.map(([label, text]) => `${label.padEnd(LABEL_WIDTH)}${text}\n`).join('');
