import type { Network } from '../activities/registry/operators.ts';
import type { Settings } from '../temporal.config.ts';

const HOST = '127.0.0.1';

/** One simulated operator as its own process, the SMSC's process and the registry have to know it alike. */
export interface DemoOperator {
  readonly id: 'operator-1' | 'operator-2';
  readonly name: string;
  readonly plmn: string;
  readonly seed: string;
  readonly provisioningPort: number;
  readonly radioPort: number;
}

/** The two operators of the demonstration (test networks 001-01 and 001-02, ITU-T E.212). */
export function demoOperators(settings: Settings): readonly [DemoOperator, DemoOperator] {
  const { SIMULATOR_SEED: seed } = settings;
  return [
    {
      ...{ id: 'operator-1', name: 'Operator 1', plmn: '00101', seed: `${seed}/operator-1` },
      provisioningPort: settings.SIMULATOR_OPERATOR_1_PORT,
      radioPort: settings.SIMULATOR_OPERATOR_1_RADIO_PORT,
    },
    {
      ...{ id: 'operator-2', name: 'Operator 2', plmn: '00102', seed: `${seed}/operator-2` },
      provisioningPort: settings.SIMULATOR_OPERATOR_2_PORT,
      radioPort: settings.SIMULATOR_OPERATOR_2_RADIO_PORT,
    },
  ];
}

export const radioUrlOf = ({ radioPort }: DemoOperator): string => `http://${HOST}:${String(radioPort)}`;

/** The registry's view of the demonstration: cards may go from 1 to 2 freely, and back with the consent of 2. */
export function demoNetwork(settings: Settings): Network {
  const [first, second] = demoOperators(settings);
  const smsc = 'smsc-1';
  return {
    smscs: [{ id: smsc, url: `smpp://${HOST}:${String(settings.SIMULATOR_SMSC_PORT)}` }],
    operators: [first, second].map(({ id, name, plmn, provisioningPort }) => ({
      id,
      name,
      plmn,
      smsc,
      provisioningUrl: `https://${HOST}:${String(provisioningPort)}`,
    })),
    agreements: [
      { source: first.id, target: second.id, consent: 'none', deviceRequests: 'allowed' },
      { source: second.id, target: first.id, consent: 'ask', deviceRequests: 'allowed' },
    ],
  };
}
