import { DecodeError } from '../../telecom/decode-error.ts';
import { parsePlmn, type Plmn } from '../../telecom/identifiers/plmn.ts';
import { CHANGE_REQUEST_SPI, CHANGE_REQUEST_TAR, encodeChangeRequest } from '../../telecom/ota/change-request.ts';
import { encodeCommandPacket } from '../../telecom/ota/command-packet.ts';
import { segmentCommandPacket } from '../../telecom/sms/segments.ts';
import type { CardMemory } from './card-memory.ts';
import type { CardFact } from './facts.ts';
import type { KeySet } from './key-set.ts';
import { RESULT } from './proactive-commands.ts';
import { messageOfCard } from './submit.ts';
import type { ToolkitSession } from './toolkit-session.ts';

/** The number by which the card reaches Rehome, as its issuer wrote it into the application. */
const REHOME = { ton: 0, npi: 1, digits: '900' } as const;

interface Card {
  readonly memory: CardMemory;
  readonly keySet: KeySet;
}

/** Asks the user for the network to join, and sends what was entered as a signed packet, each under a counter of its own. */
export function askForTarget(toolkit: ToolkitSession, { memory, keySet }: Card): void {
  toolkit.add({ kind: 'askDigits', text: 'Network to join?' }, ({ result, text }) => {
    const target = result === RESULT.done && text !== undefined ? plmnOf(text) : undefined;
    if (target === undefined) return [];
    const { kvn, algorithm, keys, macLength } = keySet;
    const cntr = memory.requestCounter(kvn) + 1;
    const packet = encodeCommandPacket({
      header: {
        ...{ spi: CHANGE_REQUEST_SPI, tar: CHANGE_REQUEST_TAR, cntr },
        ...{ kic: { algorithm, kvn }, kid: { algorithm, kvn } },
      },
      ...{ data: encodeChangeRequest({ target }), keys, macLength },
    });
    for (const userData of segmentCommandPacket(packet, { reference: cntr % 256 }))
      toolkit.add({ kind: 'sendShortMessage', tpdu: messageOfCard(userData, REHOME) });
    const requested: CardFact = { kind: 'changeRequested', iccid: memory.factory.iccid, kvn, cntr, target };
    return [requested];
  });
}

function plmnOf(text: Uint8Array): Plmn | undefined {
  try {
    return parsePlmn(Buffer.from(text).toString('latin1'));
  } catch (cause) {
    if (cause instanceof DecodeError) return undefined;
    throw cause;
  }
}
