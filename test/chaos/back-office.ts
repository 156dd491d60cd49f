import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import { subscriberKeys } from '../../simulators/support/subscriber-keys.ts';
import { parseImsi } from '../../telecom/identifiers/imsi.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { demoOperators } from '../../workers/demo-network.ts';
import type { OtherKeyFact } from '../../services/reconciliation/facts.ts';
import type { Resources } from '../../workers/resources.ts';
import type { SubscriberKeys } from '../support/running-system.ts';
import type { Controls } from './controls.ts';

const ROUND_MS = 2_000;
/** How support is told of a card that may have taken what it has not answered. */
const MAY_BE_WHOLE = 'since it was written again there';

/** A torn card that may be let in with its old key. */
interface Torn {
  readonly changeId: string;
  readonly source: 'operator-1' | 'operator-2';
  readonly target: 'operator-1' | 'operator-2';
  readonly sourceImsi: string;
  readonly targetImsi: string;
  readonly k: Buffer;
  readonly opc: Buffer;
}

/** A target that has another key than its own for a while. */
interface Repair extends Pick<Torn, 'target' | 'targetImsi'> {
  readonly own: SubscriberKeys;
  readonly from: string;
}

/**
 * The people of both operators, who repair torn cards at the HLR of the target (docs/operations.md, "A torn card"): it takes the old key
 * until the card has proven that it was written again. They know the old key of cards that came with it from the factory.
 */
export class BackOffice {
  readonly #resources: Resources;
  readonly #controls: Controls;
  readonly #open = new Map<string, Repair>();
  readonly #ended: OtherKeyFact[] = [];

  constructor(resources: Resources, controls: Controls) {
    this.#resources = resources;
    this.#controls = controls;
  }

  /** When which subscriber had another key. */
  get otherKeys(): readonly OtherKeyFact[] {
    return [...this.#ended, ...[...this.#open.values()].map(({ targetImsi: imsi, from }) => ({ imsi, from }))];
  }

  /** Makes its rounds until it is told to stop; what fails in one is done in the next. */
  async work(signal: AbortSignal, say: (line: string) => void): Promise<void> {
    while (!signal.aborted) {
      await this.#round().catch((cause: unknown) => {
        say(`the operators could not repair: ${cause instanceof Error ? cause.message : String(cause)}`);
      });
      await delay(ROUND_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #round(): Promise<void> {
    for (const torn of await this.#torn()) {
      if (this.#open.has(torn.changeId)) continue;
      const own = { k: await this.#opened(torn, 'k'), opc: await this.#opened(torn, 'opc') };
      const { changeId, target, targetImsi } = torn;
      // From before it is asked for, until it is asked for again.
      this.#open.set(changeId, { target, targetImsi, own, from: new Date().toISOString() });
      await this.#controls.setKeys(target, targetImsi, this.#factoryKeys(torn));
    }
    for (const changeId of await this.#over()) {
      const repair = this.#open.get(changeId);
      if (repair === undefined) continue;
      const { target, targetImsi: imsi, own, from } = repair;
      const until = new Date().toISOString();
      await this.#controls.setKeys(target, imsi, own);
      this.#open.delete(changeId);
      this.#ended.push({ imsi, from, until });
    }
  }

  async #torn(): Promise<Torn[]> {
    const { rows } = await sql<Torn>`
      select change.change_id as "changeId", change.source, change.target, change.source_imsi as "sourceImsi",
        reservation.imsi as "targetImsi", reservation.sealed_k as k, reservation.sealed_opc as opc
      from changes change join reservations reservation using (change_id)
      where change.state = 'torn' and not change.ended and reservation.sealed_k is not null
        and not exists (select from reservations earlier where earlier.imsi = change.source_imsi)
        and exists (select from timeline where change_id = change.change_id and data ? 'torn')`.execute(
      this.#resources.database,
    );
    return rows;
  }

  /**
   * The changes under repair whose card has proven that it holds the whole, or may hold it and fails since, or that went on in another way.
   */
  async #over(): Promise<string[]> {
    const { rows } = await sql<{ changeId: string; isOver: boolean; failedAt: Date | null }>`
      select change_id as "changeId", state <> 'torn' or exists (
          select from packets where packets.change_id = change.change_id and purpose in ('write', 'rewrite')
            and por_status = 'porOk' and por_status_word ~ '^9') as "isOver",
        (select max(at) from timeline where change_id = change.change_id and cause like ${`%${MAY_BE_WHOLE}%`}) as "failedAt"
      from changes change where change_id = any(${[...this.#open.keys()]}::uuid[])`.execute(this.#resources.database);
    return rows
      .filter(({ changeId, isOver, failedAt }) => {
        const { from = '' } = this.#open.get(changeId) ?? {};
        return isOver || (failedAt !== null && failedAt.getTime() > Date.parse(from));
      })
      .map(({ changeId }) => changeId);
  }

  async #opened({ changeId, ...sealed }: Torn, name: 'k' | 'opc'): Promise<string> {
    const place = { table: 'reservations', column: `sealed_${name}`, row: changeId };
    return toHex((await this.#resources.vault.open(sealed[name], place)).reveal());
  }

  #factoryKeys({ source, sourceImsi }: Torn): SubscriberKeys {
    const seed = demoOperators(this.#resources.config.settings).find(({ id }) => id === source)?.seed ?? '';
    const { k, opc } = subscriberKeys(seed, parseImsi(sourceImsi));
    return { k: toHex(k.reveal()), opc: toHex(opc.reveal()) };
  }
}
