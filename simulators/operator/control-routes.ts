import { z } from 'zod';
import { imsiSchema } from '../support/identifier-schemas.ts';
import { requested } from '../support/requested.ts';
import type { Answer, Route } from '../support/http-server.ts';
import { MonitoringType, type Fact } from './facts.ts';
import { OperatorFaultPlan } from './faults.ts';
import type { Network } from './network.ts';
import { stateOf } from './subscribers.ts';

interface Control {
  readonly effects: readonly Fact[];
  readonly faultsChanged: () => void;
}

/** What tests and the demo ask and tell a simulator, and what no real operator offers. */
export function controlRoutes({ subscribers, faults, record }: Network, { effects, faultsChanged }: Control): Route[] {
  return [
    { method: 'GET', path: '/simulator/effects', handle: () => ok(effects.map(withoutKeys)) },
    {
      method: 'GET',
      path: '/simulator/subscribers',
      handle: () =>
        ok(Array.from(subscribers.all(), (one) => ({ imsi: one.imsi, state: stateOf(one), attached: one.attached }))),
    },
    { method: 'GET', path: '/simulator/faults', handle: () => ok(faults.plan) },
    {
      method: 'PUT',
      path: '/simulator/faults',
      handle: ({ body }) => {
        faults.replace(requested(OperatorFaultPlan, body));
        faultsChanged();
        return ok(faults.plan);
      },
    },
    {
      method: 'POST',
      path: '/simulator/reachability',
      handle: ({ body }) => {
        record({ kind: 'reachabilityReported', ...requested(Report, body) });
        return ok({});
      },
    },
  ];
}

/** What the exposure function is to report. */
const Report = z.strictObject({ imsi: imsiSchema, monitoringType: MonitoringType });

/** Sealed keys are nobody's business either. */
function withoutKeys(fact: Fact): object {
  return Object.fromEntries(Object.entries(fact).filter(([name]) => name !== 'sealedKeys'));
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}
