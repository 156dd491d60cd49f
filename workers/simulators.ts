import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { kafkaSecurity } from '../adapters/kafka/event-bus.ts';
import { OperatorFaultPlan } from '../simulators/operator/faults.ts';
import { startSimulatedOperator } from '../simulators/operator/index.ts';
import { SmscFaultPlan } from '../simulators/smsc/faults.ts';
import { startSimulatedSmsc } from '../simulators/smsc/index.ts';
import { JsonError, parseJson } from '../telecom/json.ts';
import { ConfigurationError } from '../temporal.config.ts';
import { demoOperators, gsupOf } from './demo-network.ts';
import { kafkaOptions, type Resources } from './resources.ts';
import { together, untilStopped, type StartRole } from './roles.ts';

const HOST = '127.0.0.1';

/** The fault plans of one run; the file is SIMULATOR_FAULTS_FILE. */
const FaultFile = z.strictObject({
  'operator-1': OperatorFaultPlan.optional(),
  'operator-2': OperatorFaultPlan.optional(),
  smsc: SmscFaultPlan.optional(),
});

/** Throws ConfigurationError with every fault of the file. */
function faultsOf({ config }: Resources): z.infer<typeof FaultFile> {
  const file = config.settings.SIMULATOR_FAULTS_FILE;
  if (file === undefined) return {};
  const parsed = FaultFile.safeParse(contentOf(file));
  if (parsed.success) return parsed.data;
  throw new ConfigurationError(`SIMULATOR_FAULTS_FILE: ${file} is not usable:\n${z.prettifyError(parsed.error)}`);
}

function contentOf(file: string): unknown {
  try {
    return parseJson(readFileSync(file, 'utf8'));
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    const problem = cause instanceof JsonError ? message : `can't be read: ${message}`;
    throw new ConfigurationError(`SIMULATOR_FAULTS_FILE: ${file} ${problem}`);
  }
}

/** Both simulated operators: HLR with authentication centre, and back office. */
export const startOperatorSimulators: StartRole = async ({ resources }) => {
  const { config } = resources;
  const { brokers, ...security } = kafkaOptions(config);
  const faults = faultsOf(resources);
  return together(
    demoOperators(config.settings).map(async ({ id, plmn, seed, hlrPort, gsupPort }) => {
      const plan = faults[id];
      const operator = await startSimulatedOperator({
        ...{ id, plmn, seed, host: HOST, managementPort: hlrPort, gsupPort },
        ...{
          cardsFile: config.settings.SIMULATOR_CARDS_FILE,
          dataFolder: config.dataFolder,
        },
        kafka: { brokers: [...brokers], ...kafkaSecurity(security) },
        ...(plan && { faults: plan }),
        log: lineLog(resources),
      });
      return untilStopped(() => operator.stop());
    }),
  );
};

/** The simulated SMSC with its devices and their cards. */
export const startSmscSimulator: StartRole = async ({ resources }) => {
  const { settings, dataFolder } = resources.config;
  const { smsc: plan } = faultsOf(resources);
  const smsc = await startSimulatedSmsc({
    ...{
      host: HOST,
      port: settings.SIMULATOR_SMSC_PORT,
      controlPort: settings.SIMULATOR_SMSC_CONTROL_PORT,
      seed: settings.SIMULATOR_SEED,
    },
    operators: demoOperators(settings).map((operator) => ({
      id: operator.id,
      plmn: operator.plmn,
      seed: operator.seed,
      gsup: gsupOf(operator),
    })),
    ...{ cardsFile: settings.SIMULATOR_CARDS_FILE, keyTypes: resources.profiles, dataFolder },
    ...(plan && { faults: plan }),
    log: lineLog(resources),
  });
  return untilStopped(() => smsc.stop());
};

const lineLog =
  ({ log }: Resources) =>
  (line: string): void => {
    log('info', line);
  };
