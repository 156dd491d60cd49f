import { relayOutbox } from '../services/timeline/outbox-relay.ts';
import type { StartRole } from './roles.ts';

/** Publishes every state of every change; of several relays one is active. */
export const startOutboxRelay: StartRole = ({ resources }) => {
  const stopping = new AbortController();
  const { database, bus, log } = resources;
  const ended = relayOutbox({ database, bus, log, signal: stopping.signal });
  return Promise.resolve({
    ended,
    stop: async () => {
      stopping.abort();
      await ended;
    },
  });
};
