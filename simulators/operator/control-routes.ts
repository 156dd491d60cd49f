import { requested } from '../support/requested.ts';
import type { Answer, Route } from '../support/http-server.ts';
import type { Fact } from './facts.ts';
import { OperatorFaultPlan } from './faults.ts';
import type { Network } from './network.ts';
import { stateOf } from './subscribers.ts';

interface Control {
  readonly effects: readonly Fact[];
  readonly faultsChanged: () => void;
}

/** What tests and the demo ask and tell a simulator, and what no real operator offers. */
export function controlRoutes({ subscribers, faults }: Network, { effects, faultsChanged }: Control): Route[] {
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
  ];
}

/** Sealed keys are nobody's business either. */
function withoutKeys(fact: Fact): object {
  return Object.fromEntries(Object.entries(fact).filter(([name]) => name !== 'sealedKeys'));
}

function ok(body: unknown): Answer {
  return { status: 200, body };
}
