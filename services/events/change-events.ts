import type { EventBus } from '../../adapters/kafka/event-bus.ts';
import type { TopicReading } from '../../adapters/kafka/read-topic.ts';
import type { PublishedEvent } from '../../application/views.ts';
import { TOPICS } from './topics.ts';

export interface EventReading extends Omit<TopicReading, 'onMessage'> {
  /** Only the events of this card. */
  readonly iccid?: string;
  readonly onEvent: (event: PublishedEvent) => void;
}

/** Shows `subscription-change.events` to somebody who looks; a message that is no JSON is shown as one without an event. */
export function readChangeEvents(
  bus: Pick<EventBus, 'read'>,
  { iccid, onEvent, ...reading }: EventReading,
): Promise<void> {
  return bus.read(TOPICS.changeEvents, {
    ...reading,
    onMessage: ({ partition, offset, key, value }) => {
      if (iccid !== undefined && key?.toString('utf8') !== iccid) return;
      onEvent({ partition, offset: Number(offset), event: parsed(value) });
    },
  });
}

function parsed(value: Buffer | null): PublishedEvent['event'] {
  try {
    const event: unknown = JSON.parse(value?.toString('utf8') ?? '');
    return typeof event === 'object' && event !== null ? event : null;
  } catch {
    // Somebody else wrote it; whoever looks is told that it can't be read.
    return null;
  }
}
