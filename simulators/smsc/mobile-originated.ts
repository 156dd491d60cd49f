import { toHex } from '../../telecom/octets/hex.ts';
import { decodeSubmitTpdu } from '../../telecom/sms/submit-tpdu.ts';
import type { Device } from '../device/fleet.ts';
import { isAnswerOfCard } from './deliveries.ts';
import type { Fact, NewFact, Record } from './facts.ts';
import type { SmscFaults } from './faults.ts';

interface OriginatedOptions {
  readonly idPrefix: string;
  readonly faults: SmscFaults;
  readonly record: Record;
}

/** Takes what devices send, and has it delivered to an ESME: all their messages go to whoever is bound. */
export class MobileOriginated {
  readonly #options: OriginatedOptions;
  #taken = 0;

  constructor(options: OriginatedOptions) {
    this.#options = options;
  }

  apply(fact: Fact): void {
    if (fact.kind === 'originated') this.#taken += 1;
  }

  /** Takes an SMS-SUBMIT, durably; false from a device that is in no network. */
  take({ iccid, registration }: Device, tpdu: Uint8Array): boolean {
    if (registration === undefined) return false;
    const { destination, userData } = decodeSubmitTpdu(tpdu);
    const { idPrefix, faults, record } = this.#options;
    const messageId = `${idPrefix}-mo-${String(this.#taken + 1)}`;
    const originated: NewFact = { kind: 'originated', messageId, iccid, destination: destination.digits };
    const octets = toHex(userData);
    if (faults.plan.dropPor === true && isAnswerOfCard(octets)) {
      record(originated);
      return true;
    }
    record(originated, {
      ...{ kind: 'deliveryQueued', deliveryId: messageId },
      delivery: {
        ...{ kind: 'message', source: registration.msisdn, destination: destination.digits },
        userData: octets,
      },
    });
    return true;
  }
}
