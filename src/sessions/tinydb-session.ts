import {
  type ExactJson,
  type ExactJsonObject,
  isJsonObject,
  JsonRefused,
  MAX_JSON_DEPTH,
  parseBoundedJson,
  scalarText,
  stringifyJson,
} from "../instagram/json.ts";
import { MAX_SETTINGS_BYTES } from "../instagram/settings-format.ts";
import { ProxyUrlInvalid, parseProxyUrl } from "../proxies/proxy-url.ts";
import { cleanSessionId } from "./session-id.ts";
import type { StoredSession } from "./session-store.ts";

/** A session as a row describes it. */
export interface ImportedSession
  extends Pick<StoredSession, "settings" | "proxy" | "username" | "userPk"> {
  legacyId: string;
}

/** A row cannot be used. The message is for the operator and holds no secret. */
export class RowInvalid extends Error {}

const MAX_LEGACY_ID_LENGTH = 2_000;

/** Reads a row's JSON text; null for a row that is too long. Throws RowInvalid. */
export function readRow(text: string | null): ImportedSession {
  if (text === null) throw new RowInvalid("the row is too long");
  // The settings are one level deeper than the row.
  const row = parsed(text, "the row", MAX_JSON_DEPTH + 1);
  if (!isJsonObject(row)) throw new RowInvalid("the row is not an object");
  const { exact, settings } = readSettings(row.settings);
  if (Buffer.byteLength(exact) > MAX_SETTINGS_BYTES)
    throw new RowInvalid(`settings are larger than ${MAX_SETTINGS_BYTES} bytes`);
  const authorization = isJsonObject(settings.authorization_data)
    ? settings.authorization_data
    : {};
  const cookies = isJsonObject(settings.cookies) ? settings.cookies : {};
  const legacyId = cleanSessionId(
    textOf(row.sessionid) ?? textOf(authorization.sessionid) ?? textOf(cookies.sessionid) ?? "",
  );
  if (legacyId === "") throw new RowInvalid("sessionid is missing");
  if (legacyId.length > MAX_LEGACY_ID_LENGTH) throw new RowInvalid("sessionid is too long");
  return {
    legacyId,
    settings: exact,
    proxy: readProxy(row.proxy),
    username: textOf(settings.username)?.replace(/^@/, "") ?? null,
    userPk:
      pkOf(authorization.ds_user_id) ??
      pkOf(cookies.ds_user_id) ??
      pkOf(/^(\d+):/.exec(legacyId)?.[1]),
  };
}

function readSettings(value: ExactJson | undefined): { exact: string; settings: ExactJsonObject } {
  if (value === undefined || value === null) throw new RowInvalid("settings are missing");
  // Some tools turn the text into an object; stringifyJson() keeps integers of any length.
  const text = isJsonObject(value) ? stringifyJson(value) : value;
  if (typeof text !== "string") throw new RowInvalid(NO_SETTINGS);
  const settings = parsed(text, "settings", MAX_JSON_DEPTH);
  if (!isJsonObject(settings)) throw new RowInvalid(NO_SETTINGS);
  return { exact: text, settings };
}

const NO_JSON = "must be JSON";
const NO_SETTINGS = "settings are not the JSON text of an object";

function readProxy(value: ExactJson | undefined): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== "string") throw new RowInvalid("proxy is not a text");
  if (value.trim() === "") return null;
  try {
    return parseProxyUrl(value).href;
  } catch (error) {
    if (error instanceof ProxyUrlInvalid) throw new RowInvalid(`unusable proxy: ${error.message}`);
    throw error;
  }
}

/** The value in JSON text. Throws RowInvalid, which quotes nothing from the text. */
function parsed(text: string, what: string, maxDepth: number): ExactJson {
  try {
    return parseBoundedJson(text, maxDepth);
  } catch (error) {
    throw new RowInvalid(`${what} ${error instanceof JsonRefused ? error.message : NO_JSON}`);
  }
}

function textOf(value: ExactJson | undefined): string | undefined {
  const text = typeof value === "string" ? value.trim() : "";
  return text === "" ? undefined : text;
}

function pkOf(value: ExactJson | undefined): string | null {
  const text = scalarText(value).trim();
  return /^\d{1,20}$/.test(text) ? text : null;
}
