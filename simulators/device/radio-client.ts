import { Agent, request } from 'node:http';
import { z } from 'zod';
import type { Imei } from '../../telecom/identifiers/imei.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { Msisdn } from '../../telecom/identifiers/msisdn.ts';
import { fromHex, toHex } from '../../telecom/octets/hex.ts';
import { msisdnSchema } from '../support/identifier-schemas.ts';

const PATIENCE_MS = 5_000;

const ChallengeAnswer = z.object({ rand: z.string(), autn: z.string() });
const AttachAnswer = z.object({ msisdn: msisdnSchema });

export interface NetworkChallenge {
  readonly rand: Uint8Array;
  readonly autn: Uint8Array;
}

interface AttachRequest {
  readonly imsi: Imsi;
  readonly rand: Uint8Array;
  readonly res: Uint8Array;
  readonly imei: Imei;
}

/** The network answered, and does not let the device in. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;

  constructor(path: string, status: number) {
    super(`${path} answered ${String(status)}`);
    this.status = status;
  }
}

/** The radio side of the operators, as devices see it. Rejects with HttpRefusal when the network says no. */
export class RadioClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  async challenge(radioUrl: string, imsi: Imsi): Promise<NetworkChallenge> {
    const { rand, autn } = ChallengeAnswer.parse(await this.#post(new URL('/radio/challenge', radioUrl), { imsi }));
    return { rand: fromHex(rand, 'RAND'), autn: fromHex(autn, 'AUTN') };
  }

  async attach(radioUrl: string, { imsi, rand, res, imei }: AttachRequest): Promise<{ msisdn: Msisdn }> {
    const body = { imsi, rand: toHex(rand), res: toHex(res), imei };
    return AttachAnswer.parse(await this.#post(new URL('/radio/attach', radioUrl), body));
  }

  async detach(radioUrl: string, imsi: Imsi): Promise<void> {
    await this.#post(new URL('/radio/detach', radioUrl), { imsi });
  }

  close(): void {
    this.#agent.destroy();
  }

  async #post(url: URL, body: object): Promise<unknown> {
    return JSON.parse(await this.#exchange(url, body));
  }

  #exchange(url: URL, body: object): Promise<string> {
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    return new Promise((resolve, reject) => {
      const call = request(url, { method: 'POST', agent: this.#agent, headers, timeout: PATIENCE_MS }, (response) => {
        let answer = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          answer += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          const status = response.statusCode ?? 0;
          if (status === 200) resolve(answer);
          else if (status === 403 || status === 404) reject(new HttpRefusal(url.pathname, status));
          else reject(new Error(`${url.pathname} answered ${String(status)}`));
        });
      });
      call.on('timeout', () => call.destroy(new Error(`${url.pathname} was not answered in time`)));
      call.on('error', reject);
      call.end(text);
    });
  }
}
