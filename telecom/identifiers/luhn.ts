const BASE = 10;

/** The Luhn check digit of a string of decimal digits (ITU-T E.118 annex B, ISO/IEC 7812-1 annex B). */
export function luhnDigit(payload: string): string {
  let sum = 0;
  for (let place = 1; place <= payload.length; place += 1) {
    const weighted = Number(payload.at(-place)) * (place % 2 === 1 ? 2 : 1);
    sum += weighted >= BASE ? weighted - (BASE - 1) : weighted;
  }
  return String((BASE - (sum % BASE)) % BASE);
}

/** Whether the last digit is the Luhn check digit of those before it. */
export function endsInLuhnDigit(digits: string): boolean {
  return luhnDigit(digits.slice(0, -1)) === digits.slice(-1);
}
