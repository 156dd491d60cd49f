import type { MessageState } from '../../telecom/smpp/delivery-receipt.ts';
import type { SubmissionHistory } from './submission-history.ts';
import { isFinal, isGivenUp, segmentStates } from './segments-due.ts';

/** What an SMSC that may be asked says of its messages, and who notes it. */
export interface AskedSmsc {
  /** Undefined when it does not say. */
  readonly stateOf: (messageId: string) => Promise<MessageState | undefined>;
  /** Notes what it says as if a receipt had said it. */
  readonly note: (said: {
    readonly messageId: string;
    readonly destination: string;
    readonly state: MessageState;
  }) => Promise<void>;
}

/** By message id: what the SMSC says where no receipt has said it. */
export type Said = Readonly<Record<string, MessageState>>;

/**
 * Asks what has become of the messages of the last submission of which nothing final is known. An SMSC is not believed to have a message
 * for longer than it keeps one: it would hold every copy back for ever. Of a packet that is known to be given up nothing is asked.
 */
export async function askStates(history: SubmissionHistory, { stateOf }: Pick<AskedSmsc, 'stateOf'>): Promise<Said> {
  const [last] = history.submissions;
  if (last === undefined || !last.isValid) return {};
  const known = segmentStates(history, last);
  if (known.some(isGivenUp)) return {};
  const open = last.messageIds.filter((_messageId, index) => !isFinal(known[index]));
  const answers = await Promise.all(open.map(async (messageId) => [messageId, await stateOf(messageId)] as const));
  return Object.fromEntries(answers.flatMap(([messageId, state]) => (state === undefined ? [] : [[messageId, state]])));
}

/**
 * A message may still arrive while it is ENROUTE. ACCEPTED is none of that: customer service has read the message in the subscriber's
 * place (SMPP 3.4 §5.2.28), and nothing is known of the card.
 */
export const isOnItsWay = (said: Said): boolean => Object.values(said).includes('enroute');

/** Notes what is final. */
export async function noteStates(said: Said, destination: string, { note }: Pick<AskedSmsc, 'note'>): Promise<void> {
  for (const [messageId, state] of Object.entries(said))
    if (isFinal(state)) await note({ messageId, destination, state });
}
