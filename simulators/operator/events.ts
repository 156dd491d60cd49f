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
  switch (fact.kind) {
    case 'reserved':
      return event('subscriber-provisioned', { fact: { ...fact, data: {} }, origin });
    case 'withdrawn':
      return fact.imsi === undefined
        ? undefined
        : event('subscriber-barred', { fact: { at: fact.at, imsi: fact.imsi, data: {} }, origin });
    case 'barred':
      return event('subscriber-barred', { fact: { ...fact, data: {} }, origin });
    case 'deleted':
      return event('subscriber-released', { fact: { ...fact, data: {} }, origin });
    case 'locationUpdated':
      return event('location-updated', { fact: { ...fact, data: { imei: fact.imei, plmn: origin.plmn } }, origin });
    case 'authenticationFailed':
      return event('authentication-failed', { fact: { ...fact, data: { imei: fact.imei } }, origin });
    case 'detached':
    case 'consentAsked':
    case 'consentDecided':
      return undefined;
  }
}

interface Told {
  readonly fact: { readonly at: string; readonly imsi: Imsi; readonly data: Readonly<Record<string, string>> };
  readonly origin: Origin;
}

function event(name: string, { fact: { at, imsi, data }, origin: { operator, journal, position } }: Told): HlrEvent {
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
