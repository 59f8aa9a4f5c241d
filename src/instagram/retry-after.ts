const LONGEST_SECONDS = 24 * 3600;
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * How long an answer asks to wait, in whole seconds, from 1 s to a day. `Retry-After` holds seconds
 * or a date; a date counts from the answer's own `Date`. Undefined if it holds neither.
 */
export function retryAfterOf(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after")?.trim() ?? "";
  const seconds = /^\d{1,20}$/.test(value) ? Number(value) : secondsUntil(value, headers, now);
  return Number.isNaN(seconds) ? undefined : Math.min(Math.max(seconds, 1), LONGEST_SECONDS);
}

function secondsUntil(date: string, headers: Headers, now: number): number {
  if (!HTTP_DATE.test(date)) return Number.NaN;
  const sent = headers.get("date") ?? "";
  const from = HTTP_DATE.test(sent) ? Date.parse(sent) : now;
  return Math.ceil((Date.parse(date) - from) / 1000);
}
