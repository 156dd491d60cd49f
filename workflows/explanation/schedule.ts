/** What makes Rehome do something, where it is no time. */
export type Trigger =
  'deviceContact' | 'attach' | 'provenAttach' | 'attachWithOldKey' | 'unansweredCopies' | 'cardUnchanged';

/** What Rehome does by itself: at that time, at the latest, or as soon as that happens, whichever comes first. */
export type ScheduleItem =
  | { readonly kind: 'repeatStep' | 'repeatConsent' | 'awaitAdminCode' | 'repeatRelease' }
  /** Asks an operator's HLR, at most a day apart. */
  | { readonly kind: 'pollHlr'; readonly of: 'source' | 'target'; readonly at?: string }
  | { readonly kind: 'resend'; readonly givenUp: boolean; readonly at?: string; readonly after?: Trigger }
  | { readonly kind: 'probe'; readonly at?: string; readonly after?: Trigger }
  /** `sent`: how often Rehome did so already. */
  | { readonly kind: 'refresh' | 'rewrite'; readonly sent: number; readonly at?: string; readonly after?: Trigger }
  | { readonly kind: 'restore' | 'park' | 'reportOverdue'; readonly at: string }
  | { readonly kind: 'release'; readonly at?: string; readonly after?: Trigger }
  | { readonly kind: 'releaseDaily' | 'undo'; readonly at?: string }
  | { readonly kind: 'cancel'; readonly after: 'cardUnchanged' };

export type ScheduleKind = ScheduleItem['kind'];
