import type { Plmn } from '../../telecom/identifiers/plmn.ts';
import type { Device, Fleet } from '../device/fleet.ts';
import { Problem, type Answer, type Call, type Route } from '../support/http-server.ts';
import { requested } from '../support/requested.ts';
import { MenuChoice } from '../device/menu-choice.ts';
import { SmscFaultPlan, type SmscFaults } from './faults.ts';

interface Control {
  readonly effects: readonly object[];
  readonly fleet: Fleet;
  readonly faults: SmscFaults;
  readonly faultsChanged: () => void;
  /** The user chooses a network in the menu of the card; false while the card is busy. */
  readonly chooseChange: (device: Device, target: Plmn) => boolean;
  readonly restart: (device: Device) => void;
}

/** What tests and the demo ask and tell the simulator, and what no real SMSC offers. */
export function controlRoutes({ effects, fleet, faults, ...control }: Control): Route[] {
  const deviceOf = ({ params }: Pick<Call, 'params'>): Device => {
    const device = fleet.device(params['iccid'] ?? '');
    if (device !== undefined) return device;
    throw new Problem({ status: 404, code: 'DEVICE_UNKNOWN', detail: 'no device has that card' });
  };
  return [
    { method: 'GET', path: '/simulator/effects', handle: () => ok(effects) },
    { method: 'GET', path: '/simulator/devices/:iccid', handle: (call) => ok(deviceView(deviceOf(call))) },
    {
      method: 'POST',
      path: '/simulator/devices/:iccid/menu',
      handle: (call) => {
        const device = deviceOf(call);
        const { target } = requested(MenuChoice, call.body);
        if (!control.chooseChange(device, target))
          throw new Problem({ status: 409, code: 'CARD_BUSY', detail: 'the card waits for its user; try again later' });
        return ok({ iccid: device.iccid, target });
      },
    },
    {
      method: 'POST',
      path: '/simulator/devices/:iccid/power-cycle',
      handle: (call) => {
        const device = deviceOf(call);
        control.restart(device);
        return ok(deviceView(device));
      },
    },
    { method: 'GET', path: '/simulator/faults', handle: () => ok(faults.plan) },
    {
      method: 'PUT',
      path: '/simulator/faults',
      handle: ({ body }) => {
        faults.replace(requested(SmscFaultPlan, body));
        control.faultsChanged();
        return ok(faults.plan);
      },
    },
  ];
}

/** `imsi` is the card's; `network` (PLMN) and `msisdn` are those of the subscription that the device is attached with. */
function deviceView({ iccid, imei, card, registration }: Device): object {
  return {
    iccid,
    imsi: card.imsi ?? null,
    network: registration?.plmn ?? null,
    msisdn: registration?.msisdn ?? null,
    attached: registration !== undefined && registration.imsi === card.imsi,
    imei,
  };
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}
