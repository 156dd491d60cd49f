import { sql, type RawBuilder } from 'kysely';
import type { Database } from '../../adapters/database/database.ts';

/** When the old subscription registered last at the source, and in which device, as its HLR has it. */
export interface Registration {
  /** RFC 3339, by the HLR's clock. */
  readonly at: string;
  readonly imei: string | null;
}

/** One request to the source operator to let go, and what came of it. */
export interface ReleaseRequest {
  readonly changeId: string;
  readonly askedAt: Date;
  /** The failure's code; null when the source has let go. */
  readonly code: string | null;
  readonly answer: string;
  /** What the HLR said before it was asked; absent when that was not asked. */
  readonly before?: Registration | undefined;
}

/**
 * The parts of a `with` list that note a request, so that a release which succeeds costs no statement more. One that is answered as
 * the one before it is counted there: a source that is away for a day is one row.
 */
export const requestNoted = ({ changeId, askedAt, code, answer, before }: ReleaseRequest): RawBuilder<unknown> => sql`
  newest as (
    select id from release_requests where change_id = ${changeId}::uuid order by id desc limit 1
  ), again as (
    update release_requests request set times = times + 1, last_asked_at = ${askedAt},
      registered_at = coalesce(${before?.at ?? null}::timestamptz, registered_at), imei = coalesce(${before?.imei ?? null}, imei)
    from newest
    where request.id = newest.id and code is not distinct from ${code} and answer = ${answer}
    returning request.id
  ), noted as (
    insert into release_requests (change_id, asked_at, last_asked_at, code, answer, registered_at, imei)
    select ${changeId}::uuid, ${askedAt}, ${askedAt}, ${code}, ${answer}, ${before?.at ?? null}::timestamptz, ${before?.imei ?? null}
    where not exists (select from again)
  )`;

/** What earlier requests of this change came to. */
export interface EarlierRequests {
  /** The source was asked to delete the old subscriber, whom it had. */
  readonly deletionAsked: boolean;
  /** What its HLR said of the old subscription before. */
  readonly before: Registration | undefined;
  /** The first registration at the target that was recorded (RFC 3339): later ones may be periodic updates of the same card. */
  readonly attachedAt: string | undefined;
  /** Two persons have said that the card is at the target. */
  readonly attachAccepted: boolean;
}

interface Row {
  readonly deletionAsked: boolean;
  readonly registeredAt: Date | null;
  readonly imei: string | null;
  readonly attachedAt: Date | null;
  readonly attachAccepted: boolean;
}

/** Whether two persons have said that the card is at the target: only then somebody else than its operator records `releasing`. */
export const attachAcceptedIn = (changeId: string): RawBuilder<boolean> => sql`exists (
  select from timeline where change_id = ${changeId}::uuid and state = 'releasing' and actor not like 'operator:%')`;

export async function earlierRequests(database: Database, changeId: string): Promise<EarlierRequests> {
  const { rows } = await sql<Row>`
    select exists (select from reservations where change_id = ${changeId}::uuid and release_asked_at is not null) as "deletionAsked",
      registered_at as "registeredAt", imei, ${attachAcceptedIn(changeId)} as "attachAccepted",
      (select min((data->>'attachedAt')::timestamptz) from timeline where change_id = ${changeId}::uuid) as "attachedAt"
    from (select 1) as always left join lateral (
      select registered_at, imei from release_requests
      where change_id = ${changeId}::uuid and registered_at is not null order by id desc limit 1
    ) seen on true`.execute(database);
  const { deletionAsked = false, registeredAt = null, imei = null, attachedAt, attachAccepted = false } = rows[0] ?? {};
  return {
    ...{ deletionAsked, attachAccepted, attachedAt: attachedAt?.toISOString() },
    before: registeredAt === null ? undefined : { at: registeredAt.toISOString(), imei },
  };
}
