import type { Imsi } from '../telecom/identifiers/imsi.ts';
import type { Attached } from './watch-attaches.ts';

/** A CloudEvent 1.0 as the topic `hlr.events` carries it. */
export interface HlrEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: Imsi;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: Readonly<Record<string, string>>;
}

/** Publishes to `hlr.events`, with the subject as the key; rejects when it can't be said that the event is there. */
export type PublishHlrEvent = (event: HlrEvent) => Promise<void>;

interface Network {
  readonly operator: string;
  readonly plmn: string;
}

/** Tells of a location update on behalf of an HLR that publishes nothing itself; the same update has the same id, whoever tells it. */
export function locationUpdated(
  { operator, plmn }: Network,
  { imsi, locationUpdate: { at, imei } }: Pick<Attached, 'imsi' | 'locationUpdate'>,
): HlrEvent {
  const data = { imsi, ...(imei !== null && { imei }), plmn };
  return hlrEvent(operator, { id: 'location-update', name: 'location-updated', at, data });
}

/** The same of a card that tried to use a barred IMSI. */
export function locationUpdateRefused(
  { operator }: Pick<Network, 'operator'>,
  { imsi, refusedAt: at }: { readonly imsi: Imsi; readonly refusedAt: string },
): HlrEvent {
  return hlrEvent(operator, { id: 'location-update-refused', name: 'location-update-refused', at, data: { imsi } });
}

interface Told {
  readonly id: string;
  readonly name: string;
  readonly at: string;
  readonly data: HlrEvent['data'] & { readonly imsi: Imsi };
}

const hlrEvent = (operator: string, { id, name, at, data }: Told): HlrEvent => ({
  specversion: '1.0',
  id: `${id}-${data.imsi}-${at}`,
  source: `/operators/${operator}/hlr`,
  type: `org.rehome.hlr.${name}.v1`,
  subject: data.imsi,
  time: at,
  datacontenttype: 'application/json',
  data,
});
