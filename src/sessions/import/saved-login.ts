import type { ExactJsonObject } from "../../instagram/json.ts";
import type { Jar } from "./cookies.ts";
import { EntryInvalid } from "./entry-invalid.ts";

/** The cookies that the app has, too. The others are of the browser that they come from. */
const APP_COOKIES = ["csrftoken", "mid", "rur", "ds_user_id", "sessionid"] as const;

/** Saved settings of a login that cookies hold: its device is not known. */
export function settingsOfCookies(jar: Jar): ExactJsonObject {
  const login = settingsOfSessionId(jar.get("sessionid") ?? "");
  const cookies: ExactJsonObject = {};
  for (const name of APP_COOKIES) {
    const value = jar.get(name);
    // Browsers store some values with escapes that only they undo.
    if (value !== undefined && /^[\x21-\x7e]+$/.test(value) && !/[\\";,]/.test(value))
      cookies[name] = value;
  }
  const mid = cookies.mid;
  return {
    ...login,
    ...(mid === undefined ? {} : { mid }),
    cookies: { ...cookies, ...(login.cookies as ExactJsonObject) },
  };
}

/**
 * Saved settings of a login of which only the session id is known, in any spelling. Throws
 * EntryInvalid.
 */
export function settingsOfSessionId(text: string): ExactJsonObject {
  const sessionId = text
    .trim()
    .replace(/^["']|["']$/g, "")
    .replaceAll(":", "%3A");
  const userId = /^\d{1,40}(?!\d)/.exec(sessionId)?.[0];
  if (userId === undefined || sessionId.length <= 30 || /[^\x21-\x7e]|[;,]/.test(sessionId))
    throw new EntryInvalid(
      "it is no session id: Instagram's has more than 30 characters, the account's number first, then %3A",
    );
  return {
    authorization_data: {
      ds_user_id: userId,
      sessionid: sessionId,
      should_use_header_over_cookies: true,
    },
    cookies: { sessionid: sessionId, ds_user_id: userId },
  };
}
