import { timingSafeEqual } from 'node:crypto';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { Msisdn } from '../../telecom/identifiers/msisdn.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import type { Secret } from '../../telecom/secret.ts';
import { HlrError, type Hlr, type HlrSubscriber } from '../hlr.ts';
import { ControlClient } from './control-client.ts';
import { readShownSubscriber } from './shown-subscriber.ts';
import { VtyClient } from './vty-client.ts';

/** What osmo-hlr 1.5.0 says; its sentences are all it tells refusals apart by. */
const ALREADY_THERE = 'Subscriber already exists.';
const NOT_THERE = ['No such subscriber.', "Subscriber doesn't exist."];
const MSISDN_TAKEN = 'Update MSISDN failed';
const VTY_NOT_THERE = /^% No subscriber for/;
const VTY_REFUSAL = /^%/;
const NO_KEYS = 'none';
/** Algorithm, K, kind of the operator's variant, and the variant; behind them is how many bits the index has. */
const KEY_FIELDS = 4;

/** Where it listens unless it is told otherwise. */
export const DEFAULT_PORTS = { vty: 4258, ctrl: 4259 } as const;

export interface OsmoHlrOptions {
  readonly host: string;
  readonly ctrlPort?: number;
  readonly vtyPort?: number;
}

type NewSubscriber = Parameters<Hlr['create']>[0];

/**
 * osmo-hlr by its control interface, and by its terminal for what has to reach the serving node (OsmoHLR manual). Neither has a
 * password: both belong on the loopback of the gateway's machine, or into a tunnel to it.
 */
export function osmoHlr({ host, ctrlPort = DEFAULT_PORTS.ctrl, vtyPort = DEFAULT_PORTS.vty }: OsmoHlrOptions): Hlr {
  return new OsmoHlr(new ControlClient({ host, port: ctrlPort }), new VtyClient({ host, port: vtyPort }));
}

class OsmoHlr implements Hlr {
  readonly #control: ControlClient;
  readonly #vty: VtyClient;

  constructor(control: ControlClient, vty: VtyClient) {
    this.#control = control;
    this.#vty = vty;
  }

  /** The keys come last: with them the subscriber can attach, and by then it is whole. */
  async create(subscriber: NewSubscriber): Promise<void> {
    const { imsi, msisdn } = subscriber;
    const keys = await this.#keys(imsi);
    if (keys !== undefined && keys !== NO_KEYS) {
      if (!isSame(keys, subscriber)) throw new HlrError('collision', `osmo-hlr has other keys under IMSI ${imsi}`);
      await this.#setMsisdn(imsi, msisdn);
      return;
    }
    await this.#refuseTakenMsisdn(imsi, msisdn);
    if (keys === undefined) await this.#add(imsi);
    await this.#setMsisdn(imsi, msisdn);
    // Setting the same keys again would set the sequence number back, and the card would find every challenge stale.
    const set = await this.#control.set(of(imsi, 'aud3g'), keysOf(subscriber));
    if (set.kind === 'error') throw new HlrError('refused', `osmo-hlr does not take the keys of IMSI ${imsi}`);
  }

  bar(imsi: Imsi): Promise<void> {
    return this.#allow(imsi, 'none');
  }

  unbar(imsi: Imsi): Promise<void> {
    return this.#allow(imsi, 'cs+ps');
  }

  async remove(imsi: Imsi): Promise<void> {
    try {
      // Deleting tells the serving node nothing.
      await this.bar(imsi);
    } catch (cause) {
      if (cause instanceof HlrError && cause.kind === 'unknown') return;
      throw cause;
    }
    const answer = await this.#control.set('subscriber.delete', imsi);
    if (answer.kind === 'error' && !NOT_THERE.includes(answer.reason)) throw refused(imsi, answer.reason);
  }

  async subscriber(imsi: Imsi): Promise<HlrSubscriber | undefined> {
    const lines = await this.#vty.run(`subscriber imsi ${imsi} show`);
    if (lines.some((line) => VTY_NOT_THERE.test(line))) return undefined;
    return readShownSubscriber(imsi, lines);
  }

  async close(): Promise<void> {
    await Promise.all([this.#control.close(), this.#vty.close()]);
  }

  /** `MILENAGE,K,OPC,OPc,5`; nothing for an unknown subscriber. */
  async #keys(imsi: Imsi): Promise<string | undefined> {
    const answer = await this.#control.get(of(imsi, 'aud3g'));
    if (answer.kind === 'value') return answer.value;
    if (NOT_THERE.includes(answer.reason)) return undefined;
    throw refused(imsi, answer.reason);
  }

  async #refuseTakenMsisdn(imsi: Imsi, msisdn: Msisdn): Promise<void> {
    const answer = await this.#control.get(`subscriber.by-msisdn-${msisdn}.info`);
    const [, owner] = (answer.kind === 'value' && /^imsi\t(\d+)$/m.exec(answer.value)) || [];
    if (owner !== undefined && owner !== imsi) throw takenMsisdn(imsi, msisdn);
  }

  async #add(imsi: Imsi): Promise<void> {
    const answer = await this.#control.set('subscriber.create', imsi);
    if (answer.kind === 'error' && answer.reason !== ALREADY_THERE) throw refused(imsi, answer.reason);
  }

  async #setMsisdn(imsi: Imsi, msisdn: Msisdn): Promise<void> {
    const present = await this.#control.get(of(imsi, 'msisdn'));
    if (present.kind === 'value' && present.value === msisdn) return;
    const answer = await this.#control.set(of(imsi, 'msisdn'), msisdn);
    if (answer.kind === 'value') return;
    throw answer.reason === MSISDN_TAKEN ? takenMsisdn(imsi, msisdn) : refused(imsi, answer.reason);
  }

  /** At the terminal, since it tells the serving node, which the control interface does not; said again, it is told again. */
  async #allow(imsi: Imsi, domains: 'none' | 'cs+ps'): Promise<void> {
    const lines = await this.#vty.run(`subscriber imsi ${imsi} update network-access-mode ${domains}`);
    if (lines.some((line) => VTY_NOT_THERE.test(line))) {
      throw new HlrError('unknown', `osmo-hlr does not know IMSI ${imsi}`);
    }
    const refusal = lines.find((line) => VTY_REFUSAL.test(line));
    if (refusal !== undefined) throw refused(imsi, refusal.replace(/^% */, ''));
  }
}

const of = (imsi: Imsi, variable: string): string => `subscriber.by-imsi-${imsi}.${variable}`;

const hexOf = (key: Secret<Uint8Array>): string => toHex(key.reveal());

const keysOf = ({ k, opc }: Pick<NewSubscriber, 'k' | 'opc'>): string => `milenage,${hexOf(k)},opc,${hexOf(opc)}`;

function isSame(keys: string, { k, opc }: NewSubscriber): boolean {
  const present = Buffer.from(keys.toLowerCase().split(',').slice(0, KEY_FIELDS).join());
  const wanted = Buffer.from(keysOf({ k, opc }));
  return present.length === wanted.length && timingSafeEqual(present, wanted);
}

const takenMsisdn = (imsi: Imsi, msisdn: Msisdn): HlrError =>
  new HlrError('collision', `osmo-hlr has MSISDN ${msisdn} under another IMSI than ${imsi}`);

const refused = (imsi: Imsi, reason: string): HlrError =>
  new HlrError('refused', `osmo-hlr refused the command about IMSI ${imsi}: ${reason}`);
