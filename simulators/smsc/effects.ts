import type { Fact } from './facts.ts';

/** A fact as something that happened to the world, without keys and contents; undefined for the simulator's own bookkeeping. */
export function effectOf(fact: Fact): object | undefined {
  switch (fact.kind) {
    case 'deliveryQueued':
    case 'deliveryAnswered':
    case 'sequenceAccepted':
      return undefined;
    case 'fileWritten': {
      const { kind, at, iccid, file } = fact;
      return { kind, at, iccid, file };
    }
    case 'submitted': {
      const { kind, at, messageId, destination } = fact;
      return { kind, at, messageId, destination };
    }
    case 'cardUpdated': {
      const { kind, at, iccid, imsi } = fact;
      return { kind, at, iccid, imsi };
    }
    case 'counterConsumed':
    case 'replayRefused':
    case 'packetRefused':
    case 'adminCodeRefused':
    case 'adminCodeAccepted':
    case 'changeRequested':
    case 'powerCut':
    case 'lost':
    case 'delivered':
    case 'undeliverable':
    case 'expired':
    case 'originated':
    case 'detached':
    case 'attached':
    case 'attachRefused':
    case 'refreshIgnored':
    case 'userAsked':
      return fact;
  }
}
