import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { SmppLink } from '../../../adapters/smsc/smpp-link.ts';
import { SmscSession } from '../../../adapters/smsc/smsc-session.ts';
import { Peer as PeerPdu } from '../../telecom/smpp/smpp-peer.ts';
import { SmscPeer, until } from './smsc-peer.ts';

/** A connection whose other side reads nothing. */
class DeafSocket extends Duplex {
  override _read(): void {
    // What it says is pushed by the test.
  }

  override _write(): void {
    // Never done.
  }
}

const pdus = (command: string, count: number): Buffer =>
  Buffer.concat(
    Array.from({ length: count }, (_, index) => {
      const fields = { source_addr: '491700000001', short_message: Buffer.from('0271', 'hex') };
      return new PeerPdu(command, {
        sequence_number: index + 1_000,
        ...(command === 'deliver_sm' && fields),
      }).toBuffer();
    }),
  );

describe('an SMSC that sends more than can be dealt with', () => {
  let peer: SmscPeer;
  let session: SmscSession;
  let said: string[];
  let open: (() => void)[];
  const linesAbout = (what: string): string[] => said.filter((line) => line.includes(what));

  beforeEach(async () => {
    peer = new SmscPeer();
    said = [];
    open = [];
    session = new SmscSession({
      ...{ smsc: 'smsc-9', url: `smpp://127.0.0.1:${String(await peer.listen())}`, systemId: 'rehome' },
      ...{ answerMilliseconds: 100, enquireMilliseconds: 50 },
      onDelivery: () => new Promise((resolve) => open.push(resolve)),
      log: (_level, message) => said.push(message),
    });
    peer.onPdu = (pdu) => {
      if (pdu.command === 'enquire_link') peer.answer(pdu);
    };
    session.start();
    await until(() => linesAbout('bound').length > 0);
  });
  afterEach(async () => {
    await session.stop();
    await peer.close();
  });

  test('keeps all but fifty deliveries until some of those are taken, and is not thought dead meanwhile', async () => {
    peer.write(pdus('deliver_sm', 120));
    await until(() => open.length === 50);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect([open.length, linesAbout('trying again')]).toEqual([50, []]);
    for (let taken = 0; taken < 120; taken += 1) {
      await until(() => open.length > 0);
      open.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
      expect(open.length).toBeLessThanOrEqual(50);
    }
    await until(() => peer.answerTo(1_119) !== undefined);
    expect(peer.heard.filter(({ command }) => command === 'deliver_sm_resp')).toHaveLength(120);
    expect(linesAbout('trying again')).toEqual([]);
  });

  test('is not thought dead for a question that it could not answer, since nothing more was read', async () => {
    let asked = 0;
    peer.onPdu = ({ command }) => {
      if (command !== 'enquire_link') return;
      asked += 1;
      if (asked === 1) peer.write(pdus('deliver_sm', 50));
    };
    await until(() => open.length === 50);
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect([asked, linesAbout('trying again')]).toEqual([1, []]);
  });

  test('is read again on its new connection when what was open of the old one is taken', async () => {
    peer.write(pdus('deliver_sm', 50));
    await until(() => open.length === 50);
    const ofTheOldOne = open.splice(0);
    peer.hangUp();
    await until(() => linesAbout('bound').length === 2);
    peer.write(pdus('deliver_sm', 2));
    await until(() => open.length === 1);
    open.shift()?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(open).toHaveLength(0);
    ofTheOldOne.shift()?.();
    await until(() => open.length === 1);
    for (const take of [...ofTheOldOne, ...open]) take();
  });

  test('fills no log with what is not understood, and has it refused all the same', async () => {
    const unknown = Buffer.from('0000001000000777000000000000004e', 'hex');
    peer.write(Buffer.concat(Array.from({ length: 40 }, () => unknown)));
    await until(() => peer.heard.filter(({ command }) => command === 'generic_nack').length === 40);
    expect(linesAbout('not understood')).toHaveLength(1);
  });
});

test('an SMSC that asks and asks, and does not read the answers, loses its connection before they fill the memory', async () => {
  const socket = new DeafSocket();
  const ended = new Promise<Error>((resolve) => socket.once('error', resolve));
  const link: SmppLink = new SmppLink({
    ...{ socket: socket as unknown as Socket, answerMilliseconds: 100 },
    onRequest: ({ sequence }) => {
      link.respond(sequence, { command: 'enquireLinkResp' });
    },
    onUnreadable: () => undefined,
  });
  const burst = pdus('enquire_link', 4_000);
  let most = 0;
  for (let sent = 0; sent < 40 && !socket.destroyed; sent += 1) {
    socket.push(burst);
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, socket.writableLength);
  }
  expect((await ended).message).toContain('does not read');
  expect(most).toBeLessThanOrEqual(1024 * 1024 + 16);
});
