import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { ControlClient } from '../../../gateway/osmo-hlr/control-client.ts';
import { decodeControl, encodeControl, type ControlMessage } from '../../../telecom/gsup/ipa-control.ts';
import { IPA_PROTOCOL, IpaFrames, encodeIpaFrame } from '../../../telecom/gsup/ipa-frames.ts';

type Asked = Extract<ControlMessage, { kind: 'get' | 'set' }>;

const servers: Server[] = [];
const clients: ControlClient[] = [];

/** A control interface that does with a command what the test says. */
async function control(take: (asked: Asked, socket: Socket) => void): Promise<ControlClient> {
  const server = createServer((socket) => {
    const frames = new IpaFrames();
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const { payload } of frames.take(chunk)) take(decodeControl(payload) as Asked, socket);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  const client = new ControlClient({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  clients.push(client);
  return client;
}

const frame = (message: ControlMessage) =>
  encodeIpaFrame({ protocol: IPA_PROTOCOL.osmo, payload: encodeControl(message) });

const replyTo = ({ id, variable }: Asked, value: string) => frame({ kind: 'getReply', id, variable, value });

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

test('a value may come in pieces, and have several lines', async () => {
  const client = await control((asked, socket) => {
    for (const octet of replyTo(asked, 'imsi\t1\nmsisdn\t2')) socket.write(Uint8Array.of(octet));
  });
  await expect(client.get('info')).resolves.toEqual({ kind: 'value', value: 'imsi\t1\nmsisdn\t2' });
});

test('answers that come in another order find their commands', async () => {
  const held: Asked[] = [];
  const client = await control((asked, socket) => {
    held.push(asked);
    if (held.length === 3) for (const one of held.reverse()) socket.write(replyTo(one, `of ${one.variable}`));
  });
  await expect(Promise.all(['a', 'b', 'c'].map((variable) => client.get(variable)))).resolves.toEqual(
    ['a', 'b', 'c'].map((variable) => ({ kind: 'value', value: `of ${variable}` })),
  );
});

test('a refusal is an answer, with its reason', async () => {
  const client = await control(({ id }, socket) => {
    socket.write(frame({ kind: 'error', id, reason: 'No such subscriber.' }));
  });
  await expect(client.set('msisdn', '1')).resolves.toEqual({ kind: 'error', reason: 'No such subscriber.' });
});

test('what was not asked for is passed over: traps, other answers, and what is no message at all', async () => {
  const client = await control((asked, socket) => {
    socket.write(frame({ kind: 'trap', id: '0', variable: 'x', value: 'y' }));
    socket.write(frame({ kind: 'error', id: '4711', reason: 'late' }));
    socket.write(encodeIpaFrame({ protocol: IPA_PROTOCOL.osmo, payload: new Uint8Array([0, 0xff]) }));
    socket.write(encodeIpaFrame({ protocol: IPA_PROTOCOL.ccm, payload: new Uint8Array([0]) }));
    socket.write(replyTo(asked, 'mine'));
  });
  await expect(client.get('x')).resolves.toEqual({ kind: 'value', value: 'mine' });
});

test('what has the id of a command and is no answer does not stand for one', async () => {
  const client = await control((asked, socket) => {
    const { id, variable } = asked;
    socket.write(frame({ kind: 'get', id, variable }));
    socket.write(frame({ kind: 'set', id, variable, value: 'echoed' }));
    socket.write(replyTo(asked, 'mine'));
  });
  await expect(client.get('x')).resolves.toEqual({ kind: 'value', value: 'mine' });
});

test('a connection that breaks is unreachable for everybody who waits, without what was sent, and is made anew', async () => {
  let isBroken = true;
  const client = await control((asked, socket) => {
    if (isBroken) socket.destroy();
    else socket.write(replyTo(asked, 'back'));
  });
  const causes: unknown[] = await Promise.all(
    [client.set('aud3g', '00112233'), client.get('x')].map((call) => call.catch((cause: unknown) => cause)),
  );
  for (const cause of causes) {
    expect(cause).toMatchObject({ name: 'HlrError', kind: 'unreachable' });
    expect(inspect(cause, { depth: 9 })).not.toContain('00112233');
  }
  isBroken = false;
  await expect(Promise.all([client.get('a'), client.get('b')])).resolves.toEqual([
    ...[1, 2].map(() => ({ kind: 'value', value: 'back' })),
  ]);
});

test('an interface that is not there is unreachable', async () => {
  const client = new ControlClient({ host: '127.0.0.1', port: 9 });
  await expect(client.get('x')).rejects.toMatchObject({
    ...{ kind: 'unreachable', message: expect.stringMatching(/^the control interface of osmo-hlr can't be/) as string },
  });
});
