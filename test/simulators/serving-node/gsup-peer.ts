import { randomBytes } from 'node:crypto';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { AuthTuple } from '../../../telecom/gsup/auth-tuple.ts';
import { decodeGsup, encodeGsup } from '../../../telecom/gsup/gsup.ts';
import { decodeCcm, encodeCcm, type CcmMessage } from '../../../telecom/gsup/ipa-ccm.ts';
import { IPA_PROTOCOL, IpaFrames, encodeIpaFrame } from '../../../telecom/gsup/ipa-frames.ts';
import { GSUP_CAUSE, type GsupMessage } from '../../../telecom/gsup/message.ts';
import type { Imsi } from '../../../telecom/identifiers/imsi.ts';
import { parseMsisdn } from '../../../telecom/identifiers/msisdn.ts';
import { milenage, type MilenageKeys } from '../../../telecom/milenage.ts';
import { toHex } from '../../../telecom/octets/hex.ts';
import { Secret } from '../../../telecom/secret.ts';
import { sqnOctets } from '../../support/usim.ts';

const AMF = Uint8Array.of(0, 0);
export const MSISDN = parseMsisdn('491700000001');

/** What the peer answers to a message; nothing is no answer. */
export type Script = (message: GsupMessage) => readonly GsupMessage[];

/** An HLR that greets like osmo-hlr and answers by a script. */
export class GsupPeer {
  readonly heard: GsupMessage[] = [];
  readonly ccm: CcmMessage[] = [];
  script: Script = () => [];
  readonly #server: Server;
  #socket: Socket | undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#greet(socket));
  }

  static async start(port = 0): Promise<GsupPeer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new GsupPeer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Names of what was heard, in order. */
  get kinds(): string[] {
    return this.heard.map(({ kind }) => kind);
  }

  send(message: GsupMessage): void {
    this.#write(IPA_PROTOCOL.osmo, encodeGsup(message));
  }

  ping(): void {
    this.#write(IPA_PROTOCOL.ccm, encodeCcm({ kind: 'ping' }));
  }

  sendOctets(octets: Uint8Array): void {
    this.#write(IPA_PROTOCOL.osmo, octets);
  }

  hangUp(): void {
    this.#socket?.destroy();
  }

  async stop(): Promise<void> {
    this.hangUp();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #greet(socket: Socket): void {
    this.#socket = socket;
    const frames = new IpaFrames();
    // A node that goes away resets the connection; the next one is a new one.
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const { protocol, payload } of frames.take(chunk)) {
        if (protocol === IPA_PROTOCOL.ccm) this.#takeCcm(decodeCcm(payload));
        else this.#take(decodeGsup(payload));
      }
    });
    this.#write(IPA_PROTOCOL.ccm, encodeCcm({ kind: 'identityRequest', tags: [8, 7, 2, 3, 4, 5, 1, 0] }));
  }

  #takeCcm(message: CcmMessage): void {
    this.ccm.push(message);
    if (message.kind === 'identityAck') this.#write(IPA_PROTOCOL.ccm, encodeCcm({ kind: 'identityAck' }));
  }

  #take(message: GsupMessage): void {
    this.heard.push(message);
    for (const answer of this.script(message)) this.send(answer);
  }

  #write(protocol: number, payload: Uint8Array): void {
    this.#socket?.write(encodeIpaFrame({ protocol, payload }));
  }
}

/** Answers like an HLR that knows these keys for everybody, and lets everybody in. */
export function hospitable({ keys, sqn = 32 }: { keys: MilenageKeys; sqn?: number }): Script {
  let next = sqn;
  return (message) => {
    const { kind, imsi } = message;
    if (kind === 'checkImeiRequest') return [{ kind: 'checkImeiResult', imsi, accepted: true }];
    if (kind === 'updateLocationRequest') return [{ kind: 'insertDataRequest', imsi, cnDomain: 'ps', msisdn: MSISDN }];
    if (kind === 'insertDataResult') return [{ kind: 'updateLocationResult', imsi }];
    if (kind === 'purgeMsRequest') return [{ kind: 'purgeMsResult', imsi }];
    if (kind !== 'sendAuthInfoRequest') return [];
    if (message.resynchronisation !== undefined) {
      const { rand, auts } = message.resynchronisation;
      const ofCard = milenage(keys).openAuts(rand, auts);
      if (ofCard === undefined) return [{ kind: 'sendAuthInfoError', imsi, cause: GSUP_CAUSE.imsiUnknown }];
      next = parseInt(toHex(ofCard), 16);
    }
    next += 1;
    return [{ kind: 'sendAuthInfoResult', imsi, tuples: [tupleOf(keys, next)] }];
  };
}

/** The same, but this message gets this answer. */
export function except(script: Script, kind: GsupMessage['kind'], answer: (imsi: Imsi) => GsupMessage): Script {
  return (message) => (message.kind === kind ? [answer(message.imsi)] : script(message));
}

function tupleOf(keys: MilenageKeys, sqn: number): AuthTuple {
  const rand = new Uint8Array(randomBytes(16));
  const algorithm = milenage(keys);
  const { res, ck, ik } = algorithm.f2345(rand);
  const autn = algorithm.autn({ rand, sqn: sqnOctets(sqn), amf: AMF });
  return { rand, autn, res, ck, ik, triplet: { sres: new Uint8Array(4), kc: Secret.of(new Uint8Array(8)) } };
}
