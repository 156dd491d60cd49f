import { readFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { Secret } from '../../telecom/secret.ts';
import { COMMAND_STATUS, statusName } from '../../telecom/smpp/commands.ts';
import { failure } from '../../workflows/shared/failures.ts';
import { Alarm } from '../alarm.ts';
import { Intake, type IntakeOptions } from './intake.ts';
import type { Submit } from './protocol.ts';
import { SendRate } from './send-rate.ts';
import { NoAnswer, SmppLink } from './smpp-link.ts';
import { segmentMessage } from './segment-message.ts';
import { Window } from './window.ts';

const ANSWER_MILLISECONDS = 10_000;
const ENQUIRE_MILLISECONDS = 15_000;
/** How long an SMSC may take to let us go. */
const UNBIND_MILLISECONDS = 1_000;
const FIRST_RETRY_MILLISECONDS = 200;
const LONGEST_RETRY_MILLISECONDS = 5_000;
/** Requests that may be unanswered at once; more wait their turn. */
const WINDOW = 10;
const THROTTLED = new Set(['ESME_RTHROTTLED', 'ESME_RMSGQFUL']);
const TEMPORARY = new Set(['ESME_RSUBMITFAIL']);
/** The SMSC does not know itself what has become of the segment. */
const UNCLEAR = new Set(['ESME_RSYSERR', 'ESME_RUNKNOWNERR']);
const THROTTLED_SECONDS = 2;
/** Shorter than an attempt at a step may take (STEP_ATTEMPT_SECONDS). */
const THROTTLE_PATIENCE_MILLISECONDS = 5_000;
/** Throttling that lasts so long calls somebody, and so does the next that begins after as long a calm. */
const THROTTLING_LASTS_MILLISECONDS = 180_000;
const SMPP_3_4 = 0x34;

export interface SmscSessionOptions extends IntakeOptions {
  /** `smpp://host:port`, or `smpps://host:port` for TLS. */
  readonly url: string;
  readonly systemId: string;
  /** File with the password of that system id; without one it is empty. */
  readonly passwordFile?: string;
  /** Asks the SMSC to tell when a device that was away is back; SMPP 3.4 has the parameter for data_sm, many take it in submit_sm. */
  readonly setDpf?: boolean;
  /** PEM file of the authority that signed the SMSC's certificate; default: those that Node knows. */
  readonly caFile?: string;
  /** How long a request may go without an answer; default: 10 s. */
  readonly answerMilliseconds?: number;
  /** How often the SMSC is asked whether it is still there; default: 15 s. */
  readonly enquireMilliseconds?: number;
  /** How long a segment is offered again to an SMSC that throttles; default: 5 s. */
  readonly throttlePatienceMilliseconds?: number;
  /** How long the bind rests at most while the SMSC throttles; default: 60 s. */
  readonly longestPauseMilliseconds?: number;
  /** Says when throttling has lasted too long; default: after 3 minutes. */
  readonly throttlingAlarm?: Alarm;
}

/** The bind to one SMSC: reconnects by itself, watches that the peer is alive, and tells apart refused from unanswered. */
export class SmscSession {
  readonly #options: SmscSessionOptions;
  readonly #stopSignal = new AbortController();
  readonly #window = new Window(WINDOW);
  readonly #intake: Intake;
  readonly #rate: SendRate;
  readonly #throttling: Alarm;
  #socket: Socket | undefined;
  /** Present while the bind is up. */
  #bound: SmppLink | undefined;
  #running: Promise<void> | undefined;

  constructor(options: SmscSessionOptions) {
    this.#options = options;
    this.#intake = new Intake(options);
    this.#rate = new SendRate({ longestPauseMilliseconds: options.longestPauseMilliseconds });
    this.#throttling = options.throttlingAlarm ?? throttlingAlarm();
  }

  start(): void {
    this.#running ??= this.#stayBound();
  }

  /** Unbinds, so that the SMSC does not hold the session open, and closes the connection. */
  async stop(): Promise<void> {
    this.#stopSignal.abort();
    const link = this.#bound;
    this.#bound = undefined;
    // Nobody is left who could do anything about it: the SMSC then ends the session by itself.
    await link?.request({ command: 'unbind' }, UNBIND_MILLISECONDS).catch(() => undefined);
    this.#socket?.destroy();
    await this.#running;
  }

  /** Throws SMSC_UNREACHABLE when no bind is up, SMSC_THROTTLED when it rests for longer than an attempt may wait: nothing is submitted then. */
  requireBind(): void {
    this.#requireLink();
    this.#requireSendRate(this.#patientUntil(), () => `${this.#options.smsc} throttles, and the bind rests`);
  }

  /**
   * Hands one segment over and resolves to the SMSC's message id. SMSC_UNREACHABLE means that the segment may or may not have been
   * taken; SMSC_THROTTLED and SMSC_REFUSED mean that it was not. While the SMSC throttles, the whole bind goes slower and the segment
   * is offered again, so that a card is not charged for what is no fault of its own; SMSC_THROTTLED comes when the bind rests for longer
   * than an attempt may wait, and asks to come back when the rest is over.
   */
  async submit(segment: Submit): Promise<string> {
    const patientUntil = this.#patientUntil();
    return this.#window.run(async () => {
      for (let said = 'the bind rests'; ;) {
        await this.#turn(patientUntil, () => this.#notTaken(segment, said));
        const { name, messageId } = await this.#offer(segment);
        if (!THROTTLED.has(name)) {
          this.#rate.taken();
          return this.#messageId(segment, { name, messageId });
        }
        said = name;
        this.#slowDown(name);
      }
    });
  }

  #patientUntil(): number {
    return Date.now() + (this.#options.throttlePatienceMilliseconds ?? THROTTLE_PATIENCE_MILLISECONDS);
  }

  /** Waits until it is a request's turn: nothing goes out while the bind rests. */
  async #turn(patientUntil: number, problem: () => string): Promise<void> {
    do this.#requireSendRate(patientUntil, problem);
    while (!(await this.#rate.turn()));
  }

  /** An attempt that waited on would be given up in the middle of it, and another one be made beside it. */
  #requireSendRate(until: number, problem: () => string): void {
    const rest = this.#rate.restMilliseconds;
    if (rest === 0 || Date.now() + rest <= until) return;
    throw failure('SMSC_THROTTLED', problem(), Math.max(THROTTLED_SECONDS, Math.ceil(rest / 1_000)));
  }

  #slowDown(name: string): void {
    this.#rate.slowDown();
    if (!this.#throttling.happened()) return;
    const message = `${this.#options.smsc} has been throttling for some minutes, with ${name}: ask its owner for a higher rate`;
    this.#options.log('error', message, { code: 'SMSC_THROTTLING' });
  }

  async #offer(segment: Submit): Promise<{ readonly name: string; readonly messageId: string }> {
    const { status, body } = await this.#requireLink()
      .request({ command: 'submitSm', message: segmentMessage(segment, this.#options) })
      .catch((cause: unknown) => {
        if (!(cause instanceof NoAnswer)) throw cause;
        throw failure('SMSC_UNREACHABLE', `${this.#options.smsc} did not answer to a segment: ${cause.message}`);
      });
    return { name: statusName(status), messageId: body.command === 'submitSmResp' ? body.messageId : '' };
  }

  #messageId(segment: Submit, { name, messageId }: { readonly name: string; readonly messageId: string }): string {
    if (name === 'ESME_ROK' && messageId !== '') return messageId;
    if (name === 'ESME_ROK' || UNCLEAR.has(name)) {
      throw failure(
        'SMSC_UNREACHABLE',
        `${this.#options.smsc} gave no clear answer to a segment for ${segment.destination}, which it may have taken: ${name}`,
      );
    }
    throw failure(TEMPORARY.has(name) ? 'SMSC_THROTTLED' : 'SMSC_REFUSED', this.#notTaken(segment, name));
  }

  #notTaken({ destination }: Submit, name: string): string {
    return `${this.#options.smsc} did not take a segment for ${destination}: ${name}`;
  }

  #requireLink(): SmppLink {
    if (this.#bound === undefined) throw failure('SMSC_UNREACHABLE', `there is no bind to ${this.#options.smsc}`);
    return this.#bound;
  }

  async #stayBound(): Promise<void> {
    const { smsc, log } = this.#options;
    let pause = FIRST_RETRY_MILLISECONDS;
    while (!this.#isStopped()) {
      try {
        await this.#runOnce(() => {
          pause = FIRST_RETRY_MILLISECONDS;
        });
      } catch (cause) {
        if (!this.#isStopped())
          log('warn', `${smsc}: ${cause instanceof Error ? cause.message : String(cause)}; trying again`);
      }
      await delay(pause, undefined, { signal: this.#stopSignal.signal }).catch(() => undefined);
      pause = Math.min(pause * 2, LONGEST_RETRY_MILLISECONDS);
    }
  }

  #isStopped(): boolean {
    return this.#stopSignal.signal.aborted;
  }

  /** One connection, from bind to its end. */
  async #runOnce(onBound: () => void): Promise<void> {
    const { answerMilliseconds = ANSWER_MILLISECONDS, enquireMilliseconds = ENQUIRE_MILLISECONDS } = this.#options;
    const socket = this.#connect();
    this.#socket = socket;
    const ended = new Promise<never>((_resolve, reject) => {
      socket.once('error', reject);
      socket.once('close', () => {
        reject(new Error('the connection ended'));
      });
    });
    ended.catch(() => undefined);
    const link: SmppLink = new SmppLink({
      socket,
      answerMilliseconds,
      onRequest: (pdu) => {
        this.#intake.serve(link, pdu);
      },
      onUnreadable: (octets, cause) => {
        this.#intake.refuse(link, octets, cause);
      },
    });
    this.#intake.connected(link);
    const watch = setInterval(() => {
      // While we do not read, no answer says nothing about the SMSC.
      if (!link.isPaused) link.request({ command: 'enquireLink' }).catch(() => link.isPaused || socket.destroy());
    }, enquireMilliseconds);
    try {
      await Promise.race([ended, this.#bind(link)]);
      this.#options.log('info', `bound to ${this.#options.smsc}`);
      this.#bound = link;
      onBound();
      await ended;
    } finally {
      clearInterval(watch);
      this.#bound = undefined;
      socket.destroy();
    }
  }

  #connect(): Socket {
    const { url, caFile } = this.#options;
    const { protocol, hostname: host, port } = new URL(url);
    const place = { host, port: Number(port) };
    const socket =
      protocol === 'smpps:'
        ? connectTls({ ...place, ...(caFile !== undefined && { ca: readFileSync(caFile) }) })
        : createConnection(place);
    return socket.setNoDelay(true);
  }

  async #bind(link: SmppLink): Promise<void> {
    const { systemId, passwordFile } = this.#options;
    const password = Secret.of(passwordFile === undefined ? '' : readFileSync(passwordFile, 'utf8').trim());
    const { status } = await link.request({
      ...{ command: 'bindTransceiver', systemId, password, systemType: '', interfaceVersion: SMPP_3_4 },
      ...{ addressTon: 0, addressNpi: 0, addressRange: '' },
    });
    if (status !== COMMAND_STATUS.ESME_ROK) throw new Error(`the bind was refused: ${statusName(status)}`);
  }
}

const throttlingAlarm = (): Alarm =>
  new Alarm({
    calmMilliseconds: THROTTLING_LASTS_MILLISECONDS,
    isAlarming: ({ lastedMilliseconds }) => lastedMilliseconds >= THROTTLING_LASTS_MILLISECONDS,
  });
