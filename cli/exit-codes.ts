import type { ChangeState } from '../workflows/shared/states.ts';

/** Exit codes of every command; those from 64 on are those of BSD's sysexits. */
export const EXIT = {
  /** Done; a change that was waited for is completed. */
  ok: 0,
  /** The change was refused, rejected, cancelled or rolled back: the card is as before. */
  notChanged: 1,
  /** The command line can't be understood, or names something that does not exist. */
  usage: 2,
  /** The change is in doubt, or its card is torn: both subscriptions stay alive. */
  inDoubt: 3,
  /** The change that was waited for is open, and no workflow carries it on. */
  stillOpen: 4,
  /** A file can't be read as what it should be. */
  data: 65,
  /** A needed service is away. */
  unavailable: 69,
  /** Our own fault. */
  software: 70,
  /** The configuration is not usable. */
  configuration: 78,
  /** Ctrl-C, or another wish to stop, before the change that was waited for had ended (128 + SIGINT). */
  interrupted: 130,
} as const;

/** How a command that waited for a change ends. */
export function exitCodeOf(state: ChangeState): number {
  if (state === 'completed' || state === 'completedReleasePending') return EXIT.ok;
  return state === 'inDoubt' || state === 'torn' ? EXIT.inDoubt : EXIT.notChanged;
}
