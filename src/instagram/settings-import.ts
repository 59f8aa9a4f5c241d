import { InvalidInput } from "../problems/problem.ts";
import type { AppProfiles } from "./app-profiles.ts";
import { type ExactJsonObject, MAX_JSON_VALUES, stringifyJson } from "./json.ts";
import { SessionState } from "./session.ts";
import { MAX_SETTINGS_BYTES, settingsObject } from "./settings-format.ts";

/** Servers accept no longer headers, and each value is in memory several times. */
const MAX_HEADER_LENGTH = 8_192;

/**
 * Reads saved settings: JSON text or a parsed object. Throws InvalidInput (field `settings`) if
 * they are not a JSON object, are too large, or hold no login.
 */
export function sessionFromSettings(
  settings: string | ExactJsonObject,
  profiles?: AppProfiles,
): SessionState {
  const text = typeof settings === "string" ? settings : stringifyJson(settings);
  if (Buffer.byteLength(text) > MAX_SETTINGS_BYTES)
    throw new InvalidInput("settings", `must be at most ${MAX_SETTINGS_BYTES} bytes`);
  // Counted in the text, as settings may be JSON inside a JSON string.
  if (text.split(",", MAX_JSON_VALUES + 1).length > MAX_JSON_VALUES)
    throw new InvalidInput("settings", `must not hold more than ${MAX_JSON_VALUES} values`);
  const state = new SessionState(settingsObject(settings), profiles);
  if (!state.userId || !state.sessionId)
    throw new InvalidInput(
      "settings",
      "holds no login: authorization_data (or cookies) with ds_user_id and sessionid is missing",
    );
  for (const [key, value] of state.headerValues()) {
    if (value.length > MAX_HEADER_LENGTH)
      throw new InvalidInput(
        "settings",
        `must not hold more than ${MAX_HEADER_LENGTH} characters in ${key}: it goes in a header`,
      );
    if (!/^[\x20-\x7e]*$/.test(value))
      throw new InvalidInput(
        "settings",
        `must hold printable ASCII in ${key}: it goes in a header`,
      );
  }
  return state;
}
