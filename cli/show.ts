import pc from 'picocolors';
import type { Approval, RefusedCode } from '../workflows/support/approvals.ts';
import { BECAUSE } from '../workflows/explanation/because.ts';
import type { Explanation } from '../workflows/explanation/explanation.ts';
import { MEANINGS } from '../workflows/explanation/words.ts';
import type { ChangeState } from '../workflows/shared/states.ts';
import { STATES } from '../workflows/shared/states.ts';
import type { Admission } from '../workflows/change/ports.ts';
import type {
  CardBlock,
  CardView,
  ChangeView,
  ParkedEvent,
  PublishedEvent,
  TimelineEntry,
  UnrecordedChange,
} from '../application/views.ts';
import type { WorkflowLook } from '../application/look-at-workflow.ts';
import type { Output, RegisteredOperator } from '../application/ports.ts';
import { printable, printableView } from './printable.ts';
import { counted, TEXT } from './text.ts';
import { explanationText, waitingLines } from './words/explanation.ts';

const STATE_WIDTH = 24;

/** Renders what a person reads: colour only where the stream has it, and nothing that steers a terminal. */
export class Show {
  readonly #colour: ReturnType<typeof pc.createColors>;

  readonly #rehome: string;

  /** Commands are named as a person runs them here: `rehome`, or what stands for it in a checkout. */
  constructor(output: Output, rehome: string) {
    this.#rehome = rehome;
    this.#colour = pc.createColors(output.hasColors?.() === true);
  }

  /** `  reserving    0.1 s  operator-2 is asked for a subscriber`, with who caused it in a column of its own where its width is given. */
  entry(entry: TimelineEntry, since: Date, actorWidth?: number): string {
    const { state, cause, code, at, actor } = printableView(entry);
    const seconds = ((at.getTime() - since.getTime()) / 1_000).toFixed(1);
    const by = actorWidth === undefined ? '' : `${actor.padEnd(actorWidth)}  `;
    return `  ${this.#state(state)}${' '.repeat(Math.max(0, STATE_WIDTH - state.length))}${seconds.padStart(6)} s  ${by}${withCode(cause, code)}\n`;
  }

  /** Every state with its time, who caused it, and why. */
  timeline(entries: readonly TimelineEntry[], since: Date): string {
    const width = Math.max(0, ...entries.map((entry) => printableView(entry).actor.length));
    return entries.map((entry) => this.entry(entry, since, width)).join('');
  }

