import type { Actor } from "../../announcements.ts";
import { GatewayProblem } from "../../problems/gateway.ts";
import type { LiveSessions } from "../live-sessions.ts";
import { SessionGone } from "../session-errors.ts";
import type { SessionStore } from "../session-store.ts";
import { moveSession, type SessionProxyDependencies } from "./session-proxy.ts";

export interface ProxyMovesDependencies {
  ways: SessionProxyDependencies;
  sessions: Pick<LiveSessions, "open">;
  store: Pick<SessionStore, "onProxy">;
}

/** What became of the sessions of a proxy that was to be left. */
export interface ProxyMoves {
  /** Sessions that are on other proxies now. */
  moved: number;
  /** Sessions that stayed: no other proxy of the country takes them, or they cannot be read. */
  left: number;
}

/** Sessions that are moved at the same time: so many places are looked for together. */
const AT_ONCE = 20;
const PAGE = 200;
/** Proxies that may wait for their turn: the others are named again by their next check. */
const MAX_WAITING = 10_000;

/**
 * Moves all sessions of a proxy to others of the same country, each as moveSession() does. Those that no
 * other proxy takes stay. It ends before all are moved when `isNeeded` says no. Throws
 * StorageUnavailable; sessions that were moved before stay moved.
 */
export async function moveSessionsFrom(
  { ways, sessions, store }: ProxyMovesDependencies,
  proxyId: string,
  about: { by: Actor; reason: string },
  isNeeded: () => boolean | Promise<boolean> = () => true,
): Promise<ProxyMoves> {
  const moves: ProxyMoves = { moved: 0, left: 0 };
  /** Tenants and modes for which there is no other proxy. */
  const stuck = new Set<string>();
  const moveOne = async ({ tenantId, mode, id }: OnProxy): Promise<void> => {
    const owner = `${mode} ${tenantId}`;
    try {
      const session = stuck.has(owner) ? null : await sessions.open(tenantId, mode, id);
      if (stuck.has(owner)) moves.left++;
      if (session === null) return;
      const target = await moveSession(ways, session, "another", { ...about, from: proxyId });
      if (target !== null) moves.moved++;
    } catch (error) {
      if (error instanceof SessionGone) return;
      if (!(error instanceof GatewayProblem) || error.kind === "StorageUnavailable") throw error;
      if (error.kind === "NoProxyAvailable") stuck.add(owner);
      moves.left++;
    }
  };
  let after = "";
  for (;;) {
    const page = await store.onProxy(proxyId, { after, limit: PAGE });
    for (let start = 0; start < page.length; start += AT_ONCE) {
      if (!(await isNeeded())) return moves;
      await Promise.all(page.slice(start, start + AT_ONCE).map(moveOne));
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return moves;
    after = last.id;
  }
}

type OnProxy = Awaited<ReturnType<SessionStore["onProxy"]>>[number];

export interface MovesOnDownOptions {
  by: Actor;
  /** Told of each proxy that sessions were moved from, or would have been. */
  onMoved: (moves: ProxyMoves & { proxyId: string }) => void;
  /** Gets the error of a failure; the proxy's next check names it again. */
  onFailed: (error: unknown) => void;
}

/**
 * Moves the sessions away from proxies that are down, in the background, one proxy after the other. What
 * stays waits for the proxy: it is named again each time a check confirms that it is down.
 */
export class MovesOnDown {
  readonly #waiting = new Set<string>();
  #running: Promise<void> | null = null;
  #isClosed = false;

  constructor(
    private readonly deps: ProxyMovesDependencies,
    private readonly options: MovesOnDownOptions,
  ) {}

  /** The proxy is down. */
  from(proxyId: string): void {
    if (this.#isClosed || this.#waiting.size >= MAX_WAITING) return;
    this.#waiting.add(proxyId);
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Resolves when no session is being moved. */
  async idle(): Promise<void> {
    await this.#running;
  }

  /** Ends after the sessions that are being moved. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (const proxyId of this.#waiting) {
      this.#waiting.delete(proxyId);
      await this.#moveAll(proxyId).catch(this.options.onFailed);
    }
  }

  async #moveAll(proxyId: string): Promise<void> {
    const { by, onMoved } = this.options;
    const isNeeded = async (): Promise<boolean> => {
      if (this.#isClosed) return false;
      // It may work again, or its owner may have decided otherwise.
      const proxy = await this.deps.ways.proxies.find(proxyId);
      return proxy?.state === "down" && proxy.onFailure === "move";
    };
    const about = { by, reason: "the proxy before was down" };
    const moves = await moveSessionsFrom(this.deps, proxyId, about, isNeeded);
    if (moves.moved + moves.left > 0) onMoved({ proxyId, ...moves });
  }
}
