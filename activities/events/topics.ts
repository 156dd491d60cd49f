/** The topics, as `docs/asyncapi.yaml` describes them. */
export const TOPICS = {
  hlrEvents: 'hlr.events',
  deviceEvents: 'device.events',
  changeEvents: 'subscription-change.events',
} as const;

export const deadLettersOf = (topic: string): string => `${topic}.dead-letters`;

/** Everything that `rehome setup` creates. */
export const ALL_TOPICS: readonly string[] = [
  ...Object.values(TOPICS),
  deadLettersOf(TOPICS.hlrEvents),
  deadLettersOf(TOPICS.deviceEvents),
];
