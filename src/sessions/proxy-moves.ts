import { and, asc, eq, gt } from "drizzle-orm";
import { SERVICE } from "../announcements.ts";
import type { Database } from "../db/connection.ts";
import { CiphertextInvalid, EncryptionKeyUnavailable } from "../db/keyring.ts";
import { Pace } from "../db/pace.ts";
import { sessions as sessionTable } from "../db/schema.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import type { ProxyDirectory } from "../proxies/directory.ts";
import type { LiveSession } from "./live-session.ts";
import type { LiveSessions } from "./live-sessions.ts";
import { SessionGone } from "./session-errors.ts";

export interface ProxyMovesDependencies {
  db: Database;
  sessions: Pick<LiveSessions, "resolve">;
  proxies: Pick<ProxyDirectory, "find">;
  /**
   * Moves a session from this proxy to another one that fits; null when it has left it already.
   * Throws NoProxyAvailable, SessionGone, StorageUnavailable.
   */
  move: (session: LiveSession, from: string) => Promise<string | null>;
  /** Told when what could be moved from a proxy was moved, unless that is nothing. */
  onMoved: (moves: { proxyId: string; moved: number; isStuck: boolean }) => void;
  /** Gets the error of a failure in the background; it is tried again with the next failed check. */
  onFailed: (error: unknown) => void;
}

/** Why a session was moved, in words for its owner. */
export const PROXY_IS_DOWN = "its proxy is down";

/** Proxies that may wait for their turn: the others are named again by their next check. */
const MAX_WAITING = 10_000;

type Row = Pick<typeof sessionTable.$inferSelect, "id" | "tenantId" | "mode">;

/**
 * Moves the sessions of proxies that are down, one proxy after the other and a few sessions at a time,
 * so that requests go on meanwhile. Sessions for which there is no other proxy stay: a proxy is named
 * again each time a check confirms that it is down.
 */
export class ProxyMoves {
  readonly #waiting = new Set<string>();
  readonly #ending = new AbortController();
  #running: Promise<void> | null = null;

  constructor(private readonly deps: ProxyMovesDependencies) {}

  /** Moves the sessions of a proxy, in the background. */
  readonly from = (proxyId: string): void => {
    if (this.#ending.signal.aborted || this.#waiting.size >= MAX_WAITING) return;
    this.#waiting.add(proxyId);
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  };

  /** Resolves when no session is being moved. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Ends after the session that is being moved. */
  async close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (const proxyId of this.#waiting) {
      this.#waiting.delete(proxyId);
      if (this.#ending.signal.aborted) return;
      await this.#moveAll(proxyId).catch(this.deps.onFailed);
    }
  }

  async #moveAll(proxyId: string): Promise<void> {
    const { db, proxies, onMoved } = this.deps;
    const pace = new Pace({ isLocal: db.kind !== "remote" });
    /** Tenants and modes for whose sessions there is no other proxy. */
    const stuck = new Set<string>();
    let moved = 0;
    let after: string | null = "";
    while (after !== null && !this.#ending.signal.aborted) {
      const proxy = await proxies.find(proxyId);
      // It may work again, or its owner may have decided otherwise.
      if (proxy?.state !== "down" || proxy.onFailure !== "move") break;
      // There is nobody else on it.
      if (proxy.tenantId !== null && stuck.size > 0) break;
      const rows = await this.#batch(proxyId, after, pace.size);
      await pace.work(async () => {
        for (const row of rows) {
          if (this.#ending.signal.aborted) return;
          if (await this.#move(row, proxyId, stuck)) moved++;
        }
      });
      after = rows.at(-1)?.id ?? null;
    }
    if (moved > 0 || stuck.size > 0) onMoved({ proxyId, moved, isStuck: stuck.size > 0 });
  }

  #batch(proxyId: string, after: string, limit: number): Promise<Row[]> {
    const { id, tenantId, mode } = sessionTable;
    return this.deps.db.read((orm) =>
      orm
        .select({ id, tenantId, mode })
        .from(sessionTable)
        .where(and(eq(sessionTable.proxyId, proxyId), gt(id, after)))
        .orderBy(asc(id))
        .limit(limit),
    );
  }

  /** Whether the session was moved. */
  async #move({ id, tenantId, mode }: Row, from: string, stuck: Set<string>): Promise<boolean> {
    const { sessions, move, onFailed } = this.deps;
    const owner = `${mode} ${tenantId}`;
    if (stuck.has(owner)) return false;
    try {
      const session = await sessions.resolve(tenantId, mode, id);
      return session !== null && (await move(session, from)) !== null;
    } catch (error) {
      if (error instanceof GatewayProblem && error.kind === "NoProxyAvailable") stuck.add(owner);
      else if (!isNobodys(error)) onFailed(error);
      return false;
    }
  }
}

/** The session is gone, or readiness tells that it cannot be read. */
const isNobodys = (error: unknown): boolean =>
  error instanceof SessionGone ||
  error instanceof EncryptionKeyUnavailable ||
  error instanceof CiphertextInvalid;

/** Who moves sessions away from a proxy that is down, and why. */
export const BECAUSE_DOWN = { by: SERVICE, reason: PROXY_IS_DOWN };
