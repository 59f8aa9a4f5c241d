export const DAY_MS = 86_400_000;

/**
 * When the day of an account ends, in unix milliseconds: at the midnight after `now` where it lives.
 * `timezoneOffset` in seconds from UTC.
 */
export function endOfDay(now: number, timezoneOffset: number): number {
  const offset = timezoneOffset * 1_000;
  return (Math.floor((now + offset) / DAY_MS) + 1) * DAY_MS - offset;
}
