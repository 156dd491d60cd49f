import { sql } from 'kysely';
import type { Imsi } from '../../telecom/identifiers/imsi.ts';
import type { SubscriptionChange } from '../../workflows/contract.ts';
import type { FailureCode } from '../../workflows/failure-codes.ts';
import { isRequestedByDevice } from '../../workflows/requests.ts';
import type { Admission, RegistryActivities, Rejection } from '../../workflows/ports.ts';
import type { Database } from '../database/database.ts';
import type { CardProfiles } from '../ota/card-profiles.ts';
import { stateRecorded } from '../timeline/record-state.ts';

/** What the registry knows about a card and where it is asked to go. */
interface Facts {
  readonly source: string | null;
  readonly sourceImsi: Imsi | null;
  readonly profile: string | null;
  readonly smsc: string | null;
  readonly targetKnown: boolean;
  readonly consent: 'none' | 'ask' | null;
  readonly deviceRequests: 'allowed' | 'refused' | null;
  readonly openChange: string | null;
  readonly packet: Admission['packet'];
  /** The change in which the card refused the admin code that the registry still has. */
  readonly refusedCodeIn: string | null;
}

/** Decides whether a change may begin, and records `requested` or `rejected`. */
export const admitChange =
  (database: Database, profiles: CardProfiles): RegistryActivities['admitChange'] =>
  async (change) => {
    const facts = await gatherFacts(database, change);
    const decision = decide(change, facts, profiles);
    const { changeId, iccid, target, requestedBy, requestId, reason, sequence } = change;
    const { source, sourceImsi } = facts;
    const rejected = decision.kind === 'rejected';
    await sql`select ${stateRecorded(
      { changeId, sequence },
      {
        state: rejected ? 'rejected' : 'requested',
        cause: rejected
          ? decision.reason
          : change.resumedAfter === undefined
            ? (reason ?? 'asked for')
            : 'resumed, since its workflow was lost',
        actor: requestedBy,
        data: {
          ...{ iccid, target, requestedBy, requestId },
          ...(source && { source }),
          ...(sourceImsi && { sourceImsi }),
          ...(reason !== undefined && { reason }),
          ...(rejected && { code: decision.code }),
        },
      },
    )}`.execute(database);
    return decision;
  };

async function gatherFacts(database: Database, { changeId, iccid, target }: SubscriptionChange): Promise<Facts> {
  const { rows } = await sql<Facts>`
    select coalesce(self.source, card.operator) as source, coalesce(self.source_imsi, card.imsi) as "sourceImsi",
      card.profile, source.smsc, agreement.consent, agreement.device_requests as "deviceRequests",
      case when packet.state is distinct from 'sent' then 'none' when packet.message_ids = '{}' then 'mayHaveLeft' else 'accepted' end
        as packet,
      (select change_id from changes refusal where refusal.iccid = ${iccid} and refusal.code in ('ADMIN_CODE_WRONG', 'ADMIN_CODE_BLOCKED') and refusal.state <> 'rejected'
        and refusal.updated_at > card.updated_at order by refusal.requested_at desc limit 1) as "refusedCodeIn",
      exists (select from operators where id = ${target}) as "targetKnown",
      (select change_id from changes where iccid = ${iccid} and not ended and change_id <> ${changeId}::uuid limit 1) as "openChange"
    from (select 1) as always
      left join cards card on card.iccid = ${iccid}
      left join changes self on self.change_id = ${changeId}::uuid
      left join packets packet on packet.change_id = ${changeId}::uuid and packet.purpose = 'write'
      left join operators source on source.id = coalesce(self.source, card.operator)
      left join agreements agreement on agreement.source = source.id and agreement.target = ${target}`.execute(
    database,
  );
  const [facts] = rows;
  if (facts === undefined) throw new Error('the registry gave no answer to a question that always has one');
  return facts;
}

function decide(
  { iccid, target, resumedAfter, requestedBy }: SubscriptionChange,
  facts: Facts,
  profiles: CardProfiles,
): Admission | Rejection {
  const reject = (code: FailureCode, reason: string): Rejection => ({ kind: 'rejected', code, reason });
  const { source, sourceImsi, smsc, consent, packet } = facts;
  const profile = facts.profile === null ? undefined : profiles[facts.profile];
  const checkAdminCode = profile?.format === 'rfm' && ({ checkAdminCode: true } as const);
  if (resumedAfter !== undefined && source !== null && sourceImsi !== null && smsc !== null)
    return { kind: 'admitted', source, sourceImsi, smsc, askConsent: consent === 'ask', packet, ...checkAdminCode };
  if (source === null || sourceImsi === null || smsc === null)
    return reject('ICCID_UNKNOWN', `ICCID ${iccid} is not in the card registry`);
  if (!facts.targetKnown) return reject('OPERATOR_UNKNOWN', `operator ${target} is not registered`);
  if (source === target) return reject('ALREADY_AT_TARGET', `ICCID ${iccid} is at ${target} already`);
  if (consent === null) return reject('AGREEMENT_MISSING', `no agreement lets cards go from ${source} to ${target}`);
  if (isRequestedByDevice(requestedBy) && facts.deviceRequests !== 'allowed') {
    return reject(
      'DEVICE_REQUEST_REFUSED',
      `the agreement between ${source} and ${target} does not let a card ask for its change by itself`,
    );
  }
  if (profile === undefined) {
    return reject(
      'CARD_PROFILE_UNKNOWN',
      `ICCID ${iccid} has the profile ${String(facts.profile)}, which is not known`,
    );
  }
  if (facts.openChange !== null) {
    return reject(
      'EARLIER_CHANGE_OPEN',
      `change ${facts.openChange} of ICCID ${iccid} is still open, and no workflow carries it on; give it one again (rehome resume ${facts.openChange}), and ask again when it has ended`,
    );
  }
  if (facts.refusedCodeIn !== null) {
    return reject(
      'ADMIN_CODE_WRONG',
      `the card refused its admin code in change ${facts.refusedCodeIn}, and the registry still has the same one`,
    );
  }
  return { kind: 'admitted', source, sourceImsi, smsc, askConsent: consent === 'ask', packet, ...checkAdminCode };
}
