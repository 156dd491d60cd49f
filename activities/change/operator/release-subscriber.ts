import { ApplicationFailure } from '@temporalio/common';
import { sql, type RawBuilder } from 'kysely';
import type { Imsi } from '../../../telecom/identifiers/imsi.ts';
import { failure } from '../../../workflows/shared/failures.ts';
import type { Release, SourceOperatorActivities } from '../../../workflows/change/ports.ts';
import { stateRecorded } from '../../../services/timeline/record-state.ts';
import { CLOCKS_DIFFER_MILLISECONDS } from '../../../workflows/change/decision/time.ts';
import type { OperatorDependencies } from './dependencies.ts';
import {
  earlierRequests,
  requestNoted,
  type Registration,
  type ReleaseRequest,
} from '../../../services/release/release-requests.ts';
import { repeatedly } from './retry-until-news.ts';

export const releaseSubscriber =
  (dependencies: OperatorDependencies): SourceOperatorActivities['releaseSubscriber'] =>
  async (step) => {
    const { operator, database } = dependencies;
    const request = await letGo(dependencies, step);
    const sameDevice = isSameDevice(step, request.before);
    await sql`
      with returned as (${returned(operator, step.imsi)}), ${requestNoted(request)}
      select ${stateRecorded(step, {
        state: 'completed',
        cause: request.answer,
        actor: `operator:${operator}`,
        ...(sameDevice !== undefined && { data: { sameDevice } }),
      })}`.execute(database);
  };

export const insistOnRelease =
  (dependencies: OperatorDependencies): SourceOperatorActivities['insistOnRelease'] =>
  (step) => {
    const { told } = step;
    const insist = async () => {
      const { operator, database } = dependencies;
      const request = await letGo(dependencies, step);
      await sql`with returned as (${returned(operator, step.imsi)}), ${requestNoted(request)} select`.execute(database);
    };
    return repeatedly(insist, (refusal) => told !== undefined && refusal !== told);
  };

const returned = (operator: string, imsi: Imsi): RawBuilder<unknown> => sql`
  update reservations set state = 'returned', updated_at = now()
  where operator = ${operator} and imsi = ${imsi} and state = 'active'`;

/** Has the source let go, and resolves to what is to be noted of that; what it refuses is noted here, and is the failure. */
async function letGo(dependencies: OperatorDependencies, release: Release): Promise<ReleaseRequest> {
  const { operator, database } = dependencies;
  const { changeId, imsi } = release;
  const askedAt = new Date();
  const earlier = await earlierRequests(database, changeId);
  let { before } = earlier;
  try {
    // What this change has had deleted may be somebody else's by now, whose registration says nothing of this card.
    if (release.attachedAt !== undefined && !earlier.attachAccepted && !earlier.deletionAsked) {
      before = await registrationOf(dependencies, imsi);
      const attachedAt = earliest(release.attachedAt, earlier.attachedAt);
      refuseIfBothAttached(operator, { ...release, attachedAt }, before);
      refuseIfInOtherDevice(operator, release, before);
    }
    await barAndDelete(dependencies, release, earlier.deletionAsked);
  } catch (cause) {
    if (cause instanceof ApplicationFailure) {
      const refused = { changeId, askedAt, code: cause.type ?? null, answer: cause.message, before };
      await sql`with ${requestNoted(refused)} select`.execute(database);
    }
    throw cause;
  }
  const answer = `${operator} barred and deleted IMSI ${imsi}${inWhichDevice(operator, release, before)}`;
  return { changeId, askedAt, code: null, answer, before };
}

/**
 * Bars, then deletes. A gateway that does not know the subscriber is believed only if this change has asked to delete it before, having
 * found it: an HLR that was emptied, or is the wrong one, knows nobody either, and the old subscription may live on somewhere.
 */
async function barAndDelete(
  { operator, gateway, database }: OperatorDependencies,
  { changeId, iccid, imsi }: Release,
  deletionAsked: boolean,
): Promise<void> {
  if ((await gateway.bar(imsi, changeId)) === 'unknown') {
    // An attempt that was given up may have gone on, and been faster.
    if (deletionAsked || (await earlierRequests(database, changeId)).deletionAsked) return;
    throw failure(
      'SUBSCRIBER_MISSING',
      `${operator} does not know IMSI ${imsi} of ICCID ${iccid}, which this change has not deleted`,
    );
  }
  // Durable before it is asked for: the answer may be lost, and a repetition then finds nobody.
  await sql`
    update reservations set release_asked_at = coalesce(release_asked_at, now())
    where change_id = ${changeId}::uuid`.execute(database);
  // It was there to be barred, so one that is unknown now has been deleted.
  await gateway.remove(imsi, changeId);
}

async function registrationOf({ gateway }: OperatorDependencies, imsi: Imsi): Promise<Registration | undefined> {
  return (await gateway.findSubscriber(imsi))?.locationUpdate ?? undefined;
}

/** A workflow that was resumed asks anew, and hears of a periodic update that the card has made since. */
const earliest = (told: string, recorded: string | undefined): string =>
  recorded !== undefined && Date.parse(recorded) < Date.parse(told) ? recorded : told;

/** One card can't have done both; one that registered long before, or is gone by now, is what it should be. */
function refuseIfBothAttached(
  operator: string,
  { iccid, imsi, attachedAt = '' }: Release,
  before: Registration | undefined,
): void {
  if (before === undefined || Date.parse(before.at) <= Date.parse(attachedAt) + CLOCKS_DIFFER_MILLISECONDS) return;
  throw failure(
    'BOTH_ATTACHED',
    `ICCID ${iccid} attached at its target at ${attachedAt}, and its old IMSI ${imsi} registered at ${operator} at ${before.at}: there are two cards; nothing was barred`,
  );
}

/** Only a device that is known to be another one: an HLR that knows of none proves nothing against the card. */
function refuseIfInOtherDevice(operator: string, release: Release, before: Registration | undefined): void {
  const { iccid, imei, sameDevice } = release;
  if (sameDevice !== 'required' || isSameDevice(release, before) !== false) return;
  throw failure(
    'OTHER_DEVICE',
    `ICCID ${iccid} attached at its target in the device with IMEI ${String(imei)}, and was in the one with IMEI ${String(before?.imei)} at ${operator} before, although the agreement has it stay in its device; nothing was barred`,
  );
}

/** Whether the card attached in the device that it was in before; undefined when one of the two HLRs does not know. */
const isSameDevice = ({ imei }: Release, before: Registration | undefined): boolean | undefined =>
  imei === undefined || before === undefined || before.imei === null ? undefined : imei === before.imei;

function inWhichDevice(operator: string, release: Release, before: Registration | undefined): string {
  const same = isSameDevice(release, before);
  if (same === undefined) return '';
  if (same) return `; the card attached in the same device as before, IMEI ${String(release.imei)}`;
  return `; the card attached in another device than before: IMEI ${String(release.imei)}, and at ${operator} IMEI ${String(before?.imei)}`;
}
