import { Problem, type Answer, type Route } from '../support/http-server.ts';
import { requested } from '../support/requested.ts';
import type { Fact } from './facts.ts';
import { SmscFaultPlan, type SmscFaults } from './faults.ts';
import type { Device, Fleet } from './fleet.ts';

interface Control {
  readonly effects: readonly object[];
  readonly fleet: Fleet;
  readonly faults: SmscFaults;
  readonly faultsChanged: () => void;
}

/** What tests and the demo ask and tell the simulator, and what no real SMSC offers. */
export function controlRoutes({ effects, fleet, faults, faultsChanged }: Control): Route[] {
  return [
    { method: 'GET', path: '/simulator/effects', handle: () => ok(effects) },
    {
      method: 'GET',
      path: '/simulator/devices/:iccid',
      handle: ({ params }) => {
        const device = fleet.device(params['iccid'] ?? '');
        if (device === undefined)
          throw new Problem({ status: 404, code: 'DEVICE_UNKNOWN', detail: 'no device has that card' });
        return ok(deviceView(device));
      },
    },
    { method: 'GET', path: '/simulator/faults', handle: () => ok(faults.plan) },
    {
      method: 'PUT',
      path: '/simulator/faults',
      handle: ({ body }) => {
        faults.replace(requested(SmscFaultPlan, body));
        faultsChanged();
        return ok(faults.plan);
      },
    },
  ];
}

/** A fact as something that happened to the world, without keys and contents; undefined for the simulator's own bookkeeping. */
export function effectOf(fact: Fact): object | undefined {
  switch (fact.kind) {
    case 'deliveryQueued':
    case 'deliveryAnswered':
    case 'counterConsumed':
      return undefined;
    case 'submitted': {
      const { kind, at, messageId, destination } = fact;
      return { kind, at, messageId, destination };
    }
    case 'cardUpdated': {
      const { kind, at, iccid, imsi } = fact;
      return { kind, at, iccid, imsi };
    }
    case 'replayRefused':
    case 'packetRefused':
    case 'adminCodeRefused':
    case 'lost':
    case 'delivered':
    case 'expired':
    case 'detached':
    case 'attached':
      return fact;
  }
}

/** `imsi` is the card's; `network` (PLMN) and `msisdn` are those of the subscription that the device is attached with. */
function deviceView({ iccid, imei, card, registration }: Device): object {
  return {
    iccid,
    imsi: card.imsi,
    network: registration?.plmn ?? null,
    msisdn: registration?.msisdn ?? null,
    attached: registration !== undefined && registration.imsi === card.imsi,
    imei,
  };
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}
