import type { Plmn } from '../../telecom/identifiers/plmn.ts';
import {
  decodeProactiveCommand,
  encodeMenuSelection,
  encodeTerminalResponse,
  fetchCommand,
  RESULT,
  type ProactiveCommand,
  type TerminalResponse,
} from '../uicc/proactive-commands.ts';
import type { RecordDevice } from './facts.ts';
import { names, conditionsOf, type DeviceFaults } from './faults.ts';
import type { Device } from './fleet.ts';

const USER_ANSWERS_AFTER_MS = 20;
/** A question that nobody answers is taken from the screen (ETSI TS 102 223 §6.4.2). */
const QUESTION_STAYS_MS = 60_000;
const ASK_FOR_A_CHANGE = 1;

interface ToolkitOptions {
  readonly faults: DeviceFaults;
  readonly record: RecordDevice;
  /** The device's network takes a message of its card; false when there is none. */
  readonly sendMessage: (device: Device, tpdu: Uint8Array) => boolean;
  /** The card asks to be read again. */
  readonly refresh: (device: Device) => void;
  /** The power of the card failed. */
  readonly powerLost: (device: Device) => void;
}

interface Performing {
  readonly command: ProactiveCommand;
  readonly entered: string | undefined;
}

interface Answered {
  readonly command: ProactiveCommand;
  readonly response: TerminalResponse;
}

/** What a device does for its card: fetches its commands, does them, and tells it (ETSI TS 102 223 §4). */
export class Toolkit {
  readonly #options: ToolkitOptions;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: ToolkitOptions) {
    this.#options = options;
  }

  /** To be called when the card may have commands; `entered` is what the user types where it is asked for. */
  proceed(device: Device, entered?: string): void {
    const { iccid, card } = device;
    for (;;) {
      const fetched = card.transmit(fetchCommand(0));
      if (fetched.kind === 'powerLost' || fetched.data.length === 0) return;
      const command = decodeProactiveCommand(fetched.data);
      if (command.kind === 'askYesOrNo') {
        this.#askUser(device, command);
        return;
      }
      if (command.kind === 'refresh' && !names(this.#options.faults.plan.ignoreRefresh, iccid)) {
        // A reset is its own answer: the card forgets the command with everything else (ETSI TS 102 223 §6.4.7).
        card.reset();
        this.#options.refresh(device);
        return;
      }
      this.#respond(device, { command, response: this.#performed(device, { command, entered }) });
    }
  }

  /** The user chooses the one item of the card's menu and enters a network; false when the card is busy. */
  chooseChange(device: Device, target: Plmn): boolean {
    const { facts, ...answer } = device.card.transmit(encodeMenuSelection(ASK_FOR_A_CHANGE));
    this.#options.record(...facts);
    if (answer.kind === 'powerLost' || !answer.statusWord.startsWith('91')) return false;
    this.proceed(device, target);
    return true;
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #performed(device: Device, { command, entered }: Performing): TerminalResponse {
    const { sendMessage, record } = this.#options;
    switch (command.kind) {
      case 'sendShortMessage':
        return { result: sendMessage(device, command.tpdu) ? RESULT.done : RESULT.networkBusy };
      case 'askDigits':
        return entered === undefined
          ? { result: RESULT.noAnswer }
          : { result: RESULT.done, text: new Uint8Array(Buffer.from(entered, 'latin1')) };
      case 'refresh':
        record({ kind: 'refreshIgnored', iccid: device.iccid });
        return { result: RESULT.terminalBusy };
      case 'askYesOrNo':
        return { result: RESULT.noAnswer };
    }
  }

  /** While the question stands, the card is busy: it takes no other message. */
  #askUser(device: Device, command: ProactiveCommand): void {
    const { plan } = this.#options.faults;
    const user = plan.users?.[device.iccid] ?? 'accept';
    const after = user === 'ignore' ? QUESTION_STAYS_MS : (plan.userAnswersAfterMs ?? USER_ANSWERS_AFTER_MS);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const answer = ({ accept: 'accepted', decline: 'declined', ignore: 'none' } as const)[user];
      this.#options.record({ kind: 'userAsked', iccid: device.iccid, answer });
      const response =
        user === 'ignore'
          ? { result: RESULT.noAnswer }
          : { result: RESULT.done, text: Uint8Array.of(Number(user === 'accept')) };
      this.#respond(device, { command, response });
      this.proceed(device);
    }, after);
    this.#timers.add(timer);
  }

  #respond(device: Device, { command, response }: Answered): void {
    const { record, faults, powerLost } = this.#options;
    const apdu = encodeTerminalResponse(command, 1, response);
    const { facts, kind } = device.card.transmit(apdu, conditionsOf(faults, device.iccid));
    record(...facts);
    if (kind === 'powerLost') powerLost(device);
  }
}
