import { sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../../adapters/database/database.ts';
import { operatorId } from './operator-id.ts';

const HOURS_OF_A_DAY = 24;
/** Longer than this no contract asks for, so that a slip of the keyboard is found. */
const MOST_DAYS = 3_650;
/** After it both subscriptions of a card would be paid for without an end in sight. */
const LONGEST_OVERLAP_HOURS = 90 * HOURS_OF_A_DAY;
const LONGEST_RELEASE_DAYS = 365;

/** Under which terms the source lets cards go to the target; a word that is not known is refused, since a rule that is misspelt would not hold. */
export const Agreement = z
  .strictObject({
    source: operatorId,
    target: operatorId,
    /** Whether the source is asked about each card: never, always, or only where the card itself asks for its change. */
    consent: z.enum(['none', 'ask', 'askForDeviceRequests']),
    /** Whether cards may ask for their change by themselves. */
    deviceRequests: z.enum(['allowed', 'refused']).default('refused'),
    /** A card that came to the source less than so many days ago may not leave yet. */
    minimumStayDays: z.int().min(1).max(MOST_DAYS).optional(),
    /** Kinds of cards that may go; without it all. */
    cardProfiles: z.array(z.string()).nonempty().optional(),
    /** Both subscriptions stay alive for so many hours after the attach. */
    overlapHours: z.number().positive().max(LONGEST_OVERLAP_HOURS).optional(),
    /** The source has so many days after the attach to let go. */
    releaseDays: z.int().min(1).max(LONGEST_RELEASE_DAYS).optional(),
    /** A card that attached in another device than the one it was in before is not released before a person has decided. */
    sameDevice: z.enum(['required']).optional(),
  })
  .refine(({ overlapHours = 0, releaseDays = LONGEST_RELEASE_DAYS }) => overlapHours <= releaseDays * HOURS_OF_A_DAY, {
    path: ['overlapHours'],
    message: 'must be over before the release is due, after releaseDays',
  });
export type Agreement = z.input<typeof Agreement>;

/** An agreement as the registry answers it; null where it says nothing. */
export interface AgreementTerms {
  readonly consent: z.output<typeof Agreement>['consent'];
  readonly deviceRequests: z.output<typeof Agreement>['deviceRequests'];
  readonly minimumStayDays: number | null;
  readonly cardProfiles: readonly string[] | null;
  readonly overlapHours: number | null;
  readonly releaseDays: number | null;
  readonly sameDevice: 'required' | null;
}

/** Makes the agreement between two operators what is given, and leaves nothing of what it was; answers a row if that changed something. */
export async function registerAgreement(
  transaction: Database,
  agreement: z.output<typeof Agreement>,
): Promise<readonly { readonly added: boolean }[]> {
  const { source, target, consent, deviceRequests, minimumStayDays, cardProfiles, overlapHours } = agreement;
  const { releaseDays, sameDevice } = agreement;
  const terms = sql`consent, device_requests, minimum_stay_days, card_profiles, overlap_hours, release_days, same_device`;
  const { rows } = await sql<{ added: boolean }>`
    insert into agreements (source, target, ${terms})
    values (${source}, ${target}, ${consent}, ${deviceRequests}, ${minimumStayDays ?? null}, ${cardProfiles ?? null},
      ${overlapHours ?? null}, ${releaseDays ?? null}, ${sameDevice ?? null})
    on conflict (source, target) do update set (${terms}) = (excluded.consent, excluded.device_requests,
      excluded.minimum_stay_days, excluded.card_profiles, excluded.overlap_hours, excluded.release_days,
      excluded.same_device)
    where (agreements.consent, agreements.device_requests, agreements.minimum_stay_days, agreements.card_profiles,
      agreements.overlap_hours, agreements.release_days, agreements.same_device) is distinct from (excluded.consent, excluded.device_requests,
      excluded.minimum_stay_days, excluded.card_profiles, excluded.overlap_hours, excluded.release_days,
      excluded.same_device)
    returning xmax = 0 as added`.execute(transaction);
  return rows;
}
