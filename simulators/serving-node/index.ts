import type { GsupMessage } from '../../telecom/gsup/message.ts';
import type { Imei } from '../../telecom/identifiers/imei.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { Msisdn } from '../../telecom/identifiers/msisdn.ts';
import type { Log } from '../support/log.ts';
import { AttachRefused, refusalOf } from './attach-refused.ts';
import { authenticate } from './authenticate.ts';
import type { GsupLink } from './gsup-link.ts';
import { HlrConnection } from './hlr-connection.ts';
import type { Usim } from './usim.ts';

export { AttachRefused, type AttachRefusal } from './attach-refused.ts';
export type { Usim, UsimAnswer } from './usim.ts';

export interface ServingNodeOptions {
  /** The HLR knows the node by it: no two nodes of one HLR have the same. */
  readonly name: string;
  readonly hlr: { readonly host: string; readonly port: number };
  /** The HLR took an attached subscriber's access away; it is detached by then. */
  readonly onCancelled?: (imsi: Imsi) => void;
  readonly log: Log;
}

/** An SGSN or MME, as an HLR sees it: any number of subscribers over one connection, one step at a time for each. */
export interface ServingNode {
  /**
   * Authenticates the card, tells the HLR the IMEI, and updates the location (3GPP TS 33.102 §6.3, TS 23.401 §5.3.2.1). Rejects with
   * AttachRefused, or another Error when the HLR can't be reached; both can be tried again.
   */
  attach(device: { readonly usim: Usim; readonly imei: Imei }): Promise<{ readonly msisdn: Msisdn }>;
  /** Tells the HLR that the subscriber is gone (PurgeMS); one that has left before is gone already. */
  detach(imsi: Imsi): Promise<void>;
  close(): Promise<void>;
}

/** Connects to the HLR, and goes on trying until it is closed. */
export function servingNode(options: ServingNodeOptions): ServingNode {
  return new GsupServingNode(options);
}

class GsupServingNode implements ServingNode {
  readonly #options: ServingNodeOptions;
  readonly #hlr: HlrConnection;
  /** Who has left, or was put out. A node that starts again does not know who is attached, and takes everybody for it. */
  readonly #gone = new Set<Imsi>();
  /** What InsertSubscriberData said, which comes while the location is updated. */
  readonly #msisdns = new Map<Imsi, Msisdn>();
  readonly #steps = new Map<Imsi, Promise<unknown>>();

  constructor(options: ServingNodeOptions) {
    this.#options = options;
    const { name, hlr, log } = options;
    this.#hlr = new HlrConnection({ name, hlr, log, onRequest: (message) => this.#answer(message) });
  }

  attach({ usim, imei }: { usim: Usim; imei: Imei }): Promise<{ msisdn: Msisdn }> {
    // Over the air the card may become another subscriber at any time; its keys then refuse the challenge of this one.
    const { imsi } = usim;
    const card: Usim = { imsi, authenticate: (rand, autn) => usim.authenticate(rand, autn) };
    return this.#inTurn(imsi, async (link) => {
      await authenticate(link, card);
      await this.#checkImei(link, { imsi, imei });
      return { msisdn: await this.#updateLocation(link, imsi) };
    });
  }

  async detach(imsi: Imsi): Promise<void> {
    await this.#inTurn(imsi, async (link) => {
      if (this.#gone.has(imsi)) return;
      this.#gone.add(imsi);
      const answer = await link.request('purgeMs', { kind: 'purgeMsRequest', imsi, cnDomain: 'ps' });
      if (answer.kind === 'purgeMsError') this.#options.log(`the HLR did not purge ${imsi}: cause ${answer.cause}`);
    });
  }

  async close(): Promise<void> {
    await this.#hlr.close();
  }

  /** Runs steps of one subscriber one after the other, since answers are told apart by the IMSI alone. */
  async #inTurn<Result>(imsi: Imsi, step: (link: GsupLink) => Promise<Result>): Promise<Result> {
    const earlier = this.#steps.get(imsi) ?? Promise.resolve();
    const result = earlier.then(async () => step(await this.#hlr.link()));
    // Whoever asked hears of a failure; for the next in turn it is only the end of the step.
    const end = result.then(
      () => undefined,
      () => undefined,
    );
    this.#steps.set(imsi, end);
    try {
      return await result;
    } finally {
      if (this.#steps.get(imsi) === end) this.#steps.delete(imsi);
    }
  }

  async #checkImei(link: GsupLink, { imsi, imei }: { imsi: Imsi; imei: Imei }): Promise<void> {
    const answer = await link.request('checkImei', { kind: 'checkImeiRequest', imsi, imei });
    if (answer.kind === 'checkImeiResult') {
      if (!answer.accepted) throw new AttachRefused(imsi, 'barred');
      return;
    }
    const refusal = refusalOf(answer.cause);
    if (refusal !== undefined) throw new AttachRefused(imsi, refusal);
    this.#options.log(`the HLR does not take the IMEI of ${imsi}: cause ${answer.cause}`);
  }

  async #updateLocation(link: GsupLink, imsi: Imsi): Promise<Msisdn> {
    this.#msisdns.delete(imsi);
    const answer = await link.request('updateLocation', { kind: 'updateLocationRequest', imsi, cnDomain: 'ps' });
    if (answer.kind === 'updateLocationError') {
      const refusal = refusalOf(answer.cause);
      if (refusal !== undefined) throw new AttachRefused(imsi, refusal);
      throw new Error(`the HLR did not take the location of ${imsi}: cause ${answer.cause}`);
    }
    const msisdn = this.#msisdns.get(imsi);
    this.#msisdns.delete(imsi);
    if (msisdn === undefined) throw new Error(`the HLR has no MSISDN for ${imsi}`);
    this.#gone.delete(imsi);
    return msisdn;
  }

  #answer(message: GsupMessage): void {
    const { kind, imsi } = message;
    if (kind === 'insertDataRequest') {
      if (message.msisdn !== undefined) this.#msisdns.set(imsi, message.msisdn);
      this.#hlr.send({ kind: 'insertDataResult', imsi });
    } else if (kind === 'deleteDataRequest') {
      this.#hlr.send({ kind: 'deleteDataResult', imsi });
      this.#cancel(imsi);
    } else if (kind === 'locationCancelRequest') {
      this.#hlr.send({ kind: 'locationCancelResult', imsi });
      this.#cancel(imsi);
    } else {
      this.#options.log(`${this.#options.name} does not expect ${kind} from the HLR`);
    }
  }

  /** An HLR may say it more than once, for each of its domains. */
  #cancel(imsi: Imsi): void {
    if (this.#gone.has(imsi)) return;
    this.#gone.add(imsi);
    this.#options.onCancelled?.(imsi);
  }
}
