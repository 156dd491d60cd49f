import { Alarm } from '../../adapters/alarm.ts';

/** So many dead letters within a minute call somebody; and again only after as long as this with fewer. */
export const MANY_DEAD_LETTERS = 10;
const CALM_MILLISECONDS = 300_000;

/** Says when the dead letters of one origin are so many that somebody has to look. */
export const deadLetterAlarm = (now?: () => number): Alarm =>
  new Alarm({
    calmMilliseconds: CALM_MILLISECONDS,
    isAlarming: ({ inTheLastMinute }) => inTheLastMinute >= MANY_DEAD_LETTERS,
    now,
  });
