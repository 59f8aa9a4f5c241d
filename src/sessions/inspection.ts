import { isJsonObject, objectOr, parseJson, textOf } from "../instagram/json.ts";
import { redactProxy } from "../proxies/proxy-url.ts";
import { CiphertextInvalid, EncryptionKeyUnavailable, type Keyring } from "./keyring.ts";
import { openRow, type Row, type SessionSummary, summaryOf } from "./session-rows.ts";

/** A session as an operator may see it: nothing in it opens the account. */
export interface InspectedSession extends SessionSummary {
  /** Proxy without its credentials, null for none. */
  proxy: string | null;
  /** Release of the app that the session pins, null where the settings name none. */
  appVersion: string | null;
  /** Why the secrets could not be read: their key is not configured, or the bytes are damaged. */
  unreadable: "key" | "damaged" | null;
}

/** What an operator may see of a row. */
export function inspectRow(keyring: Keyring, row: Row): InspectedSession {
  try {
    const {
      settings,
      proxy,
      credentials: _c,
      legacyId: _l,
      challenge: _p,
      ...summary
    } = openRow(keyring, row);
    return {
      ...summary,
      proxy: proxy === null ? null : redactProxy(proxy),
      appVersion: appVersionIn(settings),
      unreadable: null,
    };
  } catch (error) {
    const unreadable = unreadableBecause(error);
    if (unreadable === null) throw error;
    return {
      ...summaryOf(row),
      proxy: null,
      appVersion: null,
      unreadable,
    };
  }
}

function unreadableBecause(error: unknown): "key" | "damaged" | null {
  if (error instanceof EncryptionKeyUnavailable) return "key";
  return error instanceof CiphertextInvalid ? "damaged" : null;
}

function appVersionIn(settings: string): string | null {
  const saved = parseJson(settings);
  const device = isJsonObject(saved) ? objectOr(saved.device_settings) : {};
  return textOf(device.app_version) || null;
}
