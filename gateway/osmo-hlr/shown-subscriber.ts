import { DecodeError } from '../../telecom/decode-error.ts';
import { parseImei, type Imei } from '../../telecom/identifiers/imei.ts';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import { parseMsisdn, type Msisdn } from '../../telecom/identifiers/msisdn.ts';
import { HlrError, type HlrSubscriber } from '../hlr.ts';

const FACT = /^ {4}([^:]+?)(?:: (.*))?$/;
/** `2026-11-25T03:49:13+00:00 (3s ago)` */
const WHEN = /^(\S+)/;
/** Stands behind the keys, once a vector was given out. */
const LAST_SQN = /^ +IND-bitlen=\d+ last-SQN=(\d+)$/;
const DOMAINS = ['PS', 'CS'] as const;

/**
 * Reads what `subscriber imsi N show` prints of a subscriber: a line for each fact, some of them only where they are so. The lines with
 * keys are left where they are. A subscriber that has left once stays marked so in osmo-hlr 1.5.0 also after it has come back.
 */
export function readShownSubscriber(imsi: Imsi, lines: readonly string[]): HlrSubscriber {
  const facts = new Map<string, string>();
  for (const line of lines) {
    const [, name, value = ''] = FACT.exec(line) ?? [];
    if (name !== undefined) facts.set(name, value);
  }
  if (facts.get('IMSI') !== imsi)
    throw new HlrError('refused', `osmo-hlr does not show IMSI ${imsi} when it is asked to`);
  const barred = DOMAINS.every((domain) => facts.has(`${domain} disabled`));
  const isServed = (domain: (typeof DOMAINS)[number], node: string) =>
    facts.has(node) && !facts.has(`${domain} purged`) && !facts.has(`${domain} disabled`);
  const at = lastLocationUpdate(facts);
  return {
    imsi,
    msisdn: known(facts.get('MSISDN'), parseMsisdn),
    barred,
    attached: isServed('PS', 'SGSN number') || isServed('CS', 'VLR number'),
    locationUpdate: at === undefined ? null : { at, imei: imeiOf(facts) },
    lastSqn: lastSqnOf(lines),
  };
}

/** 48 bits (3GPP TS 33.102 §6.3.2). All that osmo-hlr 1.5.0 keeps of an authentication: it drops the report of a failed one. */
function lastSqnOf(lines: readonly string[]): number {
  for (const line of lines) {
    const [, sqn] = LAST_SQN.exec(line) ?? [];
    if (sqn !== undefined) return Number(sqn);
  }
  return 0;
}

function lastLocationUpdate(facts: ReadonlyMap<string, string>): string | undefined {
  return DOMAINS.flatMap((domain) => {
    const [, text = ''] = WHEN.exec(facts.get(`last LU seen on ${domain}`) ?? '') ?? [];
    const time = Date.parse(text);
    return Number.isNaN(time) ? [] : [new Date(time).toISOString()];
  })
    .sort()
    .at(-1);
}

const imeiOf = (facts: ReadonlyMap<string, string>): Imei | null => known(facts.get('IMEI'), parseImei) ?? null;

/** Nothing for what is not set (`none`), or not what it should be: an HLR may hold what its operator typed. */
function known<T extends Msisdn | Imei>(text: string | undefined, parse: (text: string) => T): T | undefined {
  try {
    return text === undefined ? undefined : parse(text);
  } catch (cause) {
    if (cause instanceof DecodeError) return undefined;
    throw cause;
  }
}
