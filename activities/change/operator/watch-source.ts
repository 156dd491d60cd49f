import { sql } from 'kysely';
import type { OldSubscriber, SourceOperatorActivities } from '../../../workflows/change/ports.ts';
import type { Database } from '../../../adapters/database/database.ts';
import { CLOCKS_DIFFER_MILLISECONDS } from '../../../workflows/change/decision/time.ts';
import type { OperatorDependencies } from './dependencies.ts';
import { notYet, repeatedly } from './retry-until-news.ts';

/** What the words of a gateway say of a subscriber that nobody has asked it to let go; another word says nothing. */
const STANDINGS: ReadonlyMap<string, OldSubscriber['standing']> = new Map([
  ['active', 'served'],
  ['reserved', 'served'],
  ['barred', 'barred'],
  ['quarantined', 'barred'],
  ['deleted', 'missing'],
]);

/** Every attempt that finds nothing new fails, so that the server makes the next one, later and later. */
export const watchSource =
  ({ operator, gateway, database }: OperatorDependencies): SourceOperatorActivities['watchSource'] =>
  ({ changeId, iccid, imsi, told }) =>
    repeatedly(async () => {
      const sentAt = await awaitedSince(database, changeId);
      if (sentAt === undefined) return null;
      const found = await gateway.findSubscriber(imsi);
      const standing = found === null ? 'missing' : STANDINGS.get(found.state);
      const subscriber: OldSubscriber | undefined = standing && {
        standing,
        ...(failsToAuthenticate(found, sentAt, told) && { failsToAuthenticate: true }),
      };
      if (subscriber !== undefined && isNews(subscriber, told)) return subscriber;
      throw notYet('ATTACH_NOT_SEEN', `${operator} has nothing new to say of IMSI ${imsi} of ICCID ${iccid}`);
    });

/**
 * When the packet left; undefined once the card has attached, or the source was asked to let go: what becomes of the old subscriber then
 * is our own doing.
 */
async function awaitedSince(database: Database, changeId: string): Promise<Date | undefined> {
  const { rows } = await sql<{ sentAt: Date }>`
    select packet.sent_at as "sentAt"
    from reservations reservation join packets packet using (change_id)
    where change_id = ${changeId}::uuid and packet.purpose = 'write' and packet.sent_at is not null
      and reservation.state <> 'active' and reservation.release_asked_at is null`.execute(database);
  return rows[0]?.sentAt;
}

/**
 * A failure from before the packet left is none of this card's; one that holds the wrong key fails again and again, so it is no loss to
 * wait until no clock can be to blame. Only a success takes it back.
 */
function failsToAuthenticate(
  found: Awaited<ReturnType<OperatorDependencies['gateway']['findSubscriber']>>,
  sentAt: Date,
  told: OldSubscriber,
): boolean {
  const { outcome, at = '' } = found?.authentication ?? {};
  if (outcome === 'failed' && Date.parse(at) > sentAt.getTime() + CLOCKS_DIFFER_MILLISECONDS) return true;
  return told.failsToAuthenticate === true && outcome !== 'seen';
}

const isNews = (subscriber: OldSubscriber, told: OldSubscriber): boolean =>
  subscriber.standing !== told.standing || subscriber.failsToAuthenticate !== told.failsToAuthenticate;
