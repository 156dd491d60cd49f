/** The topics, as `docs/asyncapi.yaml` describes them. */
export const TOPICS = {
  requests: 'subscription.requests',
  hlrEvents: 'hlr.events',
  deviceEvents: 'device.events',
  changeEvents: 'subscription-change.events',
} as const;

export const deadLettersOf = (topic: string): string => `${topic}.dead-letters`;

/** The client library reads no snappy, lz4 or zstd: the broker stores what comes in those uncompressed. */
const READABLE = { 'compression.type': 'uncompressed' } as const;
/** A dead letter is a message and its reason: twice what the broker takes by default. */
const ROOM_FOR_REASONS = { ...READABLE, 'max.message.bytes': '2097152' } as const;

/** Everything that `rehome setup` creates, with the settings of each topic that are not the broker's own. */
export const ALL_TOPICS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ...Object.fromEntries(Object.values(TOPICS).map((topic) => [topic, READABLE])),
  [deadLettersOf(TOPICS.requests)]: ROOM_FOR_REASONS,
  [deadLettersOf(TOPICS.hlrEvents)]: ROOM_FOR_REASONS,
  [deadLettersOf(TOPICS.deviceEvents)]: ROOM_FOR_REASONS,
};
