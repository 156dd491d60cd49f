import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'undici';
import { HlrError } from '../../../gateway/hlr.ts';
import { parseImsi, type Imsi } from '../../../telecom/identifiers/imsi.ts';
import { faultsOf, readDescription, type Node } from '../../support/described.ts';
import { GatewayUnderTest } from '../../support/gateway-under-test.ts';
import { RunningSystem } from '../../support/running-system.ts';

interface Described {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Node }>> } | undefined>
  >;
}

const METHODS = ['get', 'put', 'post', 'delete'] as const;
const { paths } = readDescription('docs/provisioning-api.yaml') as {
  readonly paths: Readonly<Record<string, Partial<Record<(typeof METHODS)[number], Described>>>>;
};
const operations = Object.entries(paths).flatMap(([path, item]) =>
  METHODS.flatMap((method) => {
    const described = item[method];
    return described === undefined ? [] : [{ path, method, ...described }];
  }),
);

const ICCID = '8999901000000000013';

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly retryAfter: string | undefined;
  /** What the answer has that docs/provisioning-api.yaml does not describe, or describes otherwise. */
  readonly faults: readonly string[];
}

describe('the answers of a gateway', () => {
  const system = new RunningSystem();
  const { ca, cert, key } = system.config.operatorTls;
  const dispatcher = new Agent({
    connect: { ca: readFileSync(ca), cert: readFileSync(cert), key: readFileSync(key) },
  });
  let gateway: GatewayUnderTest;
  beforeEach(async () => {
    gateway = new GatewayUnderTest(system);
    await gateway.start();
  });
  afterEach(() => gateway.stop());
  afterAll(async () => {
    await dispatcher.destroy();
    await system.close();
  });

  /** Calls an operation by its id, with the values of its path, and holds the answer against the description. */
  async function call(operationId: string, values: Readonly<Record<string, string>>, body?: object): Promise<Answer> {
    const operation = operations.find((one) => one.operationId === operationId);
    if (operation === undefined) throw new Error(`docs/provisioning-api.yaml describes no ${operationId}`);
    const path = operation.path.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => values[name] ?? '');
    const response = await request(`${gateway.running.url}${path}`, {
      method: operation.method.toUpperCase(),
      dispatcher,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.body.text();
    const content: unknown = text === '' ? undefined : JSON.parse(text);
    const described = operation.responses[String(response.statusCode)];
    const type = String(response.headers['content-type'] ?? '').replace(/;.*/, '');
    const schema = described?.content?.[type]?.schema;
    return {
      status: response.statusCode,
      body: (content ?? {}) as Answer['body'],
      retryAfter: response.headers['retry-after']?.toString(),
      faults:
        described === undefined
          ? [`status ${String(response.statusCode)} is not described`]
          : content === undefined
            ? Object.keys(described.content ?? {}).map((expected) => `has no content, ${expected} is described`)
            : schema === undefined
              ? [`the media type '${type}' is not described`]
              : faultsOf(schema, content),
    };
  }

  const imsiOf = ({ body }: Answer): Imsi => parseImsi(String(body['imsi']));
  const CONSENT = { iccid: ICCID, imsi: '001010000000001', targetOperator: 'operator-1' };

  test('are as the description has them, for every operation, with no member that it does not name', async () => {
    const changeId = randomUUID();
    const imsi = imsiOf(await call('reserve', { changeId }, { iccid: ICCID }));
    const withdrawn = randomUUID();
    await call('reserve', { changeId: withdrawn }, { iccid: ICCID });
    const inOrder: readonly (readonly [string, () => Promise<Answer>])[] = [
      ['pool', () => call('pool', {})],
      ['reserve', () => call('reserve', { changeId }, { iccid: ICCID })],
      ['renew', () => call('renew', { changeId })],
      ['subscriber', () => call('subscriber', { imsi })],
      ['withdraw', () => call('withdraw', { changeId: withdrawn })],
      ['restore', () => call('restore', { changeId: withdrawn })],
      ['consent', () => call('consent', { changeId }, CONSENT)],
      [
        'subscriber',
        () => {
          gateway.hlr.refuse(imsi, { at: gateway.now, cause: 'roamingNotAllowed' });
          return call('subscriber', { imsi });
        },
      ],
      [
        'subscriber',
        () => {
          gateway.hlr.attach(imsi, gateway.now);
          return call('subscriber', { imsi });
        },
      ],
      ['renew', () => call('renew', { changeId })],
      ['bar', () => call('bar', { imsi })],
      ['remove', () => call('remove', { imsi })],
    ];
    for (const [operationId, ask] of inOrder) {
      const { status, faults } = await ask();
      expect({ operationId, succeeded: status < 300, faults }).toEqual({ operationId, succeeded: true, faults: [] });
    }
    expect(new Set(inOrder.map(([operationId]) => operationId))).toEqual(
      new Set(operations.map(({ operationId }) => operationId)),
    );
  });

  test('are as the description has them where the gateway refuses', async () => {
    const attached = randomUUID();
    gateway.hlr.attach(imsiOf(await call('reserve', { changeId: attached }, { iccid: ICCID })), gateway.now);
    const gone = randomUUID();
    await call('withdraw', { changeId: gone });
    const unknown = { imsi: '001029999999999' };
    const refusals = [
      [409, await call('withdraw', { changeId: attached })],
      [410, await call('reserve', { changeId: gone }, { iccid: ICCID })],
      [404, await call('renew', { changeId: randomUUID() })],
      [404, await call('subscriber', unknown)],
      [404, await call('bar', unknown)],
      [404, await call('remove', unknown)],
    ] as const;
    for (const [expected, { status, faults, body: problem }] of refusals)
      expect({ status, faults, code: typeof problem['code'] }).toEqual({
        status: expected,
        faults: [],
        code: 'string',
      });
  });

  test('say when to ask again where the HLR is away, as the description has it', async () => {
    gateway.hlr.onDone = () => Promise.reject(new HlrError('unreachable', 'the answer was lost'));
    const { status, faults, retryAfter } = await call('reserve', { changeId: randomUUID() }, { iccid: ICCID });
    expect({ status, faults }).toEqual({ status: 503, faults: [] });
    expect(Number(retryAfter)).toBeGreaterThan(0);
  });
});
