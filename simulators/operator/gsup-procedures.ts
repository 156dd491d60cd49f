import { GSUP_CAUSE, type GsupMessage } from '../../telecom/gsup/message.ts';
import { REGISTRATION_REFUSALS } from '../../telecom/gsup/registration-refusal.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { AutsRefused, vectorsFor } from './authentication-centre.ts';
import type { RegistrationRefusal } from './facts.ts';
import type { Network } from './network.ts';
import type { Subscriber } from './subscribers.ts';

const VECTORS_BY_DEFAULT = 5;
const REFUSALS_TOLD_EVERY_MS = 60_000;

/** A serving node, as the HLR sees it. */
export interface Peer {
  readonly name: string;
  send(message: GsupMessage): void;
}

/** What the HLR does for serving nodes (3GPP TS 29.002 by GSUP). */
export class GsupProcedures {
  readonly #network: Network;
  readonly #peerNamed: (name: string) => Peer | undefined;
  /** Location updates whose InsertSubscriberData is not answered yet. */
  readonly #inserting = new Set<string>();

  constructor(network: Network, peerNamed: (name: string) => Peer | undefined) {
    this.#network = network;
    this.#peerNamed = peerNamed;
  }

  /** Answers a message; what is no request of a serving node is left out. */
  take(peer: Peer, message: GsupMessage): void {
    const { kind, imsi } = message;
    if (kind === 'sendAuthInfoRequest') this.#sendAuthInfo(peer, message);
    else if (kind === 'authFailReport') this.#network.record({ kind: 'authenticationFailed', imsi, node: peer.name });
    else if (kind === 'checkImeiRequest') this.#checkImei(peer, message);
    else if (kind === 'updateLocationRequest') this.#beginUpdate(peer, imsi);
    else if (kind === 'insertDataResult') this.#finishUpdate(peer, imsi);
    else if (kind === 'insertDataError') this.#giveUpUpdate(peer, message);
    else if (kind === 'purgeMsRequest') this.#purge(peer, imsi);
  }

  /** Tells the node that has a subscriber that it may not be there any more. */
  cancelLocation({ imsi, node }: Subscriber): void {
    if (node === undefined) return;
    this.#peerNamed(node)?.send({ kind: 'locationCancelRequest', imsi, cnDomain: 'ps', cancelType: 'withdraw' });
  }

  /** What a node began and can't end any more, since its connection broke. */
  forget(peer: Peer): void {
    for (const key of this.#inserting) if (key.startsWith(`${peer.name}/`)) this.#inserting.delete(key);
  }

  #sendAuthInfo(peer: Peer, message: Extract<GsupMessage, { kind: 'sendAuthInfoRequest' }>): void {
    const { imsi, vectorsWanted, resynchronisation } = message;
    const refused = (cause: number) => {
      peer.send({ kind: 'sendAuthInfoError', imsi, cause });
    };
    const subscriber = this.#admitted(peer, imsi, refused);
    if (subscriber === undefined) return;
    const wanted = vectorsWanted ?? VECTORS_BY_DEFAULT;
    try {
      const tuples = vectorsFor(this.#network, subscriber, { node: peer.name, wanted, resynchronisation });
      peer.send({ kind: 'sendAuthInfoResult', imsi, tuples });
    } catch (cause) {
      if (!(cause instanceof AutsRefused)) throw cause;
      this.#network.log(cause.message);
      refused(GSUP_CAUSE.imsiUnknown);
    }
  }

  #checkImei(peer: Peer, { imsi, imei }: Extract<GsupMessage, { kind: 'checkImeiRequest' }>): void {
    const refused = (cause: number) => {
      peer.send({ kind: 'checkImeiError', imsi, cause });
    };
    const subscriber = this.#admitted(peer, imsi, refused);
    if (subscriber === undefined) return;
    if (subscriber.imei !== imei) this.#network.record({ kind: 'imeiChecked', imsi, imei });
    peer.send({ kind: 'checkImeiResult', imsi, accepted: true });
  }

