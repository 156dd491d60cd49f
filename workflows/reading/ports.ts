import type { ResponseStatus } from '../../telecom/ota/response-status.ts';

/**
 * The type name of the workflow that reads a card. It has the id of the card's changes (`changeWorkflowId`), so that the Temporal server
 * itself keeps a change from beginning while the card is read, and the other way.
 */
export const READ_CARD = 'readCard';

/** Asks a card over the air which IMSI it holds. */
export interface ReadCard {
  /** A UUID. */
  readonly readingId: string;
  readonly iccid: string;
  readonly askedBy: string;
  /** How long the card may take to answer. */
  readonly patienceSeconds: number;
}

/** What came of it. Nothing was changed in any case. */
export type CardReading =
  | {
      readonly kind: 'read';
      /** What the card holds. */
      readonly held: string;
      /** What the registry says. */
      readonly imsi: string;
    }
  /** The card was not asked, or gave no answer that tells. */
  | { readonly kind: 'notRead'; readonly reason: string };

/** One question to the card. */
export interface CardQuestion {
  readonly readingId: string;
  readonly iccid: string;
  /** From 1. */
  readonly number: number;
}

/** What is done in our own database. Each is safe to repeat. */
export interface ReadingActivities {
  /** Notes who asks; or says why the card is not asked: it is being changed, or can't be read. */
  beginReading(
    reading: ReadCard,
  ): Promise<
    | { readonly kind: 'begun'; readonly smsc: string; readonly imsi: string }
    | { readonly kind: 'refused'; readonly reason: string }
  >;
  /** Fails until the card has answered this question, so that the server repeats it at no cost in history. */
  watchReading(question: CardQuestion): Promise<{ readonly status: ResponseStatus; readonly held: string | null }>;
  /** From then on nothing more is sent. */
  endReading(reading: { readonly readingId: string }): Promise<void>;
}

/** What is done on the card, by a worker that serves its SMSC. */
export interface CardAskingActivities {
  /**
   * Sends a harmless packet that reads the card’s IMSI, under a counter above every one that it has had; repeated, the same bytes. The
   * failure CANCELLED says that a change of the card is open.
   */
  askCard(question: CardQuestion): Promise<{ readonly answered: boolean }>;
}
