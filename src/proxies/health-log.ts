import { and, eq, inArray, isNull, sql } from "drizzle-orm";
import { LRUCache } from "lru-cache";
import { type Announcements, SERVICE } from "../announcements.ts";
import { recordIfChanged } from "../db/audited.ts";
import type { Database } from "../db/connection.ts";
import { type Mode, proxies } from "../db/schema.ts";
import type { ProxyFault } from "../instagram/client.ts";
import type { ProxyDirectory } from "./directory.ts";
import { type Evidence, type Health, judge } from "./health.ts";

export interface HealthLogDependencies {
  db: Database;
  announcements: Announcements;
  proxies: Pick<ProxyDirectory, "known" | "note">;
  /** Unix milliseconds. */
  now: () => number;
  /** How often a proxy without traffic is checked, in milliseconds. */
  intervalMs: number;
  /** Whether live proxies are checked by themselves. */
  areChecked: boolean;
  /** Told of each proxy with `on_failure=move` that is down, each time that this is confirmed. */
  onDown: (proxyId: string) => void;
  /** Told of each answer that means a blocked address. */
  onBlocked: () => void;
  /** Gets the error of a failure to store; it is tried again. */
  onFailed: (error: unknown) => void;
}

/** What the log reads and writes of a proxy. */
type Row = Health & Pick<typeof proxies.$inferSelect, "id" | "tenantId" | "mode" | "onFailure">;

/** What is to be taken in of one proxy. */
interface Pending {
  evidence: Evidence[];
  attempts: number;
}

/** Pieces of evidence of one proxy that wait to be written. */
const MAX_PIECES = 8;
const MAX_PROXIES = 20_000;
/** Proxies in one transaction. */
const BATCH = 100;
/** How long counts may wait, and when it is tried again after a failure, in milliseconds. */
const LATER_MS = 1_000;
const AGAIN_MS = 5_000;
/** Another process may have written meanwhile. */
const MAX_ATTEMPTS = 5;
/** How long a request that tries a proxy which is down may take, in milliseconds. */
const TRIAL_MS = 60_000;

/**
 * Takes in what requests and checks show of the proxies. Only what changes something is written: with
 * the first request that shows it, and not with each.
 */
export class HealthLog {
  readonly #pending = new Map<string, Pending>();
  /** When a request has last failed or succeeded in a way that was taken in. */
  readonly #failedAt = new LRUCache<string, number>({ max: MAX_PROXIES });
  readonly #succeededAt = new LRUCache<string, number>({ max: MAX_PROXIES });
  /** Answers since the last good one that mean a blocked address. */
  readonly #blocks = new LRUCache<string, number>({ max: MAX_PROXIES });
  /** Proxies that are down and that a request tries, with the time until which others wait. */
  readonly #trials = new LRUCache<string, number>({ max: MAX_PROXIES });
  #flushing: Promise<void> | null = null;
  #timer: Timer | null = null;
  #flushesAt = Number.POSITIVE_INFINITY;
  #isClosed = false;

  constructor(private readonly deps: HealthLogDependencies) {}

  /**
   * In how many seconds a proxy that is down is tried again; null while requests may use it. Where no
   * check brings it back, a single request may try it at that time, if it is one that `mayTry`.
   */
  waitFor(
    proxyId: string,
    mode: Mode,
    { mayTry = true }: { mayTry?: boolean } = {},
  ): number | null {
    const proxy = this.deps.proxies.known(proxyId);
    if (proxy?.state !== "down" || !isEvidence(proxy, mode)) return null;
    const now = this.deps.now();
    const wait = (proxy.nextCheckAt ?? 0) - now;
    if (wait <= 0 && mayTry && !this.deps.areChecked && proxy.mode !== "test") {
      const trialEnds = this.#trials.get(proxyId) ?? 0;
      if (trialEnds <= now) {
        this.#trials.set(proxyId, now + TRIAL_MS);
        return null;
      }
    }
    return Math.max(1, Math.ceil(wait / 1000));
  }

  /** A request that waitFor() has let through was not sent after all. */
  notTried(proxyId: string): void {
    this.#trials.delete(proxyId);
  }

