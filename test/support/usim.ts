import type { Usim, UsimAnswer } from '../../simulators/serving-node/index.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { milenage, type MilenageKeys } from '../../telecom/milenage.ts';
import { fromHex, toHex } from '../../telecom/octets/hex.ts';

/** A USIM that takes only a higher sequence number than its last, and can be set ahead of its authentication centre. */
export class TestUsim implements Usim {
  readonly imsi: Imsi;
  readonly #keys: MilenageKeys;
  #highestSqn: number;

  constructor({ imsi, keys, highestSqn = 0 }: { imsi: Imsi; keys: MilenageKeys; highestSqn?: number }) {
    this.imsi = imsi;
    this.#keys = keys;
    this.#highestSqn = highestSqn;
  }

  authenticate(rand: Uint8Array, autn: Uint8Array): UsimAnswer {
    const algorithm = milenage(this.#keys);
    const opened = algorithm.openAutn(rand, autn);
    if (opened === undefined) return { kind: 'macFailure' };
    const sqn = parseInt(toHex(opened.sqn), 16);
    if (sqn <= this.#highestSqn) {
      return { kind: 'synchronisationFailure', auts: algorithm.auts({ rand, sqn: sqnOctets(this.#highestSqn) }) };
    }
    this.#highestSqn = sqn;
    return { kind: 'res', res: algorithm.f2345(rand).res };
  }
}

/** A sequence number in its 6 octets. */
export const sqnOctets = (sqn: number): Uint8Array => fromHex(sqn.toString(16).padStart(12, '0'), 'SQN');
