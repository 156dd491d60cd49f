import { sql } from 'kysely';
import { z } from 'zod';
import { parsePlmn } from '../../telecom/identifiers/plmn.ts';
import type { Database } from '../../adapters/database/database.ts';
import type { Vault } from '../../adapters/vault/vault.ts';
import { Agreement, registerAgreement } from './agreements.ts';
import { operatorId } from './operator-id.ts';
import { registerSessionKeys } from './session-keys.ts';

/** How Rehome and an operator call a session key. */
const sessionKeyId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'a kid is letters, digits, dots and dashes');

/** Who Rehome works for: operators with their provisioning gateways, their SMSCs, and the agreements between them. */
export const Network = z.strictObject({
  smscs: z.array(
    z.strictObject({
      id: operatorId,
      url: z.url({ protocol: /^smpps?$/ }),
      /** The SMSC tells when a device is back that a message waited for, if it is asked to with each (SMPP, set_dpf). */
      setDpf: z.boolean().default(false),
    }),
  ),
  operators: z.array(
    z.strictObject({
      id: operatorId,
      name: z.string().min(1),
      plmn: z.string().refine(isPlmn, 'a PLMN is 5 or 6 digits'),
      provisioningUrl: z.url({ protocol: /^https$/ }),
      smsc: operatorId,
      /** Keys agreed for wrapped credentials; those that are given replace those that were. The file holds 64 hex digits. */
      sessionKeys: z.array(z.strictObject({ kid: sessionKeyId, file: z.string().min(1) })).optional(),
    }),
  ),
  agreements: z.array(Agreement),
});
export type Network = z.infer<typeof Network>;

export interface Operator {
  readonly id: string;
  readonly name: string;
  readonly plmn: string;
  readonly provisioningUrl: string;
  readonly smsc: string;
}

/** What became of the entries of one kind, by their ids. */
export interface Registered {
  readonly added: readonly string[];
  readonly updated: readonly string[];
  readonly unchanged: readonly string[];
}

export interface RegisteredNetwork {
  readonly smscs: Registered;
  readonly operators: Registered;
  readonly agreements: Registered;
}

/**
 * Registers operators, SMSCs and agreements; what is there already is brought up to date, nothing is removed but session keys that an
 * operator's entry no longer has.
 */
export async function registerNetwork(
  { database, vault }: { readonly database: Database; readonly vault: Vault },
  network: Network,
): Promise<RegisteredNetwork> {
  return database.transaction().execute(async (transaction) => {
    const smscs = new Outcome();
    for (const { id, url, setDpf } of network.smscs) {
      const { rows } = await sql<Written>`
        insert into smscs (id, url, set_dpf) values (${id}, ${url}, ${setDpf})
        on conflict (id) do update set url = excluded.url, set_dpf = excluded.set_dpf
        where (smscs.url, smscs.set_dpf) <> (excluded.url, excluded.set_dpf)
        returning xmax = 0 as added`.execute(transaction);
      smscs.add(id, rows);
    }
    const operators = new Outcome();
    for (const { id, name, plmn, provisioningUrl, smsc, sessionKeys } of network.operators) {
      const { rows } = await sql<Written>`
        insert into operators (id, name, plmn, provisioning_url, smsc)
        values (${id}, ${name}, ${plmn}, ${provisioningUrl}, ${smsc})
        on conflict (id) do update set name = excluded.name, plmn = excluded.plmn,
          provisioning_url = excluded.provisioning_url, smsc = excluded.smsc
        where (operators.name, operators.plmn, operators.provisioning_url, operators.smsc)
          <> (excluded.name, excluded.plmn, excluded.provisioning_url, excluded.smsc)
        returning xmax = 0 as added`.execute(transaction);
      const keysChanged =
        sessionKeys !== undefined && (await registerSessionKeys({ transaction, vault }, id, sessionKeys));
      operators.add(id, rows.length === 0 && keysChanged ? [{ added: false }] : rows);
    }
    const agreements = new Outcome();
    for (const agreement of network.agreements) {
      agreements.add(`${agreement.source} to ${agreement.target}`, await registerAgreement(transaction, agreement));
    }
    return { smscs, operators, agreements };
  });
}

/** A row that was written; xmax is 0 only in one that is new. */
interface Written {
  readonly added: boolean;
}

class Outcome implements Registered {
  readonly added: string[] = [];
  readonly updated: string[] = [];
  readonly unchanged: string[] = [];

  add(id: string, [written]: readonly Written[]): void {
    if (written === undefined) this.unchanged.push(id);
    else if (written.added) this.added.push(id);
    else this.updated.push(id);
  }
}

export async function listOperators(database: Database): Promise<Operator[]> {
  const { rows } = await sql<Operator>`
    select id, name, plmn, provisioning_url as "provisioningUrl", smsc from operators order by id`.execute(database);
  return rows;
}

/** A message centre, as the `ota` role serves it. */
export interface Smsc {
  readonly id: string;
  readonly url: string;
  readonly setDpf: boolean;
}

export async function listSmscs(database: Database): Promise<Smsc[]> {
  const { rows } = await sql<Smsc>`
    select id, url, set_dpf as "setDpf" from smscs order by id`.execute(database);
  return rows;
}

function isPlmn(text: string): boolean {
  try {
    parsePlmn(text);
    return true;
  } catch {
    return false;
  }
}
