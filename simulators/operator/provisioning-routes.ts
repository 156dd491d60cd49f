import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { parseImsi, type Imsi } from '../../telecom/identifiers/imsi.ts';
import { parseMsisdn, type Msisdn } from '../../telecom/identifiers/msisdn.ts';
import { toHex } from '../../telecom/octets/hex.ts';
import { Problem, type Answer, type Call, type Route } from '../support/http-server.ts';
import { iccidSchema, imsiSchema } from '../support/identifier-schemas.ts';
import { requested } from '../support/requested.ts';
import { subscriberKeys } from '../support/subscriber-keys.ts';
import type { Network } from './network.ts';
import type { Subscriber } from './subscribers.ts';

const RETRY_AFTER_SECONDS = 1;
/** MSINs of the pool begin with it, those of the cards file with 0. */
const POOL_MARK = '9';
const MSIN_DIGITS = 15;

const ReservationRequest = z.object({ iccid: iccidSchema });
const ConsentRequest = z.object({ iccid: iccidSchema, imsi: imsiSchema, targetOperator: z.string().min(1) });

/** The provisioning API of an operator. Every call may be repeated; a repetition changes nothing and gets the same answer. */
export function provisioningRoutes(network: Network): Route[] {
  const routes: Route[] = [
    { method: 'PUT', path: '/v1/reservations/:changeId', handle: (call) => reserve(network, call) },
    { method: 'GET', path: '/v1/reservations/:changeId', handle: (call) => showReservation(network, call) },
    { method: 'POST', path: '/v1/reservations/:changeId/withdraw', handle: (call) => withdraw(network, call) },
    { method: 'GET', path: '/v1/subscribers/:imsi', handle: (call) => showSubscriber(network, call) },
    { method: 'PUT', path: '/v1/subscribers/:imsi/bar', handle: (call) => bar(network, call) },
    { method: 'DELETE', path: '/v1/subscribers/:imsi', handle: (call) => remove(network, call) },
    { method: 'POST', path: '/v1/consents/:changeId', handle: (call) => askConsent(network, call) },
  ];
  return routes.map((route) => underFaults(network, route));
}

function underFaults({ faults }: Network, route: Route): Route {
  return {
    ...route,
    handle: async (call) => {
      if (faults.plan.delayMs !== undefined) await wait(faults.plan.delayMs, undefined, { ref: false });
      if (faults.failsThisCall()) throw hlrDown();
      const answer = await route.handle(call);
      return faults.losesThisAnswer() ? { ...answer, lost: true } : answer;
    },
  };
}

