import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { Fact } from './facts.ts';

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

/** Where a fact stands: which operator's journal, at which place. */
export interface Origin {
  readonly operator: string;
  readonly plmn: string;
  readonly journal: string;
  readonly position: number;
}

/** The event that tells of a fact, the same one however often it is asked for; some facts are nobody else's business. */
export function eventOf(fact: Fact, origin: Origin): HlrEvent | undefined {
  const told = (name: string, data: HlrEvent['data'] = {}): HlrEvent | undefined =>
    'imsi' in fact ? event(name, { at: fact.at, imsi: fact.imsi, data }, origin) : undefined;
  switch (fact.kind) {
    case 'provisioned':
      return told('subscriber-provisioned');
    case 'barred':
      return told('subscriber-barred');
    case 'unbarred':
      return told('subscriber-unbarred');
    case 'deleted':
      return told('subscriber-released');
    case 'authenticationSeen':
      return told('authentication-seen', { servingNode: fact.node });
    case 'resynchronised':
      return told('resynchronised', { servingNode: fact.node });
    case 'authenticationFailed':
      return told('authentication-failed', { servingNode: fact.node });
    case 'locationUpdateRefused':
      return told('location-update-refused', { servingNode: fact.node });
    case 'locationUpdated':
      return told('location-updated', { ...(fact.imei !== null && { imei: fact.imei }), plmn: origin.plmn });
    case 'reachabilityReported':
      return told('reachability-reported', {
        monitoringType: fact.monitoringType,
        ...(fact.monitoringType === 'UE_REACHABILITY' && { reachabilityType: 'SMS' }),
      });
    case 'cancelled':
      return told('location-cancelled', { servingNode: fact.node });
    case 'registrationRefused':
    case 'rekeyed':
    case 'imeiChecked':
    case 'detached':
    case 'consentAsked':
    case 'consentDecided':
      return undefined;
  }
}

interface Told {
  readonly at: string;
  readonly imsi: Imsi;
  readonly data: HlrEvent['data'];
}

function event(name: string, { at, imsi, data }: Told, { operator, journal, position }: Origin): HlrEvent {
  return {
    specversion: '1.0',
    id: `${journal}-${String(position)}`,
    source: `/operators/${operator}/hlr`,
    type: `org.rehome.hlr.${name}.v1`,
    subject: imsi,
    time: at,
    datacontenttype: 'application/json',
    data: { imsi, ...data },
  };
}
