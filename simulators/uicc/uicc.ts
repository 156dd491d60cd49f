import { DecodeError } from '../../telecom/decode-error.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { decodeCommandApdu, type CommandApdu } from '../../telecom/uicc/command-apdu.ts';
import { decodeSmsPpDownload } from '../../telecom/uicc/sms-pp-download.ts';
import { decodeDeliverTpdu, type DeliverTpdu } from '../../telecom/sms/deliver-tpdu.ts';
import type { SmsAddress } from '../../telecom/sms/address.ts';
import type { UsimAnswer } from '../serving-node/usim.ts';
import { applicationWith, type ApplicationOutcome } from './applications.ts';
import { NOTHING_WRONG, PowerLost, ScriptFacts, type CardConditions } from './card-conditions.ts';
import { CardMemory } from './card-memory.ts';
import { askForTarget } from './change-menu.ts';
import type { CardFact } from './facts.ts';
import { keySetOf, type KeySet } from './key-set.ts';
import { decodeTerminalResponse, menuItemOf, RESULT } from './proactive-commands.ts';
import { announcedBefore, announcing, leaving, type LeavingProof } from './proof-of-receipt.ts';
import { Reassembly } from './reassembly.ts';
import { openPacket, type OpenedPacket } from './secured-packets.ts';
import { STATUS_WORD } from './status-word.ts';
import { messageOfCard } from './submit.ts';
import { ToolkitSession } from './toolkit-session.ts';
import { answerChallenge } from './usim.ts';

/** What a command did to the card, and what the card answered; the power may fail before it answers. */
export type Exchange =
  | {
      readonly kind: 'answered';
      readonly facts: readonly CardFact[];
      readonly data: Uint8Array;
      readonly statusWord: string;
    }
  | { readonly kind: 'powerLost'; readonly facts: readonly CardFact[] };

type UiccOptions = ConstructorParameters<typeof CardMemory>[0];
type Command = Extract<OpenedPacket, { kind: 'command' }>;

const INS = { terminalResponse: 0x14, fetch: 0x12, getResponse: 0xc0, envelope: 0xc2 } as const;
/** (U)SIM data download (3GPP TS 23.040 §9.2.3.9). */
const DATA_DOWNLOAD = 0x7f;
const NO_DATA = new Uint8Array(0);

/**
 * A card on the interface of its device: ENVELOPE, GET RESPONSE, FETCH, TERMINAL RESPONSE. What it keeps without power changes only
 * when the facts are applied, which is after they are durable; what it forgets with the power changes at once.
 */
export class Uicc {
  readonly #memory: CardMemory;
  readonly #keySet: KeySet;
  readonly #reassembly = new Reassembly();
  readonly #toolkit = new ToolkitSession();
  #response: Uint8Array = NO_DATA;
  /** What the script at hand has made true so far. */
  #script = new ScriptFacts(NOTHING_WRONG);

  constructor(options: UiccOptions) {
    this.#memory = new CardMemory(options);
    this.#keySet = keySetOf(options.factory);
  }

  /** What EF.IMSI holds, when that is an IMSI. */
  get imsi(): Imsi | undefined {
    return this.#memory.imsi;
  }

  apply(fact: CardFact): void {
    this.#memory.apply(fact);
  }

  /** Answers a challenge of the network. */
  authenticate(rand: Uint8Array, autn: Uint8Array): { answer: UsimAnswer; facts: readonly CardFact[] } {
    return answerChallenge(this.#memory, rand, autn);
  }

  /** The power goes and comes back: half messages, answers not fetched and toolkit commands are gone. */
  reset(): void {
    this.#reassembly.forget();
    this.#toolkit.forget();
    this.#response = NO_DATA;
  }

  /** Takes one command APDU. */
  transmit(apdu: Uint8Array, conditions: CardConditions = NOTHING_WRONG): Exchange {
    try {
      const command = decodeCommandApdu(apdu);
      return this.#dispatch({ command, apdu }, conditions);
    } catch (cause) {
      if (cause instanceof DecodeError) return answer(STATUS_WORD.technicalProblem);
      if (!(cause instanceof PowerLost)) throw cause;
      this.reset();
      const { iccid } = this.#memory.factory;
      const { facts, writes } = this.#script;
      return { kind: 'powerLost', facts: [...facts, { kind: 'powerCut', iccid, writes }] };
    }
  }

  #dispatch({ command, apdu }: { command: CommandApdu; apdu: Uint8Array }, conditions: CardConditions): Exchange {
    switch (command.ins) {
      case INS.envelope: {
        const item = menuItemOf(command.data);
        return item === undefined ? this.#download(apdu, conditions) : this.#menu();
      }
      case INS.getResponse: {
        const data = this.#response;
        this.#response = NO_DATA;
        return data.length === 0 ? answer(STATUS_WORD.conditionsNotSatisfied) : this.#ended([], data);
      }
      case INS.fetch: {
        const fetched = this.#toolkit.fetch();
        return fetched === undefined ? answer(STATUS_WORD.conditionsNotSatisfied) : answer(STATUS_WORD.ok, fetched);
      }
      case INS.terminalResponse: {
        const facts = this.#toolkit.respond(decodeTerminalResponse(command.data));
        return facts === undefined ? answer(STATUS_WORD.conditionsNotSatisfied) : this.#ended(facts);
      }
      default:
        return answer(STATUS_WORD.unknownCommand);
    }
  }