/** The HLR does not answer at present. */
export function hlrDown(): Problem {
  const detail = 'the HLR is down; nothing was changed';
  return new Problem({ status: 503, code: 'HLR_DOWN', detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
}

function reserve(network: Network, { params, body }: Call): Answer {
  const changeId = changeIdOf(params);
  const { iccid } = requested(ReservationRequest, body);
  const known = network.subscribers.reservation(changeId);
  if (known?.kind === 'withdrawn') {
    throw refusal('RESERVATION_WITHDRAWN', 'this change has withdrawn its reservation; nothing is reserved again', 410);
  }
  if (known !== undefined && known.iccid !== iccid) {
    throw refusal('CHANGE_ID_REUSED', 'this change has reserved a subscriber for another card');
  }
  const subscriber = subscriberOf(network, known?.imsi ?? reserveNext(network, { changeId, iccid }));
  if (subscriber.state !== 'reserved') {
    throw refusal(
      'RESERVATION_USED',
      `the reserved subscriber is ${subscriber.state}; its keys are not given out again`,
    );
  }
  const { k, opc } = subscriberKeys(network.seed, subscriber.imsi);
  return ok({ ...reservationView(changeId, subscriber), k: toHex(k.reveal()), opc: toHex(opc.reveal()) });
}

function reserveNext(
  network: Network,
  { changeId, iccid }: { changeId: string; iccid: z.infer<typeof iccidSchema> },
): Imsi {
  const { subscribers, poolSize, faults, plmn } = network;
  const number = subscribers.reservedSoFar + 1;
  if (number > poolSize || faults.plan.poolEmpty === true) {
    throw refusal('POOL_EMPTY', 'the operator has no IMSI left to give');
  }
  const imsi = parseImsi(plmn + POOL_MARK + String(number).padStart(MSIN_DIGITS - plmn.length - 1, '0'));
  network.record({ kind: 'reserved', changeId, iccid, imsi, msisdn: poolMsisdn(plmn, number) });
  return imsi;
}

/** 999 is no country code in use; then the last two digits of the network, as in the cards file. */
function poolMsisdn(plmn: string, number: number): Msisdn {
  return parseMsisdn(`999${plmn.slice(-2)}${POOL_MARK}${String(number).padStart(7, '0')}`);
}

function showReservation(network: Network, { params }: Call): Answer {
  const changeId = changeIdOf(params);
  const imsi = network.subscribers.reservation(changeId)?.imsi;
  if (imsi === undefined) throw refusal('RESERVATION_UNKNOWN', 'nothing is reserved for this change', 404);
  return ok(reservationView(changeId, subscriberOf(network, imsi)));
}

function withdraw(network: Network, { params }: Call): Answer {
  const changeId = changeIdOf(params);
  const known = network.subscribers.reservation(changeId);
  if (known === undefined) network.record({ kind: 'withdrawn', changeId });
  if (known?.imsi === undefined) return ok({ state: 'neverReserved' });
  const { state, locationUpdate } = subscriberOf(network, known.imsi);
  if (state === 'quarantined') return ok({ state });
  if (locationUpdate !== null || state === 'deleted') {
    throw refusal('SUBSCRIBER_ATTACHED', 'a card has attached with the reserved IMSI; it is not withdrawn');
  }
  network.record({ kind: 'withdrawn', changeId, imsi: known.imsi });
  return ok({ state: 'quarantined' });
}

function showSubscriber(network: Network, { params }: Call): Answer {
  const { imsi, state, attached, locationUpdate } = subscriberOf(network, params['imsi'] ?? '');
  return ok({ imsi, state, attached, locationUpdate });
}

function bar(network: Network, { params }: Call): Answer {
  refuseReleaseIfPlanned(network);
  const { imsi, state } = subscriberOf(network, params['imsi'] ?? '');
  if (state === 'reserved' || state === 'active') network.record({ kind: 'barred', imsi });
  return { status: 204 };
}

function remove(network: Network, { params }: Call): Answer {
  refuseReleaseIfPlanned(network);
  const { imsi, state } = subscriberOf(network, params['imsi'] ?? '');
  if (state === 'deleted') return { status: 204 };
  if (state === 'quarantined')
    throw refusal('IN_QUARANTINE', 'a withdrawn IMSI stays barred until its quarantine ends');
  if (state !== 'barred')
    throw refusal('NOT_BARRED', `the subscriber is ${state}; it has to be barred before it is deleted`);
  network.record({ kind: 'deleted', imsi });
  return { status: 204 };
}

function refuseReleaseIfPlanned({ faults }: Network): void {
  if (faults.plan.releaseRefused === true)
    throw refusal('RELEASE_REFUSED', 'the operator does not release subscribers', 403);
}

function askConsent(network: Network, { params, body }: Call): Answer {
  const changeId = changeIdOf(params);
  const { iccid, imsi, targetOperator } = requested(ConsentRequest, body);
  const known = network.subscribers.consent(changeId);
  if (known !== undefined && known.iccid !== iccid)
    throw refusal('CHANGE_ID_REUSED', 'this change has asked for another card');
  if (known === undefined) network.record({ kind: 'consentAsked', changeId, iccid, imsi, targetOperator });
  const decision = known?.decision ?? network.faults.consent;
  if (known?.decision === undefined && decision !== 'pending')
    network.record({ kind: 'consentDecided', changeId, decision });
  return ok({ decision, ...(decision === 'refused' && { reason: 'the subscription is under contract' }) });
}

function subscriberOf({ subscribers }: Network, imsi: string): Subscriber {
  const subscriber = subscribers.subscriber(imsi);
  if (subscriber === undefined) throw refusal('SUBSCRIBER_UNKNOWN', 'the HLR has no such subscriber', 404);
  return subscriber;
}

function reservationView(changeId: string, { imsi, msisdn, state }: Subscriber): object {
  return { changeId, imsi, msisdn, state };
}

function changeIdOf(params: Call['params']): string {
  return params['changeId'] ?? '';
}

function refusal(code: string, detail: string, status = 409): Problem {
  return new Problem({ status, code, detail });
}

function ok(body: object): Answer {
  return { status: 200, body };
}
