import type { InStatement } from "@libsql/client";
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "./connection.ts";
import type { Expiring } from "./expiry.ts";
import type { sessions } from "./schema.ts";

/** What is told of to other processes; a trigger copies it from the audit record. */
const FEED_KINDS = [
  "tenant.created",
  "tenant.changed",
  "tenant.credentials_removed",
  "tenant.deleted",
  "key.created",
  "key.rotated",
  "key.revoked",
  "session.changed",
  "session.deleted",
  // Values of answers' headers of many sessions were saved: `saved` has their versions.
  "sessions.saved",
  "proxy.changed",
  "proxy.deleted",
  // A proxy that is down is tried at another time.
  "proxy.rescheduled",
  "upstream.switched",
] as const;
export type FeedKind = (typeof FEED_KINDS)[number];

/** The first row of the feed, which tells of nothing. */
const BEGAN = "feed.began";
const KNOWN_KINDS: ReadonlySet<string> = new Set([...FEED_KINDS, BEGAN]);

/** A change that some process on the database has made, this one included. */
export interface StoredChange {
  readonly kind: FeedKind;
  /** Null for what is the operator's own; so are the other ids where there is none. */
  readonly tenantId: string | null;
  readonly keyId: string | null;
  readonly sessionId: string | null;
  readonly proxyId: string | null;
  /** Of the session after the change; null when it is gone, or none was changed. */
  readonly version: number | null;
  /** Of a tenant that was changed. */
  readonly status: "active" | "suspended" | null;
  /** The names of what was changed, as in the announcement. */
  readonly changed: readonly string[];
  /** Of `sessions.saved`: the versions by the ids. */
  readonly saved: ReadonlyMap<string, number>;
}

/** A row that was read: that it is still there proves that none behind it was removed. */
interface Position {
  seq: number;
  /** Tells rows of the same number apart, after the database was restored from a backup. */
  at: number;
}

interface Row extends Position {
  kind: string;
  tenant_id: string | null;
  key_id: string | null;
  session_id: string | null;
  proxy_id: string | null;
  version: number | null;
  status: StoredChange["status"];
  changed: string | null;
}

/** A session as it is stored after a save. */
type Saved = Pick<typeof sessions.$inferSelect, "id" | "version">;

/**
 * The statement that tells of sessions whose values of answers' headers were saved, many in one row: where
 * several processes may use a session, each takes them in. Sessions that were not saved, since another
 * process has, may be among them.
 */
export const tellOfSaved = (saved: readonly Saved[]): InStatement => ({
  sql: `INSERT INTO changes (kind, changed, at) VALUES ('sessions.saved', ?, ${NOW})`,
  args: [JSON.stringify(saved.map(({ id, version }) => [id, version]))],
});

/** The same for one session, directly behind the statement that saves it, if that has. */
export const tellIfSaved = ({ id, version }: Saved): SQL =>
  sql`INSERT INTO changes (kind, changed, at)
    SELECT 'sessions.saved', ${JSON.stringify([[id, version]])}, ${sql.raw(NOW)} WHERE changes() > 0`;

/** The statement that tells once more of something that was told of before it was complete. */
export const tellAgain = (kind: FeedKind, tenantId: string): SQL =>
  sql`INSERT INTO changes (kind, tenant_id, at) VALUES (${kind}, ${tenantId}, ${sql.raw(NOW)})`;

/** The database's clock, unix milliseconds. */
const NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";

/** How long a change is kept, in milliseconds: whoever has not looked for longer begins anew. */
const KEPT_MS = 3_600_000;

/** What is over of the feed: the oldest first, and never the last. */
export const feedRetention: Expiring = {
  isAny: (time) => sql`SELECT 1 FROM (SELECT seq, at FROM changes ORDER BY seq LIMIT 1)
    WHERE at <= ${time - KEPT_MS} AND seq < (SELECT max(seq) FROM changes)`,
  remove: (time, limit) => sql`DELETE FROM changes WHERE seq IN
    (SELECT seq FROM (SELECT seq, at FROM changes ORDER BY seq LIMIT ${limit})
      WHERE at <= ${time - KEPT_MS}) AND seq < (SELECT max(seq) FROM changes)`,
};

