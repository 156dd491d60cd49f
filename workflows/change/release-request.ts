import type { AfterPivotParts } from './after-pivot-parts.ts';
import type { CardState } from './decision/card-state.ts';
import type { Release, Step } from './ports.ts';

/** What the source has to know of the card that leaves it; nothing of its attach where a person has said that it is at the target. */
export function leaving(
  { sourceImsi, sameDevice }: Pick<AfterPivotParts, 'sourceImsi' | 'sameDevice'>,
  { at, imei }: Partial<NonNullable<CardState['attach']>> = {},
): Omit<Release, keyof Step> {
  return {
    imsi: sourceImsi,
    ...(at !== undefined && { attachedAt: at }),
    ...(imei !== undefined && { imei }),
    ...(sameDevice !== undefined && { sameDevice }),
  };
}