  /** A request of a session was answered through the proxy. */
  succeeded(proxyId: string, mode: Mode, startedAt: number): void {
    this.#blocks.delete(proxyId);
    const { now, intervalMs, proxies } = this.deps;
    const proxy = proxies.known(proxyId);
    if (proxy === null || !isEvidence(proxy, mode)) return;
    const at = now();
    const isFine = proxy.state === "healthy" && proxy.failures === 0;
    const isDue = (proxy.nextCheckAt ?? Number.POSITIVE_INFINITY) - at < intervalMs / 2;
    if (isFine && !isDue) return;
    // A check that is due becomes needless; a second piece of evidence would not make it more so.
    if (isFine && at - (this.#succeededAt.get(proxyId) ?? 0) < intervalMs / 4) return;
    this.#succeededAt.set(proxyId, at);
    this.#add(proxyId, { kind: "success", startedAt, at, latencyMs: null });
    this.#flushIn(isFine ? LATER_MS : 0);
  }

  /** A request of a session has failed at the proxy. */
  failed(proxyId: string, mode: Mode, startedAt: number, fault: ProxyFault): void {
    const proxy = this.deps.proxies.known(proxyId);
    if (proxy === null || !isEvidence(proxy, mode)) return;
    // Requests that were under way together fail together.
    if (startedAt <= (this.#failedAt.get(proxyId) ?? 0)) return;
    const at = this.deps.now();
    this.#failedAt.set(proxyId, at);
    this.#add(proxyId, { kind: "failure", startedAt, at, fault });
    this.#flushIn(0);
  }

  /** Instagram has refused the proxy's address. */
  wasBlocked(proxyId: string, mode: Mode, startedAt: number): void {
    const proxy = this.deps.proxies.known(proxyId);
    if (proxy === null || !isEvidence(proxy, mode)) return;
    this.deps.onBlocked();
    const inARow = (this.#blocks.get(proxyId) ?? 0) + 1;
    this.#blocks.set(proxyId, inARow);
    const last = this.#pending.get(proxyId)?.evidence.at(-1);
    if (last?.kind === "blocked") {
      last.times++;
      last.inARow = inARow;
      last.at = this.deps.now();
    } else
      this.#add(proxyId, {
        kind: "blocked",
        startedAt,
        at: this.deps.now(),
        times: 1,
        inARow,
      });
    this.#flushIn(LATER_MS);
  }

  /** Takes in what a check has shown, and resolves when it is stored. Throws StorageUnavailable. */
  async checked(proxyId: string, evidence: Evidence): Promise<void> {
    this.#add(proxyId, evidence);
    await this.flush();
  }

  /** Stores what waits. Throws StorageUnavailable; it is tried again. */
  async flush(): Promise<void> {
    // What has come since the writing began is not in it.
    if (this.#flushing) await this.#flushing.catch(() => {});
    if (this.#pending.size === 0) return;
    this.#flushing ??= this.#writeAll().finally(() => {
      this.#flushing = null;
    });
    await this.#flushing;
  }

  /** Stores what waits, and takes in nothing any more. Throws StorageUnavailable. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.flush();
  }

  #add(proxyId: string, evidence: Evidence): void {
    const pending = this.#pending.get(proxyId);
    if (pending === undefined) {
      if (this.#pending.size < MAX_PROXIES)
        this.#pending.set(proxyId, { evidence: [evidence], attempts: 0 });
    } else if (pending.evidence.length < MAX_PIECES) pending.evidence.push(evidence);
  }

  #flushIn(milliseconds: number): void {
    if (this.#isClosed) return;
    const at = performance.now() + milliseconds;
    if (this.#flushesAt <= at) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#flushesAt = at;
    this.#timer = setTimeout(() => {
      this.#flushesAt = Number.POSITIVE_INFINITY;
      this.flush().catch((error: unknown) => {
        this.deps.onFailed(error);
        this.#flushIn(AGAIN_MS);
      });
    }, milliseconds);
    this.#timer.unref();
  }

  async #writeAll(): Promise<void> {
    while (this.#pending.size > 0) {
      const taken = [...this.#pending].slice(0, BATCH);
      for (const [id] of taken) this.#pending.delete(id);
      try {
        await this.#write(new Map(taken));
      } catch (error) {
        for (const [id, { evidence, attempts }] of taken) this.#putBack(id, evidence, attempts);
        throw error;
      }
    }
  }

  #putBack(id: string, evidence: readonly Evidence[], attempts: number): void {
    const since = this.#pending.get(id)?.evidence ?? [];
    const all = [...evidence, ...since].slice(0, MAX_PIECES);
    this.#pending.set(id, { evidence: all, attempts });
  }

  async #write(taken: ReadonlyMap<string, Pending>): Promise<void> {
    const { db, intervalMs } = this.deps;
    const rows = await db.read((orm) =>
      orm
        .select(COLUMNS)
        .from(proxies)
        .where(inArray(proxies.id, [...taken.keys()])),
    );
    const changes = rows.flatMap((row) => {
      const { evidence = [] } = taken.get(row.id) ?? {};
      const judged = evidence.reduce<Health>((health, one) => judge(health, one, intervalMs), row);
      return judged === row ? [] : [{ row, next: nextOf(row, judged) }];
    });
    // Only states are recorded: other figures change with each check.
    const [first, ...rest] = changes.flatMap(({ row, next }) => [
      this.#update(row, next),
      ...(next.state === row.state
        ? []
        : [
            db.drizzle.run(
              recordIfChanged({ ...changeOf(row, next), mode: row.mode ?? undefined }),
            ),
          ]),
    ]);
    if (first === undefined) return;
    const results = await db.write((orm) => orm.batch([first, ...rest]));
    const written: typeof changes = [];
    const missed: typeof changes = [];
    let at = 0;
    for (const change of changes) {
      (results[at]?.rowsAffected === 1 ? written : missed).push(change);
      at += change.next.state === change.row.state ? 1 : 2;
    }
    for (const { row } of missed) {
      const { evidence = [], attempts = 0 } = taken.get(row.id) ?? {};
      if (attempts < MAX_ATTEMPTS) this.#putBack(row.id, evidence, attempts + 1);
    }
    await Promise.all(written.map(({ row, next }) => this.#announce(row, next)));
  }

  /** Writes only over the health that was judged: another process may have written meanwhile. */
  #update({ id, stateSince, failures, checkedAt, blocked }: Row, next: Health) {
    return this.deps.db.drizzle
      .update(proxies)
      .set({ ...next, blocked: sql`${proxies.blocked} + ${next.blocked - blocked}` })
      .where(
        and(
          eq(proxies.id, id),
          eq(proxies.stateSince, stateSince),
          eq(proxies.failures, failures),
          checkedAt === null ? isNull(proxies.checkedAt) : eq(proxies.checkedAt, checkedAt),
        ),
      );
  }

  async #announce(row: Row, next: Health): Promise<void> {
    const { id, state, onFailure } = row;
    const { proxies, announcements, onDown } = this.deps;
    proxies.note(id, next);
    this.#trials.delete(id);
    if (next.state !== state) await announcements.announce(changeOf(row, next));
    if (next.state === "down" && onFailure === "move") onDown(id);
  }
}

/** The event of a state that has changed. */
const changeOf = ({ id, tenantId, state }: Row, next: Health) =>
  ({
    kind: "proxy.changed",
    tenantId,
    proxyId: id,
    state: next.state,
    stateBefore: state,
    changed: ["state"],
    by: SERVICE,
    at: next.stateSince,
  }) as const;

const COLUMNS = {
  id: proxies.id,
  tenantId: proxies.tenantId,
  mode: proxies.mode,
  onFailure: proxies.onFailure,
  state: proxies.state,
  stateSince: proxies.stateSince,
  lastError: proxies.lastError,
  latencyMs: proxies.latencyMs,
  checkedAt: proxies.checkedAt,
  nextCheckAt: proxies.nextCheckAt,
  failures: proxies.failures,
  blocked: proxies.blocked,
};

/** Whether a request of this mode tells something of the proxy: the sandbox uses no network. */
const isEvidence = ({ mode }: { mode: Mode | null }, of: Mode): boolean => (mode ?? "live") === of;

/** The columns of a judged row. The sandbox's proxies are checked only while something is wrong. */
function nextOf({ mode }: Row, judged: Health): Health {
  const { state, stateSince, lastError, latencyMs, checkedAt, failures, blocked } = judged;
  const isNeeded = mode !== "test" || state !== "healthy";
  const nextCheckAt = isNeeded ? judged.nextCheckAt : null;
  return { state, stateSince, lastError, latencyMs, checkedAt, nextCheckAt, failures, blocked };
}
