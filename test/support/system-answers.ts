import { readFileSync } from 'node:fs';
import { WorkflowNotFoundError } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils';
import { sql } from 'kysely';
import { Agent, request } from 'undici';
import { runCli } from '../../cli/program.ts';
import { openDesk } from '../../workers/application.ts';
import { demoOperators, demoNetwork } from '../../workers/demo-network.ts';
import { processLog } from '../../workers/log.ts';
import { Resources } from '../../workers/resources.ts';
import type { ChangeView } from '../../application/views.ts';
import { mapPayloads } from './json-payloads.ts';
import type { RunningSystem } from './running-system.ts';

/** What somebody is told who asks, and where. */
export interface Told {
  readonly place: string;
  readonly text: string;
}

/** Answers of the command line to every command that asks the system, as people and as programs read them. */
export async function commandLineAnswers(
  system: RunningSystem,
  { change, cardsFile }: { readonly change: ChangeView; readonly cardsFile: string },
): Promise<Told[]> {
  const { changeId, iccid } = change;
  const told: Told[] = [];
  for (const command of [
    ...[
      `status ${changeId}`,
      `status ${iccid}`,
      `timeline ${changeId}`,
      `evidence ${iccid}`,
      'list',
      'parked',
      `cards show ${iccid}`,
    ],
    ...[`resume ${changeId}`, `change ${iccid} --to ${change.target}`, `cards import ${cardsFile}`],
    ...['projections rebuild', 'setup', `cards block ${iccid} --reason test`, `cards unblock ${iccid}`],
  ]) {
    for (const form of ['', ' --json']) told.push(await commandLineAnswer(system, command + form));
  }
  return told;
}

async function commandLineAnswer({ config }: RunningSystem, command: string): Promise<Told> {
  let text = '';
  const output = { write: (part: string) => void (text += part) };
  await runCli(command.split(' '), {
    ...{ stdout: output, stderr: output, user: 'user:test', invocation: 'rehome', roles: [], version: '0.0.0' },
    interrupted: () => new AbortController().signal,
    serve: () => Promise.reject(new Error('a test of answers serves nothing')),
    openDesk: () => Promise.resolve(openDesk(new Resources(config, processLog('test', 'error'), 'test'))),
  });
  return { place: `rehome ${command}`, text };
}

/** Answers of the gateways, the simulators and the codec server to every question that can be asked again, or wrongly. */
export async function httpAnswers(system: RunningSystem, changes: readonly ChangeView[]): Promise<Told[]> {
  const { config } = system;
  const { settings, operatorTls } = config;
  const tls = {
    ca: readFileSync(operatorTls.ca),
    cert: readFileSync(operatorTls.cert),
    key: readFileSync(operatorTls.key),
  };
  const agent = new Agent({ connect: tls });
  const smsc = `http://127.0.0.1:${String(settings.SIMULATOR_SMSC_CONTROL_PORT)}`;
  const questions = [
    `GET ${smsc}/simulator/effects`,
    `GET ${smsc}/simulator/faults`,
    `POST http://127.0.0.1:${String(settings.CODEC_SERVER_PORT)}/decode {"payloads":[{"data":"AAAA"}]}`,
    ...changes.map(({ iccid }) => `GET ${smsc}/simulator/devices/${iccid}`),
    ...demoNetwork(config).operators.flatMap(({ id, provisioningUrl }) => {
      const hlr = `http://127.0.0.1:${String(demoOperators(settings).find((one) => one.id === id)?.hlrPort)}`;
      const imsis = changes.flatMap(({ sourceImsi, targetImsi }) => [sourceImsi, targetImsi]);
      return [
        ...['effects', 'subscribers', 'faults'].map((name) => `GET ${hlr}/simulator/${name}`),
        ...imsis.flatMap((imsi) => [
          `GET ${provisioningUrl}/v1/subscribers/${imsi ?? ''}`,
          `GET ${hlr}/management/subscribers/${imsi ?? ''}`,
        ]),
        ...changes.flatMap(({ changeId, iccid }) => [
          `PUT ${provisioningUrl}/v1/reservations/${changeId} ${JSON.stringify({ iccid })}`,
          `PUT ${provisioningUrl}/v1/reservations/${changeId} {"iccid":"none"}`,
          `POST ${provisioningUrl}/v1/reservations/${changeId}/renew`,
        ]),
      ];
    }),
  ];
  const told: Told[] = [];
  for (const question of questions) {
    const [method = '', url = '', body] = question.split(' ');
    const answer = await request(url, {
      ...{ method: method as 'GET', headers: { 'content-type': 'application/json' } },
      ...(url.startsWith('https:') && { dispatcher: agent }),
      ...(body !== undefined && { body }),
    });
    told.push({
      place: question,
      text: `${String(answer.statusCode)} ${JSON.stringify(answer.headers)} ${await answer.body.text()}`,
    });
  }
  await agent.close();
  return told;
}

/** Every history of Temporal, with what its sealed payloads hold: a secret must not even stand there. */
export async function openedHistories({ resources }: RunningSystem): Promise<Told[]> {
  const connection = await resources.client();
  const told: Told[] = [];
  try {
    const workflows = resources.workflows(connection);
    for await (const { workflowId, runId } of workflows.list()) {
      const history: unknown = JSON.parse(historyToJSON(await workflows.getHandle(workflowId, runId).fetchHistory()));
      const opened: string[] = [];
      mapPayloads(history, (payload) => {
        const shown = resources.codec.show(payload);
        opened.push(Buffer.from(shown.data ?? []).toString('latin1'));
        return shown;
      });
      told.push({ place: `history of ${workflowId}`, text: [JSON.stringify(history), ...opened].join('\n') });
    }
  } catch (cause) {
    if (!(cause instanceof WorkflowNotFoundError)) throw cause;
  } finally {
    await connection.close();
  }
  return told;
}

/** Every row of every table of PostgreSQL as text, whatever its files make of it. */
export async function databaseRows({ resources: { database } }: RunningSystem): Promise<Told[]> {
  const { rows: tables } = await sql<{ schema: string; name: string }>`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`.execute(database);
  return Promise.all(
    tables.map(async ({ schema, name }) => {
      const { rows } = await sql<{
        text: string;
      }>`select one::text as text from ${sql.id(schema, name)} as one`.execute(database);
      return { place: `table ${schema}.${name}`, text: rows.map(({ text }) => text).join('\n') };
    }),
  );
}