  change(change: ChangeView, { meaning, cancellable }: Explanation['state']): string {
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
      lastAction,
      lastActionBy,
      rule,
      keyRefusal,
      requestedBy,
      requestedAt,
      updatedAt,
      reason,
    } = printableView(change);
    return table([
      ['change', changeId],
      ['card', `ICCID ${iccid}`],
      ['from', `${source ?? 'unknown'}${sourceImsi === null ? '' : `, IMSI ${sourceImsi}`}`],
      ['to', `${target}${targetImsi === null ? '' : `, IMSI ${targetImsi}`}`],
      ['state', `${this.#state(state)}: ${MEANINGS[meaning]}`],
      ['because', withCode(detail, code)],
      ...(lastAction === null ? [] : [['since then', `${lastAction} (${String(lastActionBy)})`] as const]),
      ...(rule === null ? [] : [['rule', rule] as const]),
      ...(keyRefusal === null ? [] : [['card says', TEXT.keyRefusal(keyRefusal)] as const]),
      ...(code === null ? [] : [['read', `docs/failures.md#${code.toLowerCase()}`] as const]),
      ...(STATES[state].ended ? [] : [['cancel', `${cancellable.how}: ${BECAUSE[cancellable.because]}`] as const]),
      ['asked for', `by ${requestedBy} at ${requestedAt.toISOString()}${reason === null ? '' : `: ${reason}`}`],
      ['last news', updatedAt.toISOString()],
    ]);
  }

  /** What the change waits for, what happens next and when, and what a person may do. */
  explanation(explanation: Explanation, changeId: string): string {
    return explanationText(explanation, { changeId, rehome: this.#rehome });
  }

  /** What keeps a card from a new change, and how it is lifted. */
  block(iccid: string, block: CardBlock): string {
    const { by, at, reason } = printableView(block);
    return table([
      ['blocked', `by ${by} at ${at.toISOString()}: ${reason}`],
      ['unblock', `${this.#rehome} cards unblock ${iccid}, once its cause is removed`],
    ]);
  }

  /** That a card has refused its admin code, whose word counts that it is tried once more, and whose is missing, until when. */
  refusedCode(iccid: string, { changeId, standing }: RefusedCode): string {
    const isApproved = standing.kind === 'approved';
    const approved = ({ by, at, reason }: Approval, then = '') =>
      ['approved', printable(`by ${by} at ${at}: ${reason}${then}`)] as const;
    const approve = (whose: string) =>
      ['approve', `${this.#rehome} cards approve ${iccid} --reason TEXT, by ${whose}`] as const;
    return table([
      ['adm1', `refused in change ${changeId}${isApproved ? '; one more try is approved' : ''}`],
      ...(isApproved ? [approved(standing.first), approved(standing.second)] : []),
      ...(standing.kind === 'first'
        ? [approved(standing.first, `; one more person, until ${standing.until}`), approve('one more person')]
        : []),
      ...(standing.kind === 'none' ? [approve('two persons')] : []),
    ]);
  }

  /** A change that no orchestrator has begun. */
  unrecorded(change: UnrecordedChange): string {
    const { changeId, iccid, target, startedAt } = printableView(change);
    return table([
      ['change', changeId],
      ['card', `ICCID ${iccid}`],
      ['to', target ?? 'unknown'],
      ['state', `started at ${startedAt.toISOString()}, not yet taken by any orchestrator; nothing has been done`],
    ]);
  }

  /** What a change waits for that no orchestrator has begun. */
  waits(workflow: WorkflowLook): string {
    if (workflow.running === null) return '';
    return waitingLines(workflow, this.#rehome)
      .map((line) => `${line}\n`)
      .join('');
  }

  /** Where to look; a change that nothing carries on is to be resumed. */
  workflow(
    workflow: WorkflowLook,
    { link, change }: { readonly link: string; readonly change: Pick<ChangeView, 'changeId' | 'ended'> },
  ): string {
    if (workflow.running === null) {
      const unknown = `Temporal does not answer, so nobody knows whether one runs (${workflow.problem})`;
      return table([...(change.ended ? [] : [['workflow', unknown] as const]), ['link', link]]);
    }
    const isLost = !change.ended && !workflow.running;
    const where = isLost ? `none runs; give it one again: ${this.#rehome} resume ${change.changeId}` : link;
    return table([['workflow', where]]);
  }

  row(change: ChangeView, workflow?: WorkflowLook): string {
    const { changeId, iccid, source, target, state, updatedAt } = printableView(change);
    const lost = workflow?.running === false ? `  no workflow: ${this.#rehome} resume ${changeId}` : '';
    return `${updatedAt.toISOString()}  ${changeId}  ${iccid}  ${source ?? '?'} to ${target}  ${this.#state(state)}${lost}\n`;
  }

  operator(operator: RegisteredOperator): string {
    const { id, name, plmn, smsc, provisioningUrl } = printableView(operator);
    return `${id}  ${name}  ${plmn}  ${smsc}  ${provisioningUrl}\n`;
  }

  card(card: CardView): string {
    const { iccid, operator, imsi, msisdn, profile, cntr, movedBy, cameAt, targets } = printableView(card);
    const block = card.block && printableView(card.block);
    const refused = card.refusedCode === null ? '' : this.refusedCode(iccid, card.refusedCode);
    const shown = table([
      ['card', `ICCID ${iccid}`],
      ['operator', `${operator}, since ${cameAt.toISOString()}`],
      ['IMSI', imsi],
      ['MSISDN', msisdn],
      ['profile', `${profile}, last counter ${String(cntr)}`],
      ...(movedBy === null ? [] : [['moved by', `change ${movedBy}`] as const]),
      ...(targets === null ? [] : [['may go to', printable(targets.join(' '))] as const]),
      ...(block === null ? [] : [['blocked', `by ${block.by} at ${block.at.toISOString()}: ${block.reason}`] as const]),
    ]);
    return shown + refused;
  }

  /** The terms of a change that would be admitted. */
  admission({
    iccid,
    target,
    source,
    sourceImsi,
    ...terms
  }: Admission & { readonly iccid: string; readonly target: string }): string {
    const { askConsent, checkAdminCode, overlapSeconds, releaseDays, sameDevice } = terms;
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
      [
        'device',
        sameDevice === undefined
          ? 'any'
          : `the card has to stay in its device, else ${source} is not asked to let go before a person decides`,
      ],
    ]);
  }

  parked(event: ParkedEvent): string {
    const { parkedAt, lastSeenAt, times, type, reason, eventId, source } = printableView(event);
    const others = times === 1 ? '' : `  ${TEXT.parkedTimes(times, parkedAt.toISOString())}`;
    return `${lastSeenAt.toISOString()}  ${type}  ${eventId}  ${source}${others}\n  ${reason}\n`;
  }

  event({ partition, offset, event }: PublishedEvent): string {
    const place = `(${String(partition)}/${String(offset)})`;
    const { changeId, iccid, state, cause, code } = event?.data ?? {};
    if (typeof changeId !== 'string' || typeof state !== 'string') return `${place}  is no event of a change\n`;
    const reason = withCode(String(cause), typeof code === 'string' ? code : null);
    const line = [event?.time ?? 'no time', changeId, String(iccid), state, reason, place].join('  ');
    return `${printable(line)}\n`;
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
