import { NotOurs, type DeliveryDependencies } from './dependencies.ts';
import { DecodeError } from '../../telecom/decode-error.ts';
import { parseMsisdn } from '../../telecom/identifiers/msisdn.ts';
import { fromHex } from '../../telecom/octets/hex.ts';
import { parseUserDataHeader } from '../../telecom/sms/user-data-header.ts';
import { sanitizeText } from '../../workflows/shared/sanitize-text.ts';
import type { CountedAlarm } from '../alarms/counted-alarm.ts';
import type { Delivery } from '../../adapters/smsc/protocol.ts';
import { MANY_DEAD_LETTERS, deadLetterAlarm } from '../alarms/dead-letter-alarm.ts';
import { TOPICS, deadLettersOf } from '../events/topics.ts';
import { keyAlarm } from './key-refusals.ts';
import { handleChangeRequest } from './handle-change-request.ts';
import { handleReachable } from './handle-reachable.ts';
import { handleProofOfReceipt } from './handle-proof-of-receipt.ts';
import { handleReceipt } from './handle-receipt.ts';

/**
 * Takes what the SMSC delivers: a receipt is noted, word of a device goes to the change that waits for it, a PoR is verified with the card's keys and published to `device.events`, a card's
 * own request to `subscription.requests`. Resolves once the event is in Kafka; what can't be understood goes to the dead letters,
 * octet for octet.
 */
export function handleDelivery(dependencies: DeliveryDependencies): (delivery: Delivery) => Promise<void> {
  const alarm = deadLetterAlarm(dependencies.now);
  const bury = async (letter: DeadLetter): Promise<void> => {
    await publishDeadLetter(dependencies, letter);
    if (!alarm.happened()) return;
    const sentence = `what ${dependencies.smsc} delivers goes to the dead letters, ${String(MANY_DEAD_LETTERS)} within a minute: ${sanitizeText(letter.reason)}`;
    dependencies.log('error', sentence, { code: 'SMSC_UNREADABLE' });
  };
  const refused = keyAlarm(dependencies);
  return async (delivery) => {
    if (delivery.kind === 'receipt') await handleReceipt(dependencies, delivery);
    else if (delivery.kind === 'available') await handleReachable(dependencies, delivery);
    else if (delivery.kind === 'message') await takeMessage({ ...dependencies, alarm: refused }, delivery, bury);
    else await bury({ key: null, octets: delivery.pdu, reason: delivery.reason });
  };
}

export type Message = Extract<Delivery, { kind: 'message' }>;

async function takeMessage(
  dependencies: DeliveryDependencies & { readonly alarm: CountedAlarm },
  message: Message,
  bury: (letter: DeadLetter) => Promise<void>,
): Promise<void> {
  try {
    const sender = parseMsisdn(message.source);
    const userData = fromHex(message.userData, 'user data');
    if (isCommand(userData)) await handleChangeRequest(dependencies, { sender, userData });
    else await handleProofOfReceipt(dependencies, { sender, userData });
  } catch (cause) {
    const reason = reasonOf(cause);
    if (reason === undefined) throw cause;
    await bury({ key: message.source, octets: message.userData, reason });
  }
}

/** Whether the header announces a command packet (70); a network may have dropped the header of a response, so all else may be one. */
function isCommand(userData: Uint8Array): boolean {
  try {
    return parseUserDataHeader(userData).kind === 'commandPacket';
  } catch (cause) {
    if (cause instanceof DecodeError) return false;
    throw cause;
  }
}

function reasonOf(cause: unknown): string | undefined {
  if (cause instanceof NotOurs) return cause.message;
  return cause instanceof DecodeError ? `${cause.field}: ${cause.message}` : undefined;
}

interface DeadLetter {
  readonly key: string | null;
  /** In hex. */
  readonly octets: string;
  readonly reason: string;
}

async function publishDeadLetter(
  { smsc, bus }: DeliveryDependencies,
  { key, octets, reason }: DeadLetter,
): Promise<void> {
  await bus.publish(deadLettersOf(TOPICS.deviceEvents), [
    {
      key,
      value: Buffer.from(octets, 'hex'),
      headers: { 'x-reason': sanitizeText(reason), 'x-source': `/smscs/${smsc}` },
    },
  ]);
}
