import type { EventBus } from '../../adapters/kafka/event-bus.ts';
import { CLOUD_EVENT_CONTENT_TYPE, cloudEvent } from '../events/cloud-event.ts';

/** Publishes one event about a card, under its ICCID, so that the events of one card stay in order. */
export async function publishEvent(
  bus: EventBus,
  { topic, iccid }: { readonly topic: string; readonly iccid: string },
  event: { readonly id: string; readonly source: string; readonly type: string; readonly data: object },
): Promise<void> {
  const value = JSON.stringify(cloudEvent({ ...event, subject: iccid, time: new Date().toISOString() }));
  await bus.publish(topic, [{ key: iccid, value, headers: { 'content-type': CLOUD_EVENT_CONTENT_TYPE } }]);
}
