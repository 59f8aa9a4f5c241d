import { createHash } from "node:crypto";
import { OPERATOR } from "../announcements.ts";
import { CiphertextInvalid } from "../db/keyring.ts";
import type { ProxyPolicy } from "../db/schema.ts";
import { SessionState } from "../instagram/session.ts";
import { settingsObject } from "../instagram/settings-format.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import type { Hold } from "../proxies/hold.ts";
import { LOGGED_IN } from "./pending-login.ts";
import { LegacyIdTaken, SessionLimitReached, SessionVersionConflict } from "./session-errors.ts";
import {
  changedColumns,
  type Mode,
  type NewSession,
  type SessionStore,
  type StoredSession,
} from "./session-store.ts";
import { readTinyDbRows } from "./tinydb-rows.ts";
import { type ImportedSession, RowInvalid, readRow } from "./tinydb-session.ts";
import { columnsOf, type SessionProxyDependencies, withWays } from "./verbs/session-proxy.ts";

export interface ImportResult {
  /** Sessions that are new here. */
  imported: number;
  /** Sessions that were here already and now have the file's settings and proxy. */
  updated: number;
  /** Sessions that were here already and stayed as they are. */
  unchanged: number;
  /** Rows that were not imported; `row` as in TinyDbRow. */
  skipped: { row: string; reason: string }[];
}

export interface ImportInput {
  tenantId: string;
  mode: Mode;
  /** TinyDB's JSON; read twice, piece by piece. */
  file: Blob;
  /**
   * Whether a session that is here already takes the file's settings and proxy. By default it stays
   * as it is: it has been used since, so the file is older.
   */
  overwrite?: boolean;
  /**
   * How new sessions get a proxy where their rows name none, by the tenant's policy. Left out, they
   * get none.
   */
  placing?: SessionProxyDependencies & { proxyPolicy: ProxyPolicy };
}

const ROWS_AT_ONCE = 500;

/**
 * Imports the sessions of the Python service's database file (TinyDB's JSON) for a tenant. The same
 * upstream session id means the same session, so a second run changes nothing. A row that cannot be
 * used is reported; the others are imported. The file may be larger than the memory.
 *
 * Throws TinyDbInvalid before anything is imported. Throws EncryptionKeyUnavailable, TenantNotFound
 * and StorageUnavailable; sessions that were imported before stay.
 */