  /** ENVELOPE (SMS-PP DOWNLOAD): one message of a command packet (3GPP TS 31.111 §7.1.1). */
  #download(apdu: Uint8Array, conditions: CardConditions): Exchange {
    if (this.#toolkit.isBusy) return answer(STATUS_WORD.toolkitBusy);
    const tpdu = decodeDeliverTpdu(decodeSmsPpDownload(apdu).tpdu);
    if (tpdu.protocolId !== DATA_DOWNLOAD || !tpdu.hasUserDataHeader) return answer(STATUS_WORD.technicalProblem);
    try {
      const packet = this.#reassembly.add(tpdu.userData);
      return packet === undefined ? this.#ended([]) : this.#process(packet, { tpdu, conditions });
    } catch (cause) {
      if (!(cause instanceof DecodeError)) throw cause;
      // A packet without readable header: nothing says whether and how to answer it.
      const { iccid } = this.#memory.factory;
      return {
        ...answer(STATUS_WORD.technicalProblem),
        facts: [{ kind: 'packetRefused', iccid, status: 'securityError' }],
      };
    }
  }

  #process(packet: Uint8Array, { tpdu, conditions }: { tpdu: DeliverTpdu; conditions: CardConditions }): Exchange {
    const opened = openPacket(packet, {
      ...{ memory: this.#memory, keySet: this.#keySet },
      hasApplication: (tar) => applicationWith(tar) !== undefined,
    });
    const to = tpdu.originator;
    if (opened.kind === 'refused') {
      const { header, status, fact, isAuthentic } = opened;
      const isSigned = isAuthentic && !conditions.unsignedPor;
      this.#leave(leaving({ header, status, data: NO_DATA, isSigned }, this.#keySet), to);
      return this.#ended([fact]);
    }
    this.#script = new ScriptFacts(conditions);
    this.#script.add(opened.fact);
    const run = applicationWith(opened.header.tar);
    const outcome = run?.(opened.data, { memory: this.#memory, conditions, facts: this.#script });
    if (outcome !== undefined) this.#conclude(outcome, { command: opened, to, isSigned: !conditions.unsignedPor });
    return this.#ended(this.#script.facts);
  }

  #conclude(outcome: ApplicationOutcome, { command, to, isSigned }: Answering): void {
    const { header } = command;
    if (outcome.kind === 'done') {
      const { answer: data, refresh } = outcome;
      this.#leave(leaving({ header, status: 'porOk', data, isSigned }, this.#keySet), to);
      if (refresh) this.#toolkit.add({ kind: 'refresh' });
      return;
    }
    this.#leave(announcing({ header, isSigned }, this.#keySet), to);
    const script = this.#script;
    this.#toolkit.add({ kind: 'askYesOrNo', text: outcome.question }, ({ result, text }) => {
      this.#script = script;
      script.goOn();
      const { answer: data, refresh } = outcome.answered(result === RESULT.done && text?.[0] === 1);
      const messages = announcedBefore({ header, status: 'porOk', data, isSigned }, this.#keySet);
      this.#leave({ inReport: undefined, bySubmit: messages }, to);
      if (refresh) this.#toolkit.add({ kind: 'refresh' });
      return script.facts;
    });
  }

  /** The menu has one item: to ask for a change. */
  #menu(): Exchange {
    if (this.#toolkit.isBusy) return answer(STATUS_WORD.toolkitBusy);
    askForTarget(this.#toolkit, { memory: this.#memory, keySet: this.#keySet });
    return this.#ended([]);
  }

  /** A proof leaves before a REFRESH does: behind it, the device may be in another network. */
  #leave({ inReport, bySubmit }: LeavingProof, to: SmsAddress): void {
    this.#response = inReport ?? NO_DATA;
    for (const userData of bySubmit) this.#toolkit.add({ kind: 'sendShortMessage', tpdu: messageOfCard(userData, to) });
  }

  /** 61xx: so many octets wait for GET RESPONSE; 91xx: a command waits for FETCH (ETSI TS 102 221 §7.3.1.1.5, §7.4.2). */
  #ended(facts: readonly CardFact[], data: Uint8Array = NO_DATA): Exchange {
    if (this.#response.length > 0) return { ...answer(`61${octet(this.#response.length)}`, data), facts };
    const next = this.#toolkit.nextLength;
    return { ...answer(next === undefined ? STATUS_WORD.ok : `91${octet(next)}`, data), facts };
  }
}

interface Answering {
  readonly command: Command;
  readonly to: SmsAddress;
  readonly isSigned: boolean;
}

function answer(statusWord: string, data: Uint8Array = NO_DATA): Extract<Exchange, { kind: 'answered' }> {
  return { kind: 'answered', facts: [], data, statusWord };
}

const octet = (value: number): string => value.toString(16).padStart(2, '0');
