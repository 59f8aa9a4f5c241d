import { createHash } from "node:crypto";
import {
  isJsonObject,
  type Json,
  type JsonObject,
  JsonRefused,
  MAX_JSON_DEPTH,
  parseBoundedJson,
  scalarText,
  stringifyJson,
} from "../instagram/json.ts";
import { MAX_SETTINGS_BYTES } from "../instagram/settings-format.ts";
import { ProxyUrlInvalid, parseProxyUrl } from "../proxies/proxy-url.ts";
import { CiphertextInvalid } from "./keyring.ts";
import { LegacyIdTaken, SessionLimitReached, SessionVersionConflict } from "./session-errors.ts";
import { cleanSessionId } from "./session-id.ts";
import type { Mode, NewSession, SessionStore, StoredSession } from "./session-store.ts";
import { readTinyDbRows } from "./tinydb-rows.ts";

export interface ImportResult {
  /** Sessions that are new here. */
  imported: number;
  /** Sessions that were here already and now have the file's settings and proxy. */
  updated: number;
  /** Sessions that were here already and stayed as they are. */
  unchanged: number;
  /** Rows left out. `row` is the row's number in the file, with its table unless that is `_default`. */
  skipped: { row: string; reason: string }[];
}

export interface ImportInput {
  tenantId: string;
  mode: Mode;
  /** TinyDB's JSON; read twice, piece by piece. */
  file: Blob;
  /**
   * Whether a session that is here already takes the file's settings and proxy: they are older than
   * what it has done since, so it usually stays as it is.
   */
  overwrite?: boolean;
}

type ImportStore = Pick<
  SessionStore,
  "create" | "createMany" | "save" | "findByLegacyId" | "legacyIdsPresent"
>;

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
const ROWS_AT_ONCE = 500;

/**
 * Brings the sessions of the Python service's database file (TinyDB's JSON) to a tenant. The same
 * upstream session id means the same session, so a second run changes nothing; a row that cannot be
 * used is reported and does not stop the others. The file may be larger than the memory.
 *
 * Throws TinyDbInvalid before anything is imported; EncryptionKeyUnavailable, TenantNotFound and
 * StorageUnavailable, where what was imported until then stays.
 */
export async function importTinyDb(store: ImportStore, input: ImportInput): Promise<ImportResult> {
  for await (const _row of readTinyDbRows(input.file));
  const result: ImportResult = { imported: 0, updated: 0, unchanged: 0, skipped: [] };
  const rowOfSession = new Map<string, string>();
  let waiting: ReadRow[] = [];
  for await (const { row, text } of readTinyDbRows(input.file)) {
    try {
      const session = readRow(text);
      const id = shortHash(session.legacyId);
      const earlier = rowOfSession.get(id);
      // The Python service answers from the first of them, so that one is the session.
      if (earlier !== undefined) throw new RowInvalid(`the same session as row ${earlier}`);
      rowOfSession.set(id, row);
      waiting.push({ row, session });
    } catch (error) {
      result.skipped.push({ row, reason: reasonOf(error) });
    }
    if (waiting.length < ROWS_AT_ONCE) continue;
    await importRows(store, input, waiting, result);
    waiting = [];
  }
  await importRows(store, input, waiting, result);
  return result;
}

interface ReadRow {
  row: string;
  session: ImportedSession;
}

async function importRows(
  store: ImportStore,
  { tenantId, mode, overwrite = false }: ImportInput,
  rows: ReadRow[],
  result: ImportResult,
): Promise<void> {
  if (rows.length === 0) return;
  const ids = rows.map(({ session }) => session.legacyId);
  const present = await store.legacyIdsPresent(tenantId, mode, ids);
  const fresh = rows.filter(({ session }) => !present.has(session.legacyId));
  const created = await store.createMany(
    fresh.map(({ session }) => newSession(tenantId, mode, session)),
  );
  const apart = new Set(fresh.filter((_, index) => !created[index]));
  result.imported += fresh.length - apart.size;
  for (const one of rows) {
    const isPresent = present.has(one.session.legacyId);
    if (isPresent && !overwrite) result.unchanged++;
    if (!apart.has(one) && !(isPresent && overwrite)) continue;
    try {
      result[await put(store, tenantId, mode, one.session, overwrite)]++;
    } catch (error) {
      result.skipped.push({ row: one.row, reason: reasonOf(error) });
    }
  }
}

/** 128 bits, which no two sessions share: the ids themselves would fill the memory. */
function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

function newSession(tenantId: string, mode: Mode, session: ImportedSession): NewSession {
  return {
    ...session,
    tenantId,
    mode,
    state: "active",
    region: null,
    credentials: null,
    challenge: null,
  };
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

/** One session by itself, where many at once were not possible. */
async function put(
  store: ImportStore,
  tenantId: string,
  mode: Mode,
  session: ImportedSession,
  overwrite: boolean,
): Promise<"imported" | "updated" | "unchanged"> {
  for (let attempt = 0; ; attempt++) {
    try {
      const existing = await store.findByLegacyId(tenantId, mode, session.legacyId);
      if (existing === null) {
        await store.create(newSession(tenantId, mode, session));
        return "imported";
      }
      if (!overwrite) return "unchanged";
      const next: StoredSession = {
        ...existing,
        settings: session.settings,
        proxy: session.proxy,
        username: session.username ?? existing.username,
        userPk: session.userPk ?? existing.userPk,
        state: "active",
        challenge: null,
      };
      if (sameSession(existing, next)) return "unchanged";
      await store.save(next);
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

function readRow(text: string | null): ImportedSession {
  if (text === null) throw new RowInvalid("the row is too long");
  // Its settings are one level within it.
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
  if (legacyId.length > maxLegacyIdLength) throw new RowInvalid("sessionid is too long");
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

function readSettings(value: Json | undefined): { exact: string; settings: JsonObject } {
  if (value === undefined || value === null) throw new RowInvalid("settings are missing");
  // Some tools unpack the text into an object; integers of any length survive the way back.
  const text = isJsonObject(value) ? stringifyJson(value) : value;
  if (typeof text !== "string") throw new RowInvalid(NO_SETTINGS);
  const settings = parsed(text, "settings", MAX_JSON_DEPTH);
  if (!isJsonObject(settings)) throw new RowInvalid(NO_SETTINGS);
  return { exact: text, settings };
}

const NO_JSON = "must be JSON";
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

/** The value in JSON text. Throws RowInvalid, which quotes nothing of it as the parser would. */
function parsed(text: string, what: string, maxDepth: number): Json {
  try {
    return parseBoundedJson(text, maxDepth);
  } catch (error) {
    throw new RowInvalid(`${what} ${error instanceof JsonRefused ? error.message : NO_JSON}`);
  }
}

function textOf(value: Json | undefined): string | undefined {
  const text = typeof value === "string" ? value.trim() : "";
  return text === "" ? undefined : text;
}

function pkOf(value: Json | undefined): string | null {
  const text = scalarText(value).trim();
  return /^\d{1,20}$/.test(text) ? text : null;
}
