import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { VtyClient } from '../../../gateway/osmo-hlr/vty-client.ts';

const servers: Server[] = [];
const clients: VtyClient[] = [];
const sockets: Socket[] = [];

/** A terminal that answers commands by this table, with telnet's negotiation and the echo of what was typed. */
async function terminal(answers: Readonly<Record<string, string>>): Promise<VtyClient> {
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.write(Buffer.from('Welcome\r\n\xff\xfb\x01\xff\xfb\x03\xff\xfe"\xff\xfd\x1fOsmoHLR> ', 'latin1'));
    socket.on('data', (chunk) => {
      const command = chunk.toString().trim();
      // In pieces, as a network may bring it.
      for (const piece of `${command}\r\n${answers[command] ?? 'OsmoHLR# '}`.match(/.{1,7}/gs) ?? [])
        socket.write(piece);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  const client = new VtyClient({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  clients.push(client);
  return client;
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

test('a command is answered by its lines, without echo, prompt and negotiation', async () => {
  const vty = await terminal({ show: '    ID: 1\r\n    IMSI: 2\r\nOsmoHLR# ', nothing: 'OsmoHLR# ' });
  await expect(vty.run('show')).resolves.toEqual(['    ID: 1', '    IMSI: 2']);
  await expect(vty.run('nothing')).resolves.toEqual([]);
});

test('commands that are given at once run one after the other', async () => {
  const vty = await terminal({ one: '1\r\nOsmoHLR# ', two: '2\r\nOsmoHLR# ' });
  await expect(Promise.all([vty.run('one'), vty.run('two'), vty.run('one')])).resolves.toEqual([['1'], ['2'], ['1']]);
});

test('a connection that broke while nothing was asked is made anew', async () => {
  const vty = await terminal({ show: 'x\r\nOsmoHLR# ' });
  await vty.run('show');
  for (const socket of sockets.splice(0)) socket.destroy();
  await delay(20);
  await expect(vty.run('show')).resolves.toEqual(['x']);
});

test('a terminal of another name is understood too', async () => {
  const vty = await terminal({ show: 'x\r\nhlr-1.example# ' });
  await expect(vty.run('show')).resolves.toEqual(['x']);
});

test('a terminal that asks for a password is refused with what to do', async () => {
  const vty = await terminal({ enable: 'Password: ' });
  await expect(vty.run('show')).rejects.toMatchObject({
    ...{ kind: 'refused', message: 'the VTY of osmo-hlr asks for a password: take it away' },
  });
});

test('a terminal that prints without end is left, with what to be told of it', async () => {
  const vty = await terminal({ show: 'x'.repeat(100_000) });
  await expect(vty.run('show')).rejects.toMatchObject({
    ...{ kind: 'unreachable', message: "the VTY of osmo-hlr can't be reached: it printed more than 64 KiB at once" },
  });
});

test('a terminal that prints unasked is left too, and the next command finds a new connection', async () => {
  const vty = await terminal({ show: 'x\r\nOsmoHLR# ' });
  await vty.run('show');
  const [socket] = sockets.slice(-1);
  const closed = new Promise((resolve) => socket?.once('close', resolve));
  socket?.write('x'.repeat(1_000_000));
  await closed;
  await expect(vty.run('show')).resolves.toEqual(['x']);
});

test('a long line of brackets is read like any other', async () => {
  const line = '('.repeat(60_000);
  const vty = await terminal({ show: `${line}\r\nOsmoHLR# ` });
  await expect(vty.run('show')).resolves.toEqual([line]);
});

test('a terminal that is not there is unreachable', async () => {
  const vty = new VtyClient({ host: '127.0.0.1', port: 9 });
  await expect(vty.run('show')).rejects.toMatchObject({
    ...{ kind: 'unreachable', message: expect.stringMatching(/^the VTY of osmo-hlr can't be reached: /) as string },
  });
});
