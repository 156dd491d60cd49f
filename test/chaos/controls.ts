import { request } from 'undici';
import type { Config } from '../../temporal.config.ts';
import type { SubscriberKeys } from '../support/running-system.ts';
import type { Element } from './plan.ts';

/** Something that happened at a simulator. */
export interface Effect {
  readonly at: string;
  readonly kind: string;
  readonly imsi?: string;
  readonly iccid?: string;
  readonly cntr?: number;
  readonly digest?: string;
}

export interface SimulatedSubscriber {
  readonly imsi: string;
  readonly state: 'provisioned' | 'active' | 'barred' | 'deleted';
  readonly attached: boolean;
}

/** The control sides of the simulators. A simulator that was killed is asked again until it is back. */
export class Controls {
  readonly #ports: Readonly<Record<Element, number>>;

  constructor({ settings }: Config) {
    this.#ports = {
      'operator-1': settings.SIMULATOR_OPERATOR_1_HLR_PORT,
      'operator-2': settings.SIMULATOR_OPERATOR_2_HLR_PORT,
      smsc: settings.SIMULATOR_SMSC_CONTROL_PORT,
    };
  }

  setFaults(element: Element, plan: object): Promise<unknown> {
    return this.#ask(element, { method: 'PUT', path: '/simulator/faults', body: JSON.stringify(plan) });
  }

  effects(element: Element): Promise<Effect[]> {
    return this.#ask(element, { method: 'GET', path: '/simulator/effects' }) as Promise<Effect[]>;
  }

  subscribers(element: 'operator-1' | 'operator-2'): Promise<SimulatedSubscriber[]> {
    return this.#ask(element, { method: 'GET', path: '/simulator/subscribers' }) as Promise<SimulatedSubscriber[]>;
  }

  /** What the operator’s own people do at their HLR. */
  setKeys(element: 'operator-1' | 'operator-2', imsi: string, keys: SubscriberKeys): Promise<unknown> {
    const path = `/management/subscribers/${imsi}/keys`;
    return this.#ask(element, { method: 'PUT', path, body: JSON.stringify(keys) });
  }

  async device(
    iccid: string,
  ): Promise<{ readonly iccid: string; readonly imsi: string | null; readonly attached: boolean }> {
    const device = await this.#ask('smsc', { method: 'GET', path: `/simulator/devices/${iccid}` });
    return device as { iccid: string; imsi: string | null; attached: boolean };
  }

  powerCycle(iccid: string): Promise<unknown> {
    return this.#ask('smsc', { method: 'POST', path: `/simulator/devices/${iccid}/power-cycle` });
  }

  async #ask(
    element: Element,
    { method, path, body }: { method: 'GET' | 'PUT' | 'POST'; path: string; body?: string },
  ): Promise<unknown> {
    const url = `http://127.0.0.1:${String(this.#ports[element])}${path}`;
    return untilAnswered(async () => {
      const answer = await request(url, {
        method,
        ...(body !== undefined && { body, headers: { 'content-type': 'application/json' } }),
      });
      const text = await answer.body.text();
      if (answer.statusCode >= 300) throw new Error(`${method} ${url} answers ${String(answer.statusCode)}: ${text}`);
      return text === '' ? undefined : (JSON.parse(text) as unknown);
    });
  }
}

const ANSWERS_WITHIN_MS = 60_000;
const PAUSE_MS = 500;

/** Repeats what fails while something is down; fails with its last failure. */
export async function untilAnswered<Answer>(ask: () => Promise<Answer>, withinMs = ANSWERS_WITHIN_MS): Promise<Answer> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    try {
      return await ask();
    } catch (cause) {
      if (Date.now() > deadline) throw cause;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
