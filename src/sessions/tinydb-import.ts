import {
  isJsonObject,
  type Json,
  type JsonObject,
  JsonRefused,
  parseBoundedJson,
  parseJson,
  stringifyJson,
} from "../instagram/json.ts";
import { MAX_SETTINGS_BYTES } from "../instagram/settings-format.ts";
import { ProxyUrlInvalid, parseProxyUrl } from "../proxies/proxy-url.ts";
import { CiphertextInvalid } from "./keyring.ts";
import { cleanSessionId } from "./session-id.ts";
import {
  LegacyIdTaken,
  type Mode,
  SessionLimitReached,
  type SessionStore,
  SessionVersionConflict,
  type StoredSession,
} from "./session-store.ts";

/** The file is no TinyDB database. The message quotes nothing of it. */
export class TinyDbInvalid extends Error {
  override readonly name = "TinyDbInvalid";
}

export interface ImportResult {
  /** Sessions that are new here. */
  imported: number;
  /** Sessions that were here already and now have the file's settings and proxy. */
  updated: number;
  /** Rows left out. `row` is the row's number in the file, with its table unless that is `_default`. */
  skipped: { row: string; reason: string }[];
}

/** What a row says about its session. */
interface ImportedSession {
  legacyId: string;
  settings: string;
  proxy: string | null;
  username: string | null;
  userPk: string | null;
}

/** A fault of one row, in words for the operator and without anything secret. */
class RowInvalid extends Error {}

const maxLegacyIdLength = 2_000;

/**
 * Brings the sessions of the Python service's database file (TinyDB's JSON) to a tenant. The same
 * upstream session id means the same session, so a second run changes nothing; a row that cannot be
 * used is reported and does not stop the others.
 *
 * Throws TinyDbInvalid, EncryptionKeyUnavailable, SessionTenantMissing, StorageUnavailable; what was
 * imported until then stays.
 */
export async function importTinyDb(
  store: Pick<SessionStore, "create" | "save" | "findByLegacyId">,
  { tenantId, mode, text }: { tenantId: string; mode: Mode; text: string },
): Promise<ImportResult> {
  const result: ImportResult = { imported: 0, updated: 0, skipped: [] };
  const rowOfSession = new Map<string, string>();
  for (const { row, value } of readRows(text)) {
    try {
      const session = readRow(value);
      const earlier = rowOfSession.get(session.legacyId);
      // The Python service answers from the first of them, so that one is the session.
      if (earlier !== undefined) throw new RowInvalid(`the same session as row ${earlier}`);
      rowOfSession.set(session.legacyId, row);
      result[await put(store, tenantId, mode, session)]++;
    } catch (error) {
      result.skipped.push({ row, reason: reasonOf(error) });
    }
  }
  return result;
}

function reasonOf(error: unknown): string {
  if (error instanceof RowInvalid) return error.message;
  if (error instanceof SessionLimitReached) return error.message;
  if (error instanceof CiphertextInvalid) return "the session is here already, but damaged";
  if (error instanceof SessionVersionConflict || error instanceof LegacyIdTaken) {
    return "the session is being changed at the same time";
  }
  throw error;
}

async function put(
  store: Pick<SessionStore, "create" | "save" | "findByLegacyId">,
  tenantId: string,
  mode: Mode,
  session: ImportedSession,
): Promise<"imported" | "updated"> {
  for (let attempt = 0; ; attempt++) {
    try {
      const existing = await store.findByLegacyId(tenantId, mode, session.legacyId);
      if (existing === null) {
        await store.create({
          ...session,
          tenantId,
          mode,
          state: "active",
          region: null,
          credentials: null,
          challenge: null,
        });
        return "imported";
      }
      const next: StoredSession = {
        ...existing,
        settings: session.settings,
        proxy: session.proxy,
        username: session.username ?? existing.username,
        userPk: session.userPk ?? existing.userPk,
        state: "active",
        challenge: null,
      };
      if (!sameSession(existing, next)) await store.save(next);
      return "updated";
    } catch (error) {
      // A running server saved or created the session in between.
      const raced = error instanceof SessionVersionConflict || error instanceof LegacyIdTaken;
      if (!raced || attempt >= 5) throw error;
    }
  }
}

function sameSession(one: StoredSession, other: StoredSession): boolean {
  return (
    one.settings === other.settings &&
    one.proxy === other.proxy &&
    one.username === other.username &&
    one.userPk === other.userPk &&
    one.state === other.state &&
    one.challenge === other.challenge
  );
}

function* readRows(text: string): Generator<{ row: string; value: Json }> {
  // Editors on Windows put a byte order mark in front.
  const database = tryParse(text.replace(/^\uFEFF/, ""));
  if (!isJsonObject(database)) {
    throw new TinyDbInvalid("the file is not a TinyDB database (a JSON object of tables)");
  }
  for (const [table, rows] of Object.entries(database)) {
    if (!isJsonObject(rows)) {
      throw new TinyDbInvalid("the file is not a TinyDB database (a table is not a JSON object)");
    }
    for (const [number, value] of Object.entries(rows)) {
      yield { row: table === "_default" ? number : `${table}/${number}`, value };
    }
  }
}

function readRow(row: Json): ImportedSession {
  if (!isJsonObject(row)) throw new RowInvalid("the row is not an object");
  const { text, settings } = readSettings(row.settings);
  if (Buffer.byteLength(text) > MAX_SETTINGS_BYTES)
    throw new RowInvalid(`settings are larger than ${MAX_SETTINGS_BYTES} bytes`);
  const authorization = isJsonObject(settings.authorization_data)
    ? settings.authorization_data
    : {};
  const cookies = isJsonObject(settings.cookies) ? settings.cookies : {};
  const legacyId = cleanSessionId(
    textOf(row.sessionid) ?? textOf(authorization.sessionid) ?? textOf(cookies.sessionid) ?? "",
  );
  if (legacyId === "") throw new RowInvalid("sessionid is missing");
  if (legacyId.length > maxLegacyIdLength) throw new RowInvalid("sessionid is too long");
  return {
    legacyId,
    settings: text,
    proxy: readProxy(row.proxy),
    username: textOf(settings.username)?.replace(/^@/, "") ?? null,
    userPk:
      pkOf(authorization.ds_user_id) ??
      pkOf(cookies.ds_user_id) ??
      pkOf(/^(\d+):/.exec(legacyId)?.[1]),
  };
}

function readSettings(value: Json | undefined): { text: string; settings: JsonObject } {
  if (value === undefined || value === null) throw new RowInvalid("settings are missing");
  // Some tools unpack the text into an object; integers of any length survive the way back.
  const text = isJsonObject(value) ? stringifyJson(value) : value;
  if (typeof text !== "string") throw new RowInvalid(NO_SETTINGS);
  let settings: Json;
  try {
    settings = parseBoundedJson(text);
  } catch (error) {
    throw new RowInvalid(error instanceof JsonRefused ? `settings ${error.message}` : NO_SETTINGS);
  }
  if (!isJsonObject(settings)) throw new RowInvalid(NO_SETTINGS);
  return { text, settings };
}

const NO_SETTINGS = "settings are not the JSON text of an object";

function readProxy(value: Json | undefined): string | null {
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

/** The value, or undefined when the text is not JSON: the parser's own message would quote it. */
function tryParse(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

function textOf(value: Json | undefined): string | undefined {
  const text = typeof value === "string" ? value.trim() : "";
  return text === "" ? undefined : text;
}

function pkOf(value: Json | undefined): string | null {
  const text = String(value ?? "").trim();
  return /^\d{1,20}$/.test(text) ? text : null;
}
