import { ApplicationFailure } from '@temporalio/common';
import { sql } from 'kysely';
import type { Imsi } from '../../../telecom/identifiers/imsi.ts';
import type { ProofOfReceipt } from '../../../workflows/shared/contract.ts';
import type { FailureCode } from '../../../workflows/shared/failure-codes.ts';
import type { Attach, TargetOperatorActivities } from '../../../workflows/change/ports.ts';
import { joinedProof, provesExecuted } from '../../../services/packets/proves-executed.ts';
import { unblockProven } from '../../../services/packets/unproven-code.ts';
import { stateRecorded } from '../../../services/timeline/record-state.ts';
import { CLOCKS_DIFFER_MILLISECONDS } from '../../../workflows/change/decision/time.ts';
import type { OperatorDependencies } from './dependencies.ts';
import { notYet, repeatedly } from './retry-until-news.ts';

export const confirmAttach =
  (dependencies: OperatorDependencies): TargetOperatorActivities['confirmAttach'] =>
  async (step) => {
    const { operator, database, gateway } = dependencies;
    const { changeId, iccid, hold } = step;
    const { attach, msisdn, authenticatedAt, authentication, isProven, isRecorded } = await askWhere(
      dependencies,
      changeId,
    );
    if (!attach.attached) return attach;
    const { imsi, at, imei } = attach;
    if (hold !== undefined && !isRecorded && !isProof(at, authentication, hold.after)) {
      // The card may yet leave again, with nothing on record of its attach.
      await gateway.renew(changeId);
      return { ...attach, held: true };
    }
    await sql`
      with moved as (
        update cards set operator = ${operator}, imsi = ${imsi}, msisdn = ${msisdn}, moved_by = ${changeId}::uuid,
          adm1_settled_at = now(), updated_at = now()
        where iccid = ${iccid}
      ), activated as (
        update reservations set state = 'active', sealed_k = null, sealed_opc = null, updated_at = now() where change_id = ${changeId}::uuid
      ), shredded as (
        update packets set sealed_segments = null where change_id = ${changeId}::uuid
      ), unblocked as (${unblockProven(iccid)})
      select ${stateRecorded(step, {
        state: 'releasing',
        cause: `the HLR of ${operator} says that IMSI ${imsi} registered at ${at}${deviceOf(imei)}${isProven ? '' : NOT_PROVEN}`,
        actor: `operator:${operator}`,
        data: {
          ...{ targetImsi: imsi, attachedAt: at },
          ...(imei !== undefined && { imei }),
          ...(authenticatedAt !== undefined && { authenticatedAt }),
        },
      })}`.execute(database);
    return attach;
  };

/** Every attempt that finds nothing new fails, so that the server makes the next one, later and later. */
export const watchAttach =
  (dependencies: OperatorDependencies): TargetOperatorActivities['watchAttach'] =>
  ({ changeId, iccid, tornIsNews, lapseIsNews, refusalIsNews, heldAttach }) =>
    repeatedly(async () => {
      const attach = await whereOrLapsed(dependencies, changeId, lapseIsNews);
      if (attach === 'lapsed') return;
      if (attach.attached && attach.at !== heldAttach) return;
      if (!attach.attached && tornIsNews && attach.authentication === 'failed') return;
      if (attach.attached) await dependencies.gateway.renew(changeId);
      if (!attach.attached && refusalIsNews && attach.refusal !== undefined) return;
      throw notYet('ATTACH_NOT_SEEN', `ICCID ${iccid} has not attached to ${dependencies.operator} yet`);
    });

/**
 * By one clock, that of the HLR: the card has registered since, and authenticated, where the HLR tells of that. A node may register it
 * without, with what another one had of it (3GPP TS 33.102 §6.3.4).
 */
function isProof(at: string, authentication: Authentication, after: string | undefined): boolean {
  const isLater = (moment: string) => after !== undefined && Date.parse(moment) > Date.parse(after);
  if (!isLater(at)) return false;
  return authentication ? authentication.outcome === 'seen' && isLater(authentication.at) : true;
}

type Authentication = Awaited<ReturnType<OperatorDependencies['gateway']['subscriber']>>['authentication'];

interface Whereabouts {
  readonly attach: Attach;
  readonly msisdn: string | null;
  /** When the card that has attached authenticated last, where the HLR can tell. */
  readonly authenticatedAt?: string;
  readonly authentication?: Authentication;
  /** The attach is on record already, by a step whose answer was lost. */
  readonly isRecorded: boolean;
  /** The card has answered, verified, that it ran the packet which writes the subscription. */
  readonly isProven: boolean;
}

/** A gateway that has withdrawn the subscriber by itself has nothing to renew. */
async function whereOrLapsed(
  dependencies: OperatorDependencies,
  changeId: string,
  lapseIsNews: boolean,
): Promise<Attach | 'lapsed'> {
  try {
    return (await askWhere(dependencies, changeId)).attach;
  } catch (cause) {
    const hasLapsed =
      cause instanceof ApplicationFailure && cause.type === ('RESERVATION_WITHDRAWN' satisfies FailureCode);
    if (hasLapsed && lapseIsNews) return 'lapsed';
    throw cause;
  }
}

interface Reserved {
  readonly imsi: Imsi | null;
  readonly msisdn: string | null;
  readonly state: string;
  readonly sentAt: Date | null;
  readonly status: ProofOfReceipt['status'] | null;
  readonly statusWord: string | null;
}

/** Asks the HLR about what the change reserved; as long as the card may still come, its lease is renewed. */
async function askWhere({ gateway, database }: OperatorDependencies, changeId: string): Promise<Whereabouts> {
  const { rows } = await sql<Reserved>`
    select reservation.imsi, reservation.msisdn, reservation.state, packet.sent_at as "sentAt", proof.*
    from reservations reservation join packets packet using (change_id) ${joinedProof}
    where change_id = ${changeId}::uuid and packet.purpose = 'write'`.execute(database);
  const { imsi, msisdn = null, state, sentAt, status = null, statusWord = null } = rows[0] ?? {};
  const isProven = provesExecuted(status, statusWord);
  const isRecorded = state === 'active';
  if (!imsi || !sentAt) return { attach: { attached: false }, msisdn, isProven, isRecorded };
  const { attached, locationUpdate, authentication, refusal } = await gateway.subscriber(imsi);
  // An operator gives IMSIs of its pool again: a registration from before the packet left is somebody else's.
  const earliest = sentAt.getTime() - CLOCKS_DIFFER_MILLISECONDS;
  const isOfThisCard = authentication && Date.parse(authentication.at) >= earliest;
  const isRefused = refusal && Date.parse(refusal.at) >= earliest;
  if (!attached || locationUpdate === null || Date.parse(locationUpdate.at) < earliest) {
    await gateway.renew(changeId);
    return {
      attach: {
        attached: false,
        ...(isOfThisCard && { authentication: authentication.outcome }),
        ...(isRefused && { refusal: { cause: refusal.cause } }),
      },
      ...{ msisdn, isProven, isRecorded },
    };
  }
  const { at, imei } = locationUpdate;
  return {
    attach: { attached: true, imsi, at, ...(imei !== null && { imei }) },
    ...{ msisdn, isProven, isRecorded, authentication },
    ...(isOfThisCard && authentication.outcome === 'seen' && { authenticatedAt: authentication.at }),
  };
}

/** The attach outranks the proof of receipt; who looks for lost ones finds them by this. */
const NOT_PROVEN = '; no proof of receipt had come from the card';

const deviceOf = (imei: string | undefined): string =>
  imei === undefined ? ', in a device that the HLR does not know' : ` in the device with IMEI ${imei}`;
