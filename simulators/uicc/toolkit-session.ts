import type { CardFact } from './facts.ts';
import { encodeProactiveCommand, type ProactiveCommand, type TerminalResponse } from './proactive-commands.ts';

interface Pending {
  readonly command: ProactiveCommand;
  /** Goes on with what the device did, and says what became true by it. */
  readonly answered: (response: TerminalResponse) => readonly CardFact[];
}

const HIGHEST_NUMBER = 0xfe;

/** The commands that a card has for its device, one after the other (ETSI TS 102 223 §4.1); the power takes them away. */
export class ToolkitSession {
  #pending: Pending[] = [];
  #number = 0;
  #isFetched = false;

  /** Whether the device has fetched a command and not answered it. */
  get isBusy(): boolean {
    return this.#isFetched;
  }

  add(command: ProactiveCommand, answered: Pending['answered'] = () => []): void {
    this.#pending.push({ command, answered });
  }

  /** Length of the next command, which a status word 91xx tells; undefined when there is none. */
  get nextLength(): number | undefined {
    return this.#isFetched ? undefined : this.#encoded()?.length;
  }

  /** The next command; undefined when there is none, or when the last one was not answered. */
  fetch(): Uint8Array | undefined {
    if (this.#isFetched) return undefined;
    const encoded = this.#encoded();
    this.#isFetched = encoded !== undefined;
    return encoded;
  }

  /** Takes the answer to the command that was fetched, and tells what became true by it; undefined when none was fetched. */
  respond(response: TerminalResponse): readonly CardFact[] | undefined {
    if (!this.#isFetched) return undefined;
    const [answered] = this.#pending.splice(0, 1);
    this.#isFetched = false;
    this.#number = (this.#number % HIGHEST_NUMBER) + 1;
    return answered?.answered(response) ?? [];
  }

  forget(): void {
    this.#pending = [];
    this.#isFetched = false;
  }

  #encoded(): Uint8Array | undefined {
    const [next] = this.#pending;
    return next && encodeProactiveCommand(next.command, this.#number + 1);
  }
}
