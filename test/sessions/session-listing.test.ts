import { expect, test } from "bun:test";
import { and, asc, gt, type Query } from "drizzle-orm";
import fc from "fast-check";
import type { Database } from "../../src/db/connection.ts";
import { MODES, SESSION_STATES, sessions as table } from "../../src/db/schema.ts";
import type { SessionStore } from "../../src/sessions/session-store.ts";
import { partsOf, rowsOf } from "../../src/sessions/store/listing.ts";
import { oldKey, setUpSessions } from "../support/session-store.ts";
import { openMemory } from "../support/storage.ts";

/* Lists of sessions: each filter and each two of them, paged, against a plain list in memory. */

type Listed = Parameters<SessionStore["list"]>[1];
type Stored = Awaited<ReturnType<SessionStore["create"]>>;

/** All pages of a list, and the length of the longest. */
async function walked(store: SessionStore, tenant: string, asked: Listed) {
  const ids: string[] = [];
  let longest = 0;
  let cursor: string | undefined;
  do {
    const page = await store.list(tenant, { ...asked, ...(cursor ? { cursor } : {}) });
    ids.push(...page.sessions.map(({ id }) => id));
    longest = Math.max(longest, page.sessions.length);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
  return { ids, longest };
}

const oneOf = <T>(...values: T[]) => fc.constantFrom(...values);
const PROXIES = ["01K9ZJ5M0T6R3F4C2B1A0XYZW1", "01K9ZJ5M0T6R3F4C2B1A0XYZW2"];

/** What the sessions of one trial are; `blocked` is from now on, in milliseconds. */
const kinds = fc.record({
  mode: oneOf("live" as const, "test" as const),
  state: oneOf(...SESSION_STATES.filter((state) => state !== "cooling_down")),
  enabled: fc.boolean(),
  username: oneOf(null, "anna", "bert"),
  label: oneOf(null, "acme", "acme-2"),
  proxyId: oneOf(null, ...PROXIES),
  ownProxy: fc.boolean(),
  blocked: oneOf(null, -5, 0, 5),
});
type Kind = typeof kinds extends fc.Arbitrary<infer One> ? One : never;

const filters = fc.record(
  {
    mode: oneOf("live" as const, "test" as const),
    state: oneOf(...SESSION_STATES),
    username: oneOf("anna", "nobody"),
    label: oneOf("acme", "acme-2", "none"),
    proxyId: oneOf(null, ...PROXIES),
  },
  { requiredKeys: [] },
);

/** What a session is shown as, said once more in plain words. */
function stateOf({ state, enabled, blocked }: Kind): string {
  if (!enabled) return "disabled";
  return state === "active" && (blocked ?? 0) > 0 ? "cooling_down" : state;
}

const isMeant = (kind: Kind, asked: any): boolean =>
  (asked.mode === undefined || kind.mode === asked.mode) &&
  (asked.state === undefined || stateOf(kind) === asked.state) &&
  (asked.username === undefined || kind.username === asked.username) &&
  (asked.label === undefined || kind.label === asked.label) &&
  (asked.proxyId === undefined ||
    (asked.proxyId === null
      ? kind.proxyId === null && !kind.ownProxy
      : kind.proxyId === asked.proxyId));

test("pages of any size hold exactly the sessions that the filters mean, oldest first", async () => {
  await using storage = await openMemory();
  const { db } = storage;
  const { store, session, tenantId, otherTenantId, clock } = await setUpSessions(db);
  const sessions = store(oldKey);
  for (const id of PROXIES)
    await db.statements.execute({
      sql: `INSERT INTO proxies (id, tenant_id, mode, key_id, url, url_hash, on_failure, state,
        state_since, created_at, updated_at)
        VALUES (?, ?, 'live', 'k', x'00', ?, 'fail', 'unknown', 0, 0, 0)`,
      args: [id, tenantId, id],
    });
  const made = (kind: Kind, tenant: string): Promise<Stored> =>
    sessions.create(
      session({
        tenantId: tenant,
        mode: kind.mode,
        state: kind.state,
        enabled: kind.enabled,
        username: kind.username,
        label: kind.label,
        proxyId: kind.ownProxy ? null : kind.proxyId,
        proxy: kind.ownProxy ? "http://own.example:80" : null,
        legacyId: null,
      }),
    );
  await fc.assert(
    fc.asyncProperty(
      fc.array(kinds, { maxLength: 12 }),
      fc.array(filters, { minLength: 4, maxLength: 4 }),
      fc.integer({ min: 1, max: 5 }),
      async (all, asked, limit) => {
        await db.statements.execute("DELETE FROM sessions");
        const own: { id: string; kind: Kind }[] = [];
        for (const each of all) {
          const kind = each.ownProxy ? { ...each, proxyId: null } : each;
          const { id } = await made(kind, tenantId);
          await made(kind, otherTenantId);
          if (kind.blocked !== null)
            await db.statements.execute({
              sql: "UPDATE sessions SET blocked_until = ? WHERE id = ?",
              args: [clock.time + kind.blocked, id],
            });
          own.push({ id, kind });
        }
        for (const filter of [{}, ...asked]) {
          const { ids, longest } = await walked(sessions, tenantId, { ...filter, limit });
          const meant = own.filter(({ kind }) => isMeant(kind, filter)).map(({ id }) => id);
          expect(ids, JSON.stringify(filter)).toEqual(meant);
          expect(longest).toBeLessThanOrEqual(limit);
        }
      },
    ),
    { numRuns: 30 },
  );
});

test("a page looks at a bounded number of sessions; the cursor leads on to the ones that are meant", async () => {
  await using storage = await openMemory();
  const { store, session, tenantId } = await setUpSessions(storage.db);
  const sessions = store(oldKey);
  const many = Array.from({ length: 2_500 }, (_, index) =>
    session({ legacyId: null, label: "acme", username: `user${index}` }),
  );
  await sessions.createMany(many);
  const rare = await sessions.create(
    session({ legacyId: null, label: "acme", state: "challenge" }),
  );
  const asked = { mode: "live", label: "acme", state: "challenge" } as const;
  const first = await sessions.list(tenantId, asked);
  expect(first.sessions).toEqual([]);
  expect(first.nextCursor).toBeString();
  expect(await walked(sessions, tenantId, asked)).toEqual({ ids: [rare.id], longest: 1 });
});

/** How SQLite finds the rows of a statement. */
async function planOf(db: Database, query: { toSQL(): Query }): Promise<string[]> {
  const { sql, params } = query.toSQL();
  const args = params as string[];
  const { rows } = await db.statements.execute({ sql: `EXPLAIN QUERY PLAN ${sql}`, args });
  return rows.map(({ detail }) => String(detail));
}

test("each filter walks along an index in the order of ids, and sorts nothing", async () => {
  await using storage = await openMemory();
  const { db } = storage;
  const asked = {
    sessions_tenant: {},
    sessions_username: { username: "anna" },
    sessions_label: { label: "acme" },
    sessions_on_proxy: { proxyId: PROXIES[0] ?? "" },
    sessions_state: { state: "logged_out" },
    sessions_blocked: { state: "cooling_down" },
    sessions_off: { state: "disabled" },
  } as const;
  for (const [index, filter] of Object.entries(asked)) {
    const [part] = partsOf("01K9ZJ5M0T6R3F4C2B1A0XYZWV", MODES[0], filter);
    const walk = db.drizzle
      .select({ id: table.id, enabled: table.enabled })
      .from(table)
      .where(and(part, gt(table.id, "0")))
      .orderBy(asc(table.id))
      .limit(100);
    expect(await planOf(db, walk), index).toEqual([
      expect.stringMatching(
        new RegExp(`^SEARCH sessions USING (?:COVERING )?INDEX ${index} .*id>\\?`),
      ),
    ]);
  }
  expect(await planOf(db, rowsOf(db.drizzle, PROXIES))).toEqual([
    expect.stringMatching(/^SEARCH sessions USING INDEX sqlite_autoindex_sessions_1 \(id=\?\)/),
  ]);
});
