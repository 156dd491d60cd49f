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

/** Tells of a location update on behalf of an HLR that publishes nothing itself; the same update has the same id, whoever tells it. */
export function locationUpdated(
  { operator, plmn }: { readonly operator: string; readonly plmn: string },
  { imsi, locationUpdate: { at, imei } }: Pick<Attached, 'imsi' | 'locationUpdate'>,
): HlrEvent {
  return {
    specversion: '1.0',
    id: `location-update-${imsi}-${at}`,
    source: `/operators/${operator}/hlr`,
    type: 'org.rehome.hlr.location-updated.v1',
    subject: imsi,
    time: at,
    datacontenttype: 'application/json',
    data: { imsi, ...(imei !== null && { imei }), plmn },
  };
}