export async function importTinyDb(store: SessionStore, input: ImportInput): Promise<ImportResult> {
  for await (const _row of readTinyDbRows(input.file));
  const result: ImportResult = { imported: 0, updated: 0, unchanged: 0, skipped: [] };
  const rowOfSession = new Map<string, string>();
  let waiting: ReadRow[] = [];
  for await (const { row, text } of readTinyDbRows(input.file)) {
    try {
      const session = readRow(text);
      const id = shortHash(session.legacyId);
      const earlier = rowOfSession.get(id);
      // The Python service uses the first row of a session.
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
  store: SessionStore,
  input: ImportInput,
  rows: readonly ReadRow[],
  result: ImportResult,
): Promise<void> {
  if (rows.length === 0) return;
  const { tenantId, mode, overwrite = false } = input;
  const legacyIds = rows.map(({ session }) => session.legacyId);
  const ids = await store.idsOfLegacyIds(tenantId, mode, legacyIds);
  const [present, fresh] = [
    rows.filter((row) => ids.has(row.session.legacyId)),
    rows.filter((row) => !ids.has(row.session.legacyId)),
  ];
  const failed = new Set(await createRows(store, input, fresh, result));
  if (!overwrite) result.unchanged += present.length;
  else for (const row of await overwriteRows(store, input, ids, present, result)) failed.add(row);
  // Again one by one, in the file's order.
  for (const { row, session } of rows.filter((row) => failed.has(row))) {
    try {
      result[await importOne(store, input, session)]++;
    } catch (error) {
      result.skipped.push({ row, reason: reasonOf(error) });
    }
  }
}

/** Creates sessions; returns the rows for which that failed, but those for which there is no proxy. */
function createRows(
  store: SessionStore,
  input: ImportInput,
  rows: readonly ReadRow[],
  result: ImportResult,
): Promise<ReadRow[]> {
  return withPlaces(input, async (placed) => {
    const found = await Promise.all(
      rows.map(async (row) => {
        try {
          return { row, place: await placed(row.session) };
        } catch (error) {
          result.skipped.push({ row: row.row, reason: reasonOf(error) });
          return null;
        }
      }),
    );
    const fresh = found.filter((one) => one !== null);
    const created = await store.createMany(
      fresh.map(({ place }) => place.session),
      { holds: fresh.map(({ place }) => place.hold) },
    );
    const failed = fresh.filter((_, index) => created[index] instanceof Error);
    result.imported += fresh.length - failed.length;
    return failed.map(({ row }) => row);
  });
}

/** A session to be created, and its place on a proxy that it gets. */
interface Placed {
  session: NewSession;
  hold: Hold | null;
}

/** Runs work that creates sessions, with the proxies that they get as at a login. */
function withPlaces<T>(
  { tenantId, mode, placing }: ImportInput,
  work: (placed: (session: ImportedSession) => Promise<Placed>) => Promise<T>,
): Promise<T> {
  if (!placing)
    return work(async (session) => ({ session: newSession(tenantId, mode, session), hold: null }));
  const owner = { tenantId, mode, proxyPolicy: placing.proxyPolicy };
  return withWays(placing, (findWay) =>
    work(async (session) => {
      const way = await findWay({
        owner,
        named: session.proxy === null ? { kind: "none" } : { kind: "url", url: session.proxy },
        current: null,
        state: new SessionState(settingsObject(session.settings)),
      });
      const made = { ...newSession(tenantId, mode, session), ...columnsOf(way) };
      return { session: made, hold: way.hold };
    }),
  );
}

/** Overwrites the sessions of `ids` (by legacy id); returns the rows for which that failed. */
async function overwriteRows(
  store: SessionStore,
  { tenantId, mode }: ImportInput,
  ids: ReadonlyMap<string, string>,
  rows: readonly ReadRow[],
  result: ImportResult,
): Promise<ReadRow[]> {
  const stored = await store.findMany(tenantId, mode, [...ids.values()]);
  const failed: ReadRow[] = [];
  const changes: { row: ReadRow; before: StoredSession; after: StoredSession }[] = [];
  for (const row of rows) {
    const before = stored.get(ids.get(row.session.legacyId) ?? "");
    const after = before && overwritten(before, row.session);
    if (!before || !after) failed.push(row);
    else if (changedColumns(before, after).length === 0) result.unchanged++;
    else changes.push({ row, before, after });
  }
  const saved = await store.saveMany(
    changes.map(({ before, after }) => ({ session: after, cause: { before, by: OPERATOR } })),
  );
  const announcing: Promise<void>[] = [];
  for (const [index, { row, before }] of changes.entries()) {
    const after = saved[index];
    if (!after) {
      failed.push(row);
      continue;
    }
    result.updated++;
    announcing.push(store.announceChange(before, after, { by: OPERATOR }));
  }
  await Promise.all(announcing);
  return failed;
}

/** 128 bits instead of a whole id: the ids of a large file would fill the memory. */
function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 22);
}

function newSession(tenantId: string, mode: Mode, session: ImportedSession): NewSession {
  return {
    ...session,
    ...LOGGED_IN,
    tenantId,
    mode,
  };
}

const NO_PROXY_FOUND: ReadonlySet<string> = new Set(["NoProxyAvailable", "ProxyRequired"]);

function reasonOf(error: unknown): string {
  if (error instanceof RowInvalid) return error.message;
  if (error instanceof SessionLimitReached) return error.message;
  if (error instanceof GatewayProblem && NO_PROXY_FOUND.has(error.kind)) return error.message;
  if (error instanceof CiphertextInvalid) return "the session is here already, but damaged";
  if (error instanceof SessionVersionConflict || error instanceof LegacyIdTaken) {
    return "the session is being changed at the same time";
  }
  throw error;
}

/** Imports one session on its own. */
async function importOne(
  store: SessionStore,
  input: ImportInput,
  session: ImportedSession,
): Promise<"imported" | "updated" | "unchanged"> {
  const { tenantId, mode, overwrite = false } = input;
  for (let attempt = 0; ; attempt++) {
    try {
      const existing = await store.findByLegacyId(tenantId, mode, session.legacyId);
      if (existing === null) {
        await withPlaces(input, async (placed) => {
          const { session: made, hold } = await placed(session);
          await store.create(made, { hold });
        });
        return "imported";
      }
      if (!overwrite) return "unchanged";
      const next = overwritten(existing, session);
      if (changedColumns(existing, next).length === 0) return "unchanged";
      const saved = await store.save(next, { before: existing, by: OPERATOR });
      await store.announceChange(existing, saved, { by: OPERATOR });
      return "updated";
    } catch (error) {
      // A running server saved or created the session in between.
      const raced = error instanceof SessionVersionConflict || error instanceof LegacyIdTaken;
      if (!raced || attempt >= 5) throw error;
    }
  }
}

const overwritten = (existing: StoredSession, session: ImportedSession): StoredSession => ({
  ...existing,
  ...LOGGED_IN,
  settings: session.settings,
  // A proxy that was assigned here stays where the file names none.
  ...(session.proxy === null && existing.proxyId !== null
    ? {}
    : { proxy: session.proxy, proxyId: null }),
  username: session.username ?? existing.username,
  userPk: session.userPk ?? existing.userPk,
});
