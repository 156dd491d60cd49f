/** A time of SMPP: YYMMDDhhmmss, tenths, quarters of an hour to UTC and their sign, or R for relative (SMPP 3.4 §7.1.1). */
const TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d)(\d\d)([+\-R])$/;
const DAYS_IN_MONTH = 30;
const DAYS_IN_YEAR = 365;
const SECOND_MS = 1_000;
const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 24 * HOUR_SECONDS;
const QUARTER_MS = (HOUR_SECONDS / 4) * SECOND_MS;
const CENTURY = 2_000;

/** When a message with this validity_period stops waiting: undefined when it does not say, null when it is no time. */
export function validUntil(period: string, now: Date): Date | undefined | null {
  if (period === '') return undefined;
  const parts = TIME.exec(period);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, tenths = 0, quarters = 0] = parts
    .slice(1, -1)
    .map(Number);
  const sign = parts.at(-1);
  if (sign === 'R') {
    const days = year * DAYS_IN_YEAR + month * DAYS_IN_MONTH + day;
    const seconds = days * DAY_SECONDS + hour * HOUR_SECONDS + minute * 60 + second;
    return new Date(now.getTime() + seconds * SECOND_MS);
  }
  const local = Date.UTC(CENTURY + year, month - 1, day, hour, minute, second, tenths * 100);
  return new Date(local - (sign === '-' ? -1 : 1) * quarters * QUARTER_MS);
}

/** YYMMDDhhmm, as receipts have it (SMPP 3.4 appendix B). */
export const receiptTime = (iso: string): string => digitsOf(iso).slice(2, 12);

const digitsOf = (iso: string): string => iso.replace(/\D/g, '');
