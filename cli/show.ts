import pc from 'picocolors';
import type { ChangeState } from '../workflows/states.ts';
import { STATES } from '../workflows/states.ts';
import type { CardView, ChangeView, ParkedEvent, TimelineEntry } from '../workflows/views.ts';
import type { Output } from './ports.ts';

const STATE_WIDTH = 24;

/** Renders what a person reads; colour only where the stream is a terminal. */
export class Show {
  readonly #colour: ReturnType<typeof pc.createColors>;

  constructor(output: Output) {
    this.#colour = pc.createColors(output.isTTY === true);
  }

  /** `  reserving    operator-2 is asked for a subscriber    0.1 s` */
  entry({ state, cause, at }: TimelineEntry, since: Date): string {
    const seconds = ((at.getTime() - since.getTime()) / 1_000).toFixed(1);
    return `  ${this.#state(state)}${seconds.padStart(6)} s  ${cause}\n`;
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
      requestedBy,
      requestedAt,
      updatedAt,
      reason,
    } = change;
    const facts = STATES[state];
    return table([
      ['change', changeId],
      ['card', `ICCID ${iccid}`],
      ['from', `${source ?? 'unknown'}${sourceImsi === null ? '' : `, IMSI ${sourceImsi}`}`],
      ['to', `${target}${targetImsi === null ? '' : `, IMSI ${targetImsi}`}`],
      ['state', `${this.#state(state).trimEnd()}: ${facts.meaning}`],
      ['because', `${detail}${code === null ? '' : ` [${code}]`}`],
      ...(facts.ended ? [] : [['cancel', facts.cancellable] as const]),
      ['asked for', `by ${requestedBy} at ${requestedAt.toISOString()}${reason === null ? '' : `: ${reason}`}`],
      ['last news', updatedAt.toISOString()],
    ]);
  }

  row({ changeId, iccid, source, target, state, updatedAt }: ChangeView): string {
    return `${updatedAt.toISOString()}  ${changeId}  ${iccid}  ${source ?? '?'} to ${target}  ${this.#state(state).trimEnd()}\n`;
  }

  card({ iccid, operator, imsi, msisdn, profile, cntr, movedBy }: CardView): string {
    return table([
      ['card', `ICCID ${iccid}`],
      ['operator', operator],
      ['IMSI', imsi],
      ['MSISDN', msisdn],
      ['profile', `${profile}, last counter ${String(cntr)}`],
      ...(movedBy === null ? [] : [['moved by', `change ${movedBy}`] as const]),
    ]);
  }

  parked({ parkedAt, type, reason, eventId }: ParkedEvent): string {
    return `${parkedAt.toISOString()}  ${type}  ${eventId}\n  ${reason}\n`;
  }

  strong(text: string): string {
    return this.#colour.bold(text);
  }

  #state(state: ChangeState): string {
    const text = state.padEnd(STATE_WIDTH);
    if (state === 'completed') return this.#colour.green(text);
    if (state === 'inDoubt' || state === 'completedReleasePending') return this.#colour.yellow(text);
    return state === 'rolledBack' || state === 'rejected' || state === 'cancelled' ? this.#colour.red(text) : text;
  }
}

const LABEL_WIDTH = 11;
const table = (rows: readonly (readonly [label: string, text: string])[]): string =>
  rows.map(([label, text]) => `${label.padEnd(LABEL_WIDTH)}${text}\n`).join('');
