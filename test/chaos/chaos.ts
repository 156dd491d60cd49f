// `npm run chaos`: real engines, every role as a process, simulators and processes that go wrong as a seed says; then a reconciliation.
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { sql } from 'kysely';
import { reconcile } from '../../services/reconciliation/reconcile.ts';
import { loadConfig } from '../../temporal.config.ts';
import { openDesk } from '../../workers/application.ts';
import { processLog } from '../../workers/log.ts';
import { Resources } from '../../workers/resources.ts';
import { SIMULATED, startTestSystem, type TestEnvironment, type TestSystem } from '../support/test-system.ts';
import { BackOffice } from './back-office.ts';
import { collectFacts } from './collect.ts';
import { Controls } from './controls.ts';
import { perform } from './perform.ts';
import { ELEMENTS, chaosPlan, type PlannedCard } from './plan.ts';
import { rebuiltOtherwise } from './rebuild.ts';
import { asText, chaosReport, type ChaosReport } from './report.ts';
import { settle } from './settle.ts';

const { values } = parseArgs({
  options: {
    changes: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    /** How long things go wrong; by default long enough for the changes to be about two a second. */
    minutes: { type: 'string' },
    json: { type: 'boolean', default: false },
    /** A folder that the logs are copied to at the end. */
    logs: { type: 'string' },
  },
});

/** Deadlines of seconds instead of days. */
const FAST: TestEnvironment = {
  STEP_ATTEMPT_SECONDS: '3',
  STEP_PATIENCE_SECONDS: '20',
  CONSENT_PATIENCE_SECONDS: '12',
  ATTACH_POLL_SECONDS: '2',
  ATTACH_DEADLINE_SECONDS: '20',
  RELEASE_PATIENCE_SECONDS: '15',
  STICKY_SECONDS: '1',
  SIMULATOR_SEED: `chaos-${values.seed}`,
  LOG_LEVEL: 'info',
};
const CHANGES_PER_SECOND = 2;
const SHORTEST_STORM_MS = 40_000;
const SETTLES_WITHIN_MS = 150_000;

const began = Date.now();
const say = (line: string): void => {
  process.stderr.write(`[${((Date.now() - began) / 1_000).toFixed(1).padStart(6)} s] ${line}\n`);
};

async function run(system: TestSystem): Promise<ChaosReport> {
  const config = loadConfig(system.environment);
  const resources = new Resources(config, processLog('chaos', 'error'), 'chaos');
  const desk = openDesk(resources);
  const controls = new Controls(config);
  try {
    const changes = Number(values.changes);
    const stormMs =
      values.minutes === undefined
        ? Math.max(SHORTEST_STORM_MS, (changes / CHANGES_PER_SECOND) * 1_000)
        : Number(values.minutes) * 60_000;
    const { rows: cards } = await sql<PlannedCard>`select iccid, profile from cards order by position`.execute(
      resources.database,
    );
    const plan = chaosPlan({ seed: values.seed, changes, stormMs, cards });
    say(`storm of ${(stormMs / 1_000).toFixed(0)} s, ${String(plan.happenings.length)} happenings, seed ${plan.seed}`);
    // The connection to Temporal is made while it is there.
    await desk.viewWorkflow({ changeId: '00000000-0000-7000-8000-000000000000', iccid: cards[0]?.iccid ?? '' });
    const operators = new BackOffice(resources, controls);
    const over = new AbortController();
    const working = operators.work(over.signal, say);
    const performance = await perform(plan, { system, desk, controls, say });
    await settle(resources, controls, { withinMs: SETTLES_WITHIN_MS, say });
    over.abort();
    await working;
    say('reconciling');
    const { otherKeys } = operators;
    const facts = { ...(await collectFacts(resources, controls)), otherKeys, settled: true as const };
    const findings = [...reconcile(facts), ...(await rebuiltOtherwise(resources.database))];
    const effects = await Promise.all(
      ELEMENTS.map(async (where) => (await controls.effects(where)).map((effect) => ({ ...effect, where }))),
    );
    const seconds = (Date.now() - began) / 1_000;
    return chaosReport({ ...performance, seed: plan.seed, seconds }, facts, {
      findings,
      effects: effects.flat(),
    });
  } finally {
    await desk.close();
  }
}

async function main(): Promise<number> {
  say('starting engines, and every role as a process');
  const system = await startTestSystem(FAST, { ...SIMULATED, apart: true });
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    process.once(signal, () => void system.stop().finally(() => process.exit(code)));
  try {
    const report = await run(system);
    process.stdout.write(values.json ? `${JSON.stringify(report, null, 2)}\n` : asText(report));
    return report.findings.length === 0 ? 0 : 1;
  } finally {
    if (values.logs !== undefined)
      cpSync(join(system.environment['DATA_FOLDER'] ?? '', 'logs'), values.logs, { recursive: true });
    await system.stop();
  }
}

main().then(
  (code) => process.exit(code),
  (cause: unknown) => {
    say(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause));
    process.exit(1);
  },
);
