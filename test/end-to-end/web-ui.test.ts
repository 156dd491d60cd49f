import { historyToJSON, payloadToJSON } from '@temporalio/common/lib/proto-utils';
import { request } from 'undici';
import { changeWorkflowId } from '../../workflows/shared/contract.ts';
import { RunningSystem } from '../support/running-system.ts';

interface JsonPayload {
  readonly metadata: Readonly<Record<string, string>>;
  readonly data: string;
}

describe('the Temporal Web UI, whose payloads are sealed', () => {
  const system = new RunningSystem();
  afterAll(() => system.close());

  const ui = (): string => system.config.temporal.uiUrl ?? '';

  async function getJson<Answer>(path: string): Promise<Answer> {
    const { statusCode, body } = await request(`${ui()}/api/v1${path}`);
    const answer = (await body.json()) as Answer;
    expect({ path, statusCode }).toEqual({ path, statusCode: 200 });
    return answer;
  }

  /** What the page does with a payload in the browser. */
  async function opened(payload: JsonPayload): Promise<string> {
    const { Codec } = await getJson<{ readonly Codec: { readonly Endpoint: string } }>('/settings');
    const { body } = await request(`${Codec.Endpoint}/decode`, {
      method: 'POST',
      headers: { origin: ui(), 'content-type': 'application/json', 'x-namespace': system.config.temporal.namespace },
      body: JSON.stringify({ payloads: [payload] }),
    });
    const { payloads } = (await body.json()) as { readonly payloads: readonly JsonPayload[] };
    return Buffer.from(payloads[0]?.data ?? '', 'base64').toString();
  }

  test('is told of the codec server, and shows by it whom a change concerns and how it stands', async () => {
    const iccid = await system.freshCard('operator-1');
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    const id = encodeURIComponent(changeWorkflowId(system.resources.index.hash(iccid)));
    const workflow = `/namespaces/${system.config.temporal.namespace}/workflows/${id}`;

    const described = await getJson<{
      readonly executionConfig: {
        readonly userMetadata: { readonly summary: JsonPayload; readonly details: JsonPayload };
      };
    }>(workflow);
    const { summary, details } = described.executionConfig.userMetadata;
    expect(JSON.stringify(described)).not.toContain(iccid.slice(-6));
    expect(await opened(summary)).toContain(`ICCID …${iccid.slice(-6)} to operator-2`);
    expect(await opened(details)).toContain(`ICCID ${iccid} to operator-2, change ${change.changeId}`);

    // The page asks this by a POST, for which it has a token of its session.
    const connection = await system.resources.client();
    const { queryResult } = await connection.workflowService.queryWorkflow({
      namespace: system.config.temporal.namespace,
      execution: { workflowId: changeWorkflowId(system.resources.index.hash(iccid)) },
      query: { queryType: '__temporal_workflow_metadata' },
    });
    await connection.close();
    const [metadata] = queryResult?.payloads ?? [];
    expect(await opened(payloadToJSON(metadata ?? {}) as JsonPayload)).toContain('**completed**');
  });

  test('shows a history in which no ICCID and no IMSI can be read, not even coded, without the codec server', async () => {
    const iccid = await system.freshCard('operator-1');
    const { change } = await system.end(await system.start(iccid, 'operator-2'));
    const json = historyToJSON(await system.history(iccid));
    const coded = [...json.matchAll(/"([A-Za-z0-9+/]{8,}=*)"/g)].map(([, text = '']) => Buffer.from(text, 'base64'));
    const readable = [json, ...coded].join('\n');
    expect(readable).toContain('binary/encrypted');
    for (const secret of [iccid, change.sourceImsi, change.targetImsi]) expect(readable).not.toContain(secret);
  });
});
