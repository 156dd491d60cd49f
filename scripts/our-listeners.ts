import type { Settings } from '../temporal.config.ts';
import type { Listener } from './engines/index.ts';

type PortSetting = Extract<keyof Settings, `SIMULATOR_${string}_PORT` | 'CODEC_SERVER_PORT'>;

const PURPOSES: Readonly<Record<PortSetting, string>> = {
  SIMULATOR_OPERATOR_1_PORT: 'the gateway of operator-1',
  SIMULATOR_OPERATOR_1_HLR_PORT: 'the simulated HLR of operator-1',
  SIMULATOR_OPERATOR_1_GSUP_PORT: 'serving nodes at the HLR of operator-1',
  SIMULATOR_OPERATOR_2_PORT: 'the gateway of operator-2',
  SIMULATOR_OPERATOR_2_HLR_PORT: 'the simulated HLR of operator-2',
  SIMULATOR_OPERATOR_2_GSUP_PORT: 'serving nodes at the HLR of operator-2',
  SIMULATOR_SMSC_PORT: 'the simulated SMSC',
  SIMULATOR_SMSC_CONTROL_PORT: 'the control side of the simulated SMSC',
  CODEC_SERVER_PORT: 'the codec server',
};

/** Where the processes of ours will listen. */
export const ourListeners = (settings: Settings): Listener[] =>
  (Object.entries(PURPOSES) as [PortSetting, string][]).map(([setting, purpose]) => ({
    ...{ setting, purpose },
    port: settings[setting],
  }));
