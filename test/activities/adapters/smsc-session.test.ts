import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { SmscSession } from '../../../activities/adapters/smsc/smsc-session.ts';
import type { Delivery } from '../../../activities/adapters/smsc/protocol.ts';

const SEGMENT = { source: '900', destination: '491700000001', protocolId: 0x7f, dataCoding: 0xf6, userData: '0270' };

type Line = Readonly<Record<string, unknown>> & { readonly id: number };

/** An SMSC that answers a bind, and leaves the rest to the test. */
class Peer {
  readonly heard: Line[] = [];
  onLine: (line: Line) => void = () => undefined;
  #socket: Socket | undefined;
  readonly #server: Server = createServer((socket) => {
    this.#socket = socket;
    createInterface({ input: socket })
      .on('error', () => undefined)
      .on('line', (text) => {
        const line = JSON.parse(text) as Line;
        this.heard.push(line);
        if ('bind' in line) this.say({ id: line.id, ok: true });
        else this.onLine(line);
      });
    socket.on('error', () => undefined);
  });

  async listen(port = 0): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  say(message: object | string): void {
    this.#socket?.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`);
  }

  hangUp(): void {
    this.#socket?.destroy();
  }

  async close(): Promise<void> {
    this.hangUp();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

describe('the bind to an SMSC', () => {
  let peer: Peer;
  let session: SmscSession;
  let delivered: Delivery[];
  let onDelivery: (delivery: Delivery) => Promise<void>;
  let said: string[];

  beforeEach(() => {
    peer = new Peer();
    delivered = [];
    said = [];
    onDelivery = (delivery) => {
      delivered.push(delivery);
      return Promise.resolve();
    };
  });
  afterEach(async () => {
    await session.stop();
    await peer.close();
  });

  function start(port: number): void {
    session = new SmscSession({
      smsc: 'smsc-9',
      url: `tcp://127.0.0.1:${String(port)}`,
      systemId: 'rehome',
      onDelivery: (delivery) => onDelivery(delivery),
      log: (_level, message) => said.push(message),
    });
    session.start();
  }

  const bound = (): Promise<void> => until(() => said.some((line) => line.startsWith('bound')));

  test('comes up by itself when the SMSC starts later', async () => {
    const port = await peer.listen();
    await peer.close();
    start(port);
    expect(() => {
      session.requireBind();
    }).toThrow('there is no bind to smsc-9');
    await until(() => said.some((line) => line.includes('trying again')));
    peer = new Peer();
    await peer.listen(port);
    await bound();
    session.requireBind();
  });

  test('resolves to the message id of the SMSC', async () => {
    peer.onLine = ({ id }) => {
      peer.say({ id, ok: true, messageId: 'M-1' });
    };
    start(await peer.listen());
    await bound();
    await expect(session.submit(SEGMENT)).resolves.toBe('M-1');
    expect(peer.heard.at(-1)).toMatchObject({ submit: SEGMENT });
  });

  test.each([
    ['ESME_RTHROTTLED', 'SMSC_THROTTLED', 2_000],
    ['ESME_RMSGQFUL', 'SMSC_THROTTLED', 2_000],
    ['ESME_RSUBMITFAIL', 'SMSC_THROTTLED', undefined],
    ['ESME_RSYSERR', 'SMSC_UNREACHABLE', undefined],
    ['ESME_RINVDSTADR', 'SMSC_REFUSED', undefined],
  ])('tells %s as %s', async (name, type, nextRetryDelay) => {
    peer.onLine = ({ id }) => {
      peer.say({ id, ok: false, name, status: '0x1' });
    };
    start(await peer.listen());
    await bound();
    await expect(session.submit(SEGMENT)).rejects.toMatchObject({ type, nextRetryDelay });
  });

  test('does not say that a segment was refused when it was taken under no message id', async () => {
    peer.onLine = ({ id }) => {
      peer.say({ id, ok: true });
    };
    start(await peer.listen());
    await bound();
    await expect(session.submit(SEGMENT)).rejects.toMatchObject({ type: 'SMSC_UNREACHABLE' });
  });

  test('does not say that a segment was refused when the connection broke before the answer', async () => {
    peer.onLine = () => {
      peer.hangUp();
    };
    start(await peer.listen());
    await bound();
    await expect(session.submit(SEGMENT)).rejects.toMatchObject({ type: 'SMSC_UNREACHABLE' });
  });

  test('comes back after the connection broke', async () => {
    start(await peer.listen());
    await bound();
    said.length = 0;
    peer.hangUp();
    await bound();
    session.requireBind();
  });

  test('acknowledges a delivery only once it was taken, and refuses it otherwise', async () => {
    const message: Delivery = { kind: 'message', source: '491700000001', userData: '0271' };
    start(await peer.listen());
    await bound();
    onDelivery = () => Promise.reject(new Error('Kafka is away'));
    peer.say({ id: 71, deliver: message });
    await until(() => peer.heard.some(({ id }) => id === 71));
    expect(peer.heard.find(({ id }) => id === 71)).toEqual({ id: 71, ok: false });
    onDelivery = (delivery) => {
      delivered.push(delivery);
      return Promise.resolve();
    };
    peer.say({ id: 72, deliver: message });
    await until(() => peer.heard.some(({ id }) => id === 72));
    expect(peer.heard.find(({ id }) => id === 72)).toEqual({ id: 72, ok: true });
    expect(delivered).toEqual([message]);
  });

  test('answers whether it is alive, and lives on after a line that it does not understand', async () => {
    start(await peer.listen());
    await bound();
    peer.say('not JSON');
    peer.say({ id: 'nor a message' });
    peer.say({ id: 80, enquire: true });
    await until(() => peer.heard.some(({ id }) => id === 80));
    expect(peer.heard.find(({ id }) => id === 80)).toEqual({ id: 80, ok: true });
    expect(said.filter((line) => line.includes('not understood'))).toHaveLength(2);
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 5_000; !holds();) {
    if (Date.now() > end) throw new Error('what the test waits for did not happen');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
