import { asc, eq } from "drizzle-orm";
import type { Actor } from "../../announcements.ts";
import type { Database } from "../../db/connection.ts";
import { Pace } from "../../db/pace.ts";
import { sessions as sessionTable } from "../../db/schema.ts";
import { GatewayProblem } from "../../problems/gateway.ts";
import type { Hold, ProxyAssignment } from "../../proxies/assignment.ts";
import type { LiveSessions } from "../live-sessions.ts";
import { SessionGone } from "../session-errors.ts";

export interface ClearProxyDependencies {
  db: Database;
  sessions: Pick<LiveSessions, "open">;
  assignment: Pick<ProxyAssignment, "claim" | "release">;
  /** Home region of sessions without one; null when any machine may serve them. */
  region: string | null;
}

/** The proxy that is to have no sessions any more. */
interface ClearedProxy {
  id: string;
  country: string | null;
}

/**
 * Moves all sessions of a proxy to others that take them: of the same country if it has one. A place is
 * held for each of them before the first is moved, so that nothing is changed where there are not enough.
 * Resolves with the number of those that were moved. Throws NoProxyAvailable, StorageUnavailable.
 */
export type ClearProxy = (proxy: ClearedProxy, by: Actor) => Promise<number>;

/** Why a session was moved, in words for its owner. */
const PROXY_IS_DELETED = "its proxy is deleted";

/** Sessions that are claimed for, or moved, at the same time. */
const AT_ONCE = 50;

export function createClearProxy(deps: ClearProxyDependencies): ClearProxy {
  const { db, assignment } = deps;
  return async (proxy, by) => {
    const pace = new Pace({ isLocal: db.writesHere });
    const rows = await sessionsOn(db, proxy.id);
    const held: Held[] = [];
    const announcing: Promise<void>[] = [];
    let moved = 0;
    try {
      for (const slice of slicesOf(rows)) await pace.work(() => claimFor(deps, proxy, slice, held));
      for (const slice of slicesOf(held))
        await pace.work(async () => {
          const announced = (done: Promise<void>): void => void announcing.push(done);
          const done = await Promise.all(slice.map((one) => move(deps, proxy, one, by, announced)));
          moved += done.filter(Boolean).length;
        });
      // Each waits until other processes know of it: together that takes no longer than for one.
      await Promise.all(announcing);
    } finally {
      for (const { hold } of held) if (!hold.isKept) await assignment.release(hold);
    }
    return moved;
  };
}

type Row = Pick<typeof sessionTable.$inferSelect, "id" | "tenantId" | "mode" | "region">;
interface Held {
  row: Row;
  hold: Hold;
}

const sessionsOn = (db: Database, proxyId: string): Promise<Row[]> => {
  const { id, tenantId, mode, region } = sessionTable;
  return db.read((orm) =>
    orm
      .select({ id, tenantId, mode, region })
      .from(sessionTable)
      .where(eq(sessionTable.proxyId, proxyId))
      .orderBy(asc(id)),
  );
};

/** Holds a place for each session. Those that were held when one cannot be stay in `held`. */
async function claimFor(
  { assignment, region }: ClearProxyDependencies,
  { id, country }: ClearedProxy,
  rows: readonly Row[],
  held: Held[],
): Promise<void> {
  const claims = rows.map(async (row) => {
    const { tenantId, mode } = row;
    const wish = { tenantId, mode, region: row.region ?? region, country, except: id };
    const hold = await assignment.claim({ ...wish, isCountryFixed: country !== null });
    if (hold === null) throw new GatewayProblem("NoProxyAvailable", "There is no other proxy");
    held.push({ row, hold });
  });
  const failed = (await Promise.allSettled(claims)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

/** Moves a session to the place that is held for it; false when it has left the proxy by itself. */
async function move(
  { sessions }: ClearProxyDependencies,
  { id: from }: ClearedProxy,
  { row: { id, tenantId, mode }, hold }: Held,
  by: Actor,
  announcing: (announced: Promise<void>) => void,
): Promise<boolean> {
  let isMoved = false;
  try {
    const session = await sessions.open(tenantId, mode, id);
    await session?.change(
      (record) => {
        isMoved = record.proxyId === from;
        return isMoved ? { proxy: null, proxyId: hold.proxyId } : null;
      },
      by,
      { hold, reason: PROXY_IS_DELETED, announcing },
    );
  } catch (error) {
    if (!(error instanceof SessionGone)) throw error;
    return false;
  }
  return isMoved;
}

function* slicesOf<Item>(items: readonly Item[]): Generator<readonly Item[], void, undefined> {
  for (let from = 0; from < items.length; from += AT_ONCE) yield items.slice(from, from + AT_ONCE);
}
