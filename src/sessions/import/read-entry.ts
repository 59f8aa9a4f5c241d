import type { AppProfiles } from "../../instagram/app-profiles.ts";
import { normalizeLoginName } from "../../instagram/ids.ts";
import {
  type ExactJson,
  type ExactJsonObject,
  holdsMoreValues,
  isJsonObject,
  JsonRefused,
  MAX_JSON_DEPTH,
  parseBoundedJson,
  textOf,
} from "../../instagram/json.ts";
import type { SessionState } from "../../instagram/session.ts";
import { sessionFromSettings } from "../../instagram/settings-import.ts";
import { InvalidInput } from "../../problems/problem.ts";
import { cleanSessionId } from "../session-id.ts";
import { isNetscapeText, type Jar, listedJar, namedJar, netscapeJar } from "./cookies.ts";
import type { Entry } from "./entries.ts";
import { type EntryFields, entryFields, FIELD_NAMES } from "./entry-fields.ts";
import { EntryInvalid } from "./entry-invalid.ts";
import { lacksOf } from "./lacks.ts";
import { isPrivateApiState, settingsOfPrivateApi } from "./private-api-state.ts";
import { settingsOfCookies, settingsOfSessionId } from "./saved-login.ts";

/** A login that an entry holds, and what its line says of the session. */
export interface ReadEntry extends EntryFields {
  /** Saved settings; what they lack of a phone is still to be filled in. */
  saved: ExactJsonObject;
  /** The same, completed with a phone that is made up where none is named. */
  login: SessionState;
  /** Instagram's session id, decoded. */
  legacyId: string;
  userPk: string;
  /** What the entry does not say, in words, if that is wanted. */
  lacks: string[];
}

export interface EntryOptions {
  profiles: AppProfiles;
  /** Unix milliseconds. */
  now: number;
  /** Whether it is wanted what entries do not say. */
  tellsLacks: boolean;
}

/** More than settings and any list of Instagram's cookies hold. */
const MAX_VALUES = 5_000;
/** The settings may stand two levels deep in a line. */
const MAX_DEPTH = MAX_JSON_DEPTH + 2;
const MAX_LEGACY_ID_LENGTH = 2_000;

/** Reads an entry. Throws EntryInvalid. */
export function readEntry(entry: Entry, options: EntryOptions): ReadEntry {
  if (entry.text === null) throw new EntryInvalid(entry.fault);
  const { settings, username, fields } = entry.isJar
    ? ofJar(netscapeJar(entry.text, options.now))
    : readText(entry.text, options);
  const login = loginOf(settings, options.profiles);
  const legacyId = cleanSessionId(login.sessionId ?? "");
  if (legacyId.length > MAX_LEGACY_ID_LENGTH) throw new EntryInvalid("the session id is too long");
  const own = entryFields(fields, options.now);
  const name = own.username ?? usernameOf(username);
  return {
    ...own,
    username: name,
    saved: settings,
    login,
    legacyId,
    userPk: login.userId ?? "",
    lacks: options.tellsLacks ? lacksOf(settings, name) : [],
  };
}

/** What an entry holds: saved settings, the name of the account, and fields beside them. */
interface Content {
  settings: ExactJsonObject;
  username: string | null;
  fields: ExactJsonObject;
}

const NO_FIELDS: ExactJsonObject = {};

const ofJar = (jar: Jar): Content => ({
  settings: settingsOfCookies(jar),
  username: jar.get("ds_user") ?? null,
  fields: NO_FIELDS,
});

function readText(text: string, options: EntryOptions): Content {
  if (isNetscapeText(text)) return ofJar(netscapeJar(text, options.now));
  if (!/^[{["]/.test(text))
    return { settings: settingsOfSessionId(text), username: null, fields: NO_FIELDS };
  return readValue(parsed(text), options);
}

function readValue(value: ExactJson, options: EntryOptions): Content {
  if (Array.isArray(value)) return ofJar(listedJar(value, options.now));
  if (typeof value === "string") {
    // A whole jar, a session id, or JSON that was written into a JSON text.
    const text = value.trim();
    if (text.startsWith('"')) throw unknownForm();
    return readText(text, options);
  }
  if (!isJsonObject(value)) throw unknownForm();
  return readObject(value, options);
}

function readObject(given: ExactJsonObject, options: EntryOptions): Content {
  const { settings, ...others } = given;
  if (settings !== undefined) {
    if (settings === null) throw new EntryInvalid("settings are missing");
    const content = readValue(settings, options);
    return { ...content, fields: { ...content.fields, ...others } };
  }
  const [content, fields] = divided(given);
  return { ...readLogin(content, options), fields };
}

/** What says something of the session, apart from its login. */
function divided(given: ExactJsonObject): [login: ExactJsonObject, fields: ExactJsonObject] {
  const login: ExactJsonObject = {};
  const fields: ExactJsonObject = {};
  for (const [name, value] of Object.entries(given))
    (FIELD_NAMES.has(name) ? fields : login)[name] = value;
  return [login, fields];
}

function readLogin(
  login: ExactJsonObject,
  { profiles, now }: EntryOptions,
): Omit<Content, "fields"> {
  if (isPrivateApiState(login))
    return settingsOfPrivateApi(login, now, (version) => profiles.find(version) !== undefined);
  if (SETTINGS_KEYS.some((key) => isJsonObject(login[key])))
    return { settings: login, username: null };
  const { cookies, sessionid } = login;
  if (Array.isArray(cookies)) return ofJar(listedJar(cookies, now));
  if (isJsonObject(cookies))
    return Array.isArray(cookies.cookies)
      ? ofJar(listedJar(cookies.cookies, now))
      : // What older versions of instagrapi saved.
        { settings: login, username: null };
  if (typeof cookies === "string" && isNetscapeText(cookies))
    return ofJar(netscapeJar(cookies, now));
  if (typeof sessionid === "string") return ofJar(namedJar(login, now));
  if ("cookie" in login && "created_ts" in login)
    throw new EntryInvalid(
      "settings of the Python package instagram_private_api hold their cookies pickled, which cannot be read here: give the session id instead",
    );
  throw unknownForm();
}

const SETTINGS_KEYS = ["authorization_data", "uuids", "device_settings"];

const unknownForm = (): EntryInvalid =>
  new EntryInvalid(
    "holds no login in a known form: settings of aiograpi or instagrapi, a state of instagram-private-api, cookies, or a session id",
  );

function parsed(text: string): ExactJson {
  try {
    if (holdsMoreValues(text, MAX_VALUES))
      throw new EntryInvalid(`must not hold more than ${MAX_VALUES} values`);
    return parseBoundedJson(text, MAX_DEPTH);
  } catch (error) {
    if (error instanceof EntryInvalid) throw error;
    throw new EntryInvalid(error instanceof JsonRefused ? error.message : "is not JSON");
  }
}

function loginOf(settings: ExactJsonObject, profiles: AppProfiles): SessionState {
  try {
    return sessionFromSettings(settings, profiles);
  } catch (error) {
    if (error instanceof InvalidInput) throw new EntryInvalid(error.detail);
    throw error;
  }
}

/** A name out of the login itself; one that cannot be a username is left out. */
function usernameOf(name: string | null): string | null {
  if (name === null || textOf(name) === "") return null;
  try {
    return normalizeLoginName(name);
  } catch (error) {
    if (error instanceof InvalidInput) return null;
    throw error;
  }
}
