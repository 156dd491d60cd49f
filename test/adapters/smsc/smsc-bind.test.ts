import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SmscSession, type SmscSessionOptions } from '../../../adapters/smsc/smsc-session.ts';
import { createCertificates, type PartyFiles } from '../../support/certificates.ts';
import { SmscPeer, until } from './smsc-peer.ts';

const SEGMENT = {
  ...{ source: '900', destination: '491700000001', protocolId: 0x7f, dataCoding: 0xf6, userData: '02700001' },
};
const folder = mkdtempSync(join(tmpdir(), 'rehome-bind-'));
let smsc: PartyFiles;
let foreigner: PartyFiles;
beforeAll(async () => {
  [smsc, foreigner] = (
    await Promise.all(['smsc', 'foreigner'].map((name) => createCertificates(join(folder, name))))
  ).map(({ operators }) => operators) as [PartyFiles, PartyFiles];
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

let peer: SmscPeer;
let session: SmscSession | undefined;
let said: string[];
beforeEach(() => {
  said = [];
});
afterEach(async () => {
  await session?.stop();
  await peer.close();
});

function bindTo(url: string, options: Partial<SmscSessionOptions> = {}): SmscSession {
  session = new SmscSession({
    ...{ smsc: 'smsc-9', url, systemId: 'rehome', throttlePatienceMilliseconds: 0 },
    onDelivery: () => Promise.resolve(),
    log: (_level, message) => said.push(message),
    ...options,
  });
  session.start();
  return session;
}

const bound = (): Promise<void> => until(() => said.some((line) => line.startsWith('bound')));

describe('a bind over TLS', () => {
  beforeEach(() => {
    peer = new SmscPeer({ key: readFileSync(smsc.key), cert: readFileSync(smsc.cert) });
  });

  test('is made to an SMSC whose certificate the named authority has signed', async () => {
    bindTo(`smpps://127.0.0.1:${String(await peer.listen())}`, { caFile: smsc.ca });
    await bound();
    expect(peer.heard.map(({ command }) => command)).toEqual(['bind_transceiver']);
  });

  test('tells its password to nobody whose certificate another authority has signed', async () => {
    bindTo(`smpps://127.0.0.1:${String(await peer.listen())}`, { caFile: foreigner.ca });
    await until(() => said.some((line) => /signature|certificate/.test(line) && line.includes('trying again')));
    expect(peer.heard).toEqual([]);
  });

  test('is not made in the clear when the SMSC does not speak TLS', async () => {
    peer = new SmscPeer();
    bindTo(`smpps://127.0.0.1:${String(await peer.listen())}`, { caFile: smsc.ca, answerMilliseconds: 200 });
    await until(() => said.some((line) => line.includes('trying again')));
    expect(peer.heard).toEqual([]);
  });
});

describe('a bind whose other side falls silent', () => {
  beforeEach(() => {
    peer = new SmscPeer();
  });

  test('is made anew when the SMSC does not say that it is alive', async () => {
    peer.onPdu = () => undefined;
    bindTo(`smpp://127.0.0.1:${String(await peer.listen())}`, { enquireMilliseconds: 20, answerMilliseconds: 50 });
    await until(() => said.filter((line) => line.startsWith('bound')).length >= 2);
    expect(peer.heard.map(({ command }) => command)).toContain('enquire_link');
    expect(said).toContainEqual(expect.stringContaining('trying again'));
  });

  test('stays as it is while the SMSC answers', async () => {
    let enquiries = 0;
    peer.onPdu = (pdu) => {
      enquiries += 1;
      peer.answer(pdu);
    };
    bindTo(`smpp://127.0.0.1:${String(await peer.listen())}`, { enquireMilliseconds: 10 });
    await until(() => enquiries > 10);
    expect(said).toEqual(['bound to smsc-9']);
  });

  test('does not say that a segment was refused to which no answer came in time', async () => {
    peer.onPdu = () => undefined;
    const ota = bindTo(`smpp://127.0.0.1:${String(await peer.listen())}`, { answerMilliseconds: 100 });
    await bound();
    await expect(ota.submit(SEGMENT)).rejects.toMatchObject({
      type: 'SMSC_UNREACHABLE',
      message: expect.stringContaining('no answer in time') as string,
    });
  });
});
