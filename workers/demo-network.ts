import { join } from 'node:path';
import type { Network } from '../services/registry/operators.ts';
import type { Config, Settings } from '../temporal.config.ts';

const HOST = '127.0.0.1';

/** One operator of the demonstration as its simulators, its gateway, the SMSC's process and the registry have to know it alike. */
export interface DemoOperator {
  readonly id: 'operator-1' | 'operator-2';
  readonly name: string;
  readonly plmn: string;
  readonly seed: string;
  readonly gatewayPort: number;
  readonly hlrPort: number;
  readonly gsupPort: number;
}

/** The two operators of the demonstration (test networks 001-01 and 001-02, ITU-T E.212). */
export function demoOperators(settings: Settings): readonly [DemoOperator, DemoOperator] {
  const { SIMULATOR_SEED: seed } = settings;
  return [
    {
      ...{ id: 'operator-1', name: 'Operator 1', plmn: '00101', seed: `${seed}/operator-1` },
      gatewayPort: settings.SIMULATOR_OPERATOR_1_PORT,
      hlrPort: settings.SIMULATOR_OPERATOR_1_HLR_PORT,
      gsupPort: settings.SIMULATOR_OPERATOR_1_GSUP_PORT,
    },
    {
      ...{ id: 'operator-2', name: 'Operator 2', plmn: '00102', seed: `${seed}/operator-2` },
      gatewayPort: settings.SIMULATOR_OPERATOR_2_PORT,
      hlrPort: settings.SIMULATOR_OPERATOR_2_HLR_PORT,
      gsupPort: settings.SIMULATOR_OPERATOR_2_GSUP_PORT,
    },
  ];
}

export const hlrUrlOf = ({ hlrPort }: DemoOperator): string => `http://${HOST}:${String(hlrPort)}`;

export const gsupOf = ({ gsupPort }: DemoOperator) => ({ host: HOST, port: gsupPort });

/** The key that Rehome and the gateway of an operator of the demonstration share; made at set-up. */
export const demoSessionKey = ({ gateways }: Config, operator: DemoOperator['id']) => ({
  kid: 'demo-1',
  file: join(gateways.folder, operator, 'session-demo-1.key'),
});

/** The registry's view of the demonstration: cards may go from 1 to 2 freely, and back with the consent of 2. */
export function demoNetwork(config: Config): Network {
  const { settings } = config;
  const [first, second] = demoOperators(settings);
  const smsc = 'smsc-1';
  return {
    smscs: [{ id: smsc, url: `smpp://${HOST}:${String(settings.SIMULATOR_SMSC_PORT)}`, setDpf: true }],
    operators: [first, second].map(({ id, name, plmn, gatewayPort }) => ({
      ...{ id, name, plmn, smsc },
      provisioningUrl: `https://${HOST}:${String(gatewayPort)}`,
      sessionKeys: [demoSessionKey(config, id)],
    })),
    agreements: [
      { source: first.id, target: second.id, consent: 'none', deviceRequests: 'allowed' },
      { source: second.id, target: first.id, consent: 'ask', deviceRequests: 'allowed' },
    ],
  };
}