  #beginUpdate(peer: Peer, imsi: Imsi): void {
    const subscriber = this.#admitted(peer, imsi, (cause) => {
      peer.send({ kind: 'updateLocationError', imsi, cause });
    });
    if (subscriber === undefined) return;
    const cause = this.#network.faults.plan.refuseUpdates;
    if (cause !== undefined) {
      this.#noteRegistrationRefusal(peer, subscriber, cause);
      peer.send({ kind: 'updateLocationError', imsi, cause: REGISTRATION_REFUSALS[cause] });
      return;
    }
    this.#inserting.add(keyOf(peer, imsi));
    peer.send({ kind: 'insertDataRequest', imsi, cnDomain: 'ps', msisdn: subscriber.msisdn });
  }

  #finishUpdate(peer: Peer, imsi: Imsi): void {
    const begun = this.#inserting.delete(keyOf(peer, imsi));
    const subscriber = begun ? this.#network.subscribers.find(imsi) : undefined;
    if (subscriber === undefined) return;
    if (subscriber.barred) {
      this.#noteRefusal(peer, subscriber);
      peer.send({ kind: 'updateLocationError', imsi, cause: GSUP_CAUSE.gprsNotAllowed });
      return;
    }
    const { node, imei, attached, locationUpdate } = subscriber;
    // A node that repeats its update because the answer was lost changes nothing, so nothing is told again.
    if (!attached || node !== peer.name || locationUpdate?.imei !== imei) this.#move(peer, subscriber);
    peer.send({ kind: 'updateLocationResult', imsi });
  }

  #giveUpUpdate(peer: Peer, { imsi, cause }: { readonly imsi: Imsi; readonly cause: number }): void {
    if (this.#inserting.delete(keyOf(peer, imsi))) peer.send({ kind: 'updateLocationError', imsi, cause });
  }

  #move(peer: Peer, { imsi, imei, node: old }: Subscriber): void {
    this.#network.record({ kind: 'locationUpdated', imsi, node: peer.name, imei });
    if (old === undefined || old === peer.name) return;
    this.#network.record({ kind: 'cancelled', imsi, node: old });
    this.#peerNamed(old)?.send({ kind: 'locationCancelRequest', imsi, cnDomain: 'ps', cancelType: 'update' });
  }

  #purge(peer: Peer, imsi: Imsi): void {
    const subscriber = this.#network.subscribers.find(imsi);
    if (subscriber === undefined || this.#network.faults.plan.down === true) {
      const cause = subscriber === undefined ? GSUP_CAUSE.imsiUnknown : GSUP_CAUSE.networkFailure;
      peer.send({ kind: 'purgeMsError', imsi, cause });
      return;
    }
    // A node that a subscriber has left since may purge late: that takes nothing from the node where it is now. Cards of the file
    // are attached from the beginning, at no node in particular.
    const isThere = subscriber.node === undefined || subscriber.node === peer.name;
    if (subscriber.attached && isThere) this.#network.record({ kind: 'detached', imsi });
    peer.send({ kind: 'purgeMsResult', imsi });
  }

  /** The subscriber, or nothing when the node was told why it is not let in. */
  #admitted(peer: Peer, imsi: Imsi, refuse: (cause: number) => void): Subscriber | undefined {
    const { subscribers, faults } = this.#network;
    const subscriber = subscribers.find(imsi);
    if (faults.plan.down === true) refuse(GSUP_CAUSE.networkFailure);
    else if (subscriber === undefined) refuse(GSUP_CAUSE.imsiUnknown);
    else if (subscriber.barred) {
      this.#noteRefusal(peer, subscriber);
      refuse(GSUP_CAUSE.gprsNotAllowed);
    } else return subscriber;
    return undefined;
  }

  #noteRegistrationRefusal(peer: Peer, { imsi, refusal }: Subscriber, cause: RegistrationRefusal): void {
    if (refusal?.cause === cause && wasJustNow(refusal.at)) return;
    this.#network.record({ kind: 'registrationRefused', imsi, node: peer.name, cause });
  }

  #noteRefusal(peer: Peer, { imsi, refusedAt }: Subscriber): void {
    if (refusedAt !== null && wasJustNow(refusedAt)) return;
    this.#network.record({ kind: 'locationUpdateRefused', imsi, node: peer.name });
  }
}

const wasJustNow = (at: string): boolean => Date.now() - Date.parse(at) < REFUSALS_TOLD_EVERY_MS;

const keyOf = ({ name }: Peer, imsi: Imsi): string => `${name}/${imsi}`;
