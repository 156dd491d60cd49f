import { sql } from 'kysely';
import { z } from 'zod';
import { parsePlmn } from '../../telecom/identifiers/plmn.ts';
import type { Database } from '../database/database.ts';

/** How operators and SMSCs are named. */
export const operatorId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'an id is lower-case letters, digits and dashes');

/** Who Rehome works for: operators with their provisioning gateways, their SMSCs, and the agreements between them. */
export const Network = z.object({
  smscs: z.array(z.object({ id: operatorId, url: z.url() })),
  operators: z.array(
    z.object({
      id: operatorId,
      name: z.string().min(1),
      plmn: z.string().refine(isPlmn, 'a PLMN is 5 or 6 digits'),
      provisioningUrl: z.url({ protocol: /^https$/ }),
      smsc: operatorId,
    }),
  ),
  agreements: z.array(z.object({ source: operatorId, target: operatorId, consent: z.enum(['none', 'ask']) })),
});
export type Network = z.infer<typeof Network>;

export interface Operator {
  readonly id: string;
  readonly name: string;
  readonly plmn: string;
  readonly provisioningUrl: string;
  readonly smsc: string;
}

/** Registers operators, SMSCs and agreements; what is there already is brought up to date, nothing is removed. */
export async function registerNetwork(database: Database, network: Network): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    for (const smsc of network.smscs) {
      await sql`insert into smscs (id, url) values (${smsc.id}, ${smsc.url}) on conflict (id) do update set url = excluded.url`.execute(
        transaction,
      );
    }
    for (const operator of network.operators) {
      await sql`
        insert into operators (id, name, plmn, provisioning_url, smsc)
        values (${operator.id}, ${operator.name}, ${operator.plmn}, ${operator.provisioningUrl}, ${operator.smsc})
        on conflict (id) do update set name = excluded.name, plmn = excluded.plmn,
          provisioning_url = excluded.provisioning_url, smsc = excluded.smsc`.execute(transaction);
    }
    for (const { source, target, consent } of network.agreements) {
      await sql`
        insert into agreements (source, target, consent) values (${source}, ${target}, ${consent})
        on conflict (source, target) do update set consent = excluded.consent`.execute(transaction);
    }
  });
}

export async function listOperators(database: Database): Promise<Operator[]> {
  const { rows } = await sql<Operator>`
    select id, name, plmn, provisioning_url as "provisioningUrl", smsc from operators order by id`.execute(database);
  return rows;
}

export async function listSmscs(database: Database): Promise<{ readonly id: string; readonly url: string }[]> {
  const { rows } = await sql<{ id: string; url: string }>`select id, url from smscs order by id`.execute(database);
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
