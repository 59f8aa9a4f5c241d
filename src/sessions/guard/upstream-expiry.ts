import type { UpstreamRefused } from "../../instagram/errors.ts";
import { scalarText, textOf, type VerbatimJson } from "../../instagram/json.ts";
import { DAY_MS, endOfDay } from "./account-day.ts";

const SECOND_MS = 1_000;
/** Anything later is taken for nonsense. The longest blocks that people report take four weeks. */
const LATEST_MS = 31 * DAY_MS;
/** Numbers from here on are milliseconds. */
const MILLISECONDS_FROM = 1e11;

/**
 * Until when Instagram itself says that a throttle lasts, in unix milliseconds; null where it does not
 * say. It says so in `Retry-After`; in a block's `expiration_time` and `cooldown_time_in_seconds`, which
 * the app reads; and in its text: "This block will expire on 2020-03-27." Such a day is the account's,
 * and its end counts. Of several the latest counts.
 */
export function upstreamExpiry(
  { context }: UpstreamRefused,
  { now, timezoneOffset }: { now: number; timezoneOffset: number },
): number | null {
  const { body, retryAfterSeconds } = context;
  const told = [
    retryAfterSeconds === undefined ? null : now + retryAfterSeconds * SECOND_MS,
    instantOf(body.expiration_time, timezoneOffset),
    secondsFrom(body.cooldown_time_in_seconds, now),
    ...[body.feedback_message, body.message, body.feedback_title].map((text) =>
      dayIn(textOf(text), timezoneOffset),
    ),
  ].map((until) => (until !== null && until > now && until <= now + LATEST_MS ? until : 0));
  return Math.ceil(Math.max(...told)) || null;
}

/** An instant in seconds or milliseconds, or as text: a number, a day, or ISO 8601. */
function instantOf(value: VerbatimJson | undefined, timezoneOffset: number): number | null {
  const text = shortText(value);
  if (text === "") return null;
  const number = Number(text);
  if (Number.isFinite(number)) return number >= MILLISECONDS_FROM ? number : number * SECOND_MS;
  const instant = text.includes(":") ? Date.parse(text) : Number.NaN;
  return Number.isNaN(instant) ? dayIn(text, timezoneOffset) : instant;
}

function secondsFrom(value: VerbatimJson | undefined, now: number): number | null {
  const seconds = Number(shortText(value) || Number.NaN);
  return Number.isFinite(seconds) ? now + seconds * SECOND_MS : null;
}

/** Texts about blocks are short. */
const MOST_CHARACTERS = 2_000;
const DAY = /(?<!\d)(20\d\d)-(\d\d)-(\d\d)(?!\d)/;

/** The end of the day that a text names, whatever language it is in. */
function dayIn(text: string, timezoneOffset: number): number | null {
  const [, year, month, day] = DAY.exec(text.slice(0, MOST_CHARACTERS)) ?? [];
  if (day === undefined) return null;
  const noon = Date.UTC(Number(year), Number(month) - 1, Number(day), 12);
  return endOfDay(noon - timezoneOffset * SECOND_MS, timezoneOffset) - SECOND_MS;
}

const shortText = (value: VerbatimJson | undefined): string =>
  scalarText(value).slice(0, 64).trim();
