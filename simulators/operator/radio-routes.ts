import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { milenage } from '../../telecom/milenage.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { OctetWriter } from '../../telecom/octets/writer.ts';
import { Problem, type Answer, type Route } from '../support/http-server.ts';
import { imeiSchema, imsiSchema } from '../support/identifier-schemas.ts';
import { requested } from '../support/requested.ts';
import { subscriberKeys } from '../support/subscriber-keys.ts';
import type { Network } from './network.ts';
import { hlrDown } from './provisioning-routes.ts';
import type { Subscriber } from './subscribers.ts';

const RAND_OCTETS = 16;
/** The "separation bit" is 1 for E-UTRAN (3GPP TS 33.401 §6.1.2). */
const AMF = Uint8Array.of(0x80, 0x00);
/** SQN is SEQ and 5 bits of IND, which stay 0: one authentication centre, one array element (3GPP TS 33.102 C.1.1.1). */
const SEQ_STEP = 32;
const SQN_OCTETS = 6;

const ChallengeRequest = z.object({ imsi: imsiSchema });
const AttachRequest = z.object({ imsi: imsiSchema, rand: z.string(), res: z.string(), imei: imeiSchema });

/** The side of the HLR and authentication centre that serving networks use; here the simulated devices call it themselves. */
export function radioRoutes(network: Network): Route[] {
  const challenges = new AuthenticationCentre(network);
  return [
    {
      method: 'POST',
      path: '/radio/challenge',
      handle: ({ body }) => {
        const { imsi } = requested(ChallengeRequest, body);
        reachable(network);
        return ok(challenges.issue(subscriberOf(network, imsi).imsi));
      },
    },
    {
      method: 'POST',
      path: '/radio/attach',
      handle: ({ body }) => attach(network, { challenges, request: requested(AttachRequest, body) }),
    },
    {
      method: 'POST',
      path: '/radio/detach',
      handle: ({ body }) => {
        const { imsi } = requested(ChallengeRequest, body);
        reachable(network);
        if (network.subscribers.subscriber(imsi)?.attached === true) network.record({ kind: 'detached', imsi });
        return ok({ imsi });
      },
    },
  ];
}

interface Attach {
  readonly challenges: AuthenticationCentre;
  readonly request: z.infer<typeof AttachRequest>;
}

function attach(network: Network, { challenges, request: { imsi, rand, res, imei } }: Attach): Answer {
  reachable(network);
  const { msisdn, state, attached, locationUpdate } = subscriberOf(network, imsi);
  const expected = challenges.take(imsi, rand);
  if (expected === undefined) {
    // Not a refusal: a device that asks for a new challenge gets in.
    throw new Problem({
      status: 409,
      code: 'CHALLENGE_UNKNOWN',
      detail: 'the challenge was not given out, or was used before',
    });
  }
  if (expected !== res) {
    network.record({ kind: 'authenticationFailed', imsi, imei });
    throw refusal('AUTHENTICATION_FAILED', 'RES is not the one that the authentication centre expects');
  }
  if (state !== 'reserved' && state !== 'active') throw refusal('ATTACH_REFUSED', `the subscriber is ${state}`);
  // A device that repeats its update because the answer was lost changes nothing, so nothing is told again.
  if (!attached || locationUpdate?.imei !== imei) network.record({ kind: 'locationUpdated', imsi, imei });
  return ok({ imsi, msisdn, plmn: network.plmn });
}

/** Gives out challenges and knows the answers; a restart forgets those in use, and devices ask again. */
class AuthenticationCentre {
  readonly #network: Network;
  readonly #expected = new Map<Imsi, { rand: string; res: string }>();
  #lastSeq = 0;

  constructor(network: Network) {
    this.#network = network;
  }

  issue(imsi: Imsi): { rand: string; autn: string } {
    const algorithm = milenage(subscriberKeys(this.#network.seed, imsi));
    const rand = new Uint8Array(randomBytes(RAND_OCTETS));
    this.#expected.set(imsi, { rand: toHex(rand), res: toHex(algorithm.f2345(rand).res) });
    return { rand: toHex(rand), autn: toHex(algorithm.autn({ rand, sqn: this.#nextSqn(), amf: AMF })) };
  }

  /** RES of a challenge that was given out and not used yet. */
  take(imsi: Imsi, rand: string): string | undefined {
    const expected = this.#expected.get(imsi);
    if (expected?.rand !== rand.toLowerCase()) return undefined;
    this.#expected.delete(imsi);
    return expected.res;
  }

  /** SEQ is the clock, so that it goes up over restarts without being stored (3GPP TS 33.102 C.1.1.3). */
  #nextSqn(): Uint8Array {
    this.#lastSeq = Math.max(this.#lastSeq + 1, Date.now());
    return new OctetWriter().appendUint(this.#lastSeq * SEQ_STEP, SQN_OCTETS).toOctets();
  }
}

function reachable({ faults }: Network): void {
  if (faults.plan.down === true) throw hlrDown();
}

function subscriberOf({ subscribers }: Network, imsi: Imsi): Subscriber {
  const subscriber = subscribers.subscriber(imsi);
  if (subscriber === undefined || subscriber.state === 'deleted') {
    throw new Problem({ status: 404, code: 'SUBSCRIBER_UNKNOWN', detail: 'the HLR has no such subscriber' });
  }
  return subscriber;
}

function refusal(code: string, detail: string): Problem {
  return new Problem({ status: 403, code, detail });
}

function ok(body: object): Answer {
  return { status: 200, body };
}