/** Rows that one query reads. */
const PAGE = 1_000;

type Listener = (change: StoredChange) => void;

/**
 * The table of changes, read in the order of the commits: a row's number is given by the one writer of
 * the database within its transaction, so none can come in behind a later one that was read.
 */
export class ChangeFeed {
  readonly #listeners = new Map<string, Listener[]>();
  #position: Position | null = null;

  constructor(private readonly db: Pick<Database, "read">) {}

  /** Calls the listener with each change of these kinds, in their order. It must not throw. */
  on(kinds: readonly FeedKind[], listener: Listener): void {
    for (const kind of kinds)
      this.#listeners.set(kind, [...(this.#listeners.get(kind) ?? []), listener]);
  }

  /** The number of the last change that was read; 0 before the first look. */
  get seen(): number {
    return this.#position?.seq ?? 0;
  }

  /** Whether it was ever read. */
  get hasBegun(): boolean {
    return this.#position !== null;
  }

  /**
   * Reads what is new and tells the listeners: one small query where little or nothing is. Resolves
   * with false when changes may have been missed, so that everything that is known may be out of date:
   * the first time, when the last one that was seen is not kept any more, on another database, and when
   * a newer version of this program tells of something that this one does not know.
   * Looks may overlap. Throws StorageUnavailable.
   */
  async read(): Promise<boolean> {
    let areKnown = true;
    for (;;) {
      const from = this.#position;
      if (from === null) return this.#begin();
      const [known, ...rows] = await this.#page(from);
      const isKept = known?.seq === from.seq && known.at === from.at;
      // Another look may have been faster: then it has judged that.
      if (this.#position === from && !isKept) return this.#begin();
      const news = rows.filter(({ seq }) => seq > this.seen);
      this.#tellAll(news);
      areKnown &&= news.every(({ kind }) => KNOWN_KINDS.has(kind));
      if (rows.length < PAGE - 1) return areKnown;
    }
  }

  async #begin(): Promise<boolean> {
    const [newest] = await this.#rows(sql`SELECT seq, at FROM changes ORDER BY seq DESC LIMIT 1`);
    this.#position = newest === undefined ? { seq: 0, at: 0 } : { seq: newest.seq, at: newest.at };
    return false;
  }

  #page({ seq }: Position): Promise<Row[]> {
    return this.#rows(sql`SELECT seq, at, kind, tenant_id, key_id, session_id, proxy_id, version, status,
      changed FROM changes WHERE seq >= ${seq} ORDER BY seq LIMIT ${PAGE}`);
  }

  #rows(query: SQL): Promise<Row[]> {
    return this.db.read((orm) => orm.all<Row>(query));
  }

  #tellAll(rows: readonly Row[]): void {
    for (const row of rows) {
      // Before the listeners: one that fails must not keep all others from what comes later.
      this.#position = { seq: row.seq, at: row.at };
      const listeners = this.#listeners.get(row.kind);
      if (listeners === undefined) continue;
      const change = changeOf(row);
      for (const listener of listeners) listener(change);
    }
  }
}

function changeOf({ changed, ...row }: Row): StoredChange {
  const list = listOf(changed);
  const isSaved = row.kind === "sessions.saved";
  return {
    kind: row.kind as FeedKind,
    tenantId: row.tenant_id,
    keyId: row.key_id,
    sessionId: row.session_id,
    proxyId: row.proxy_id,
    version: row.version,
    status: row.status,
    changed: isSaved ? [] : list.map(String),
    saved: isSaved ? new Map(list as [string, number][]) : NONE,
  };
}

/** Another version of this program may have written something else. */
function listOf(text: string | null): unknown[] {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

const NONE: ReadonlyMap<string, number> = new Map();
