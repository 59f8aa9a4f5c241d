import type { Actor } from "../../announcements.ts";
import { GatewayProblem } from "../../problems/gateway.ts";
import type { LiveSessions } from "../live-sessions.ts";
import { SessionGone } from "../session-errors.ts";
import type { SessionStore } from "../session-store.ts";
import { moveSession, type SessionProxyDependencies } from "./session-proxy.ts";

export interface ProxyMovesDependencies {
  ways: SessionProxyDependencies;
  sessions: Pick<LiveSessions, "resolve">;
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

/**
 * Moves all sessions of a proxy to others of the same country, each as moveSession() does. Those that no
 * other proxy takes stay. Throws StorageUnavailable; sessions that were moved before stay moved.
 */
export async function moveSessionsFrom(
  { ways, sessions, store }: ProxyMovesDependencies,
  proxyId: string,
  about: { by: Actor; reason: string },
): Promise<ProxyMoves> {
  const moves: ProxyMoves = { moved: 0, left: 0 };
  const moveOne = async ({ tenantId, mode, id }: OnProxy): Promise<void> => {
    try {
      const session = await sessions.resolve(tenantId, mode, id);
      if (session === null) return;
      const target = await moveSession(ways, session, "another", { ...about, from: proxyId });
      if (target !== null) moves.moved++;
    } catch (error) {
      if (error instanceof SessionGone) return;
      if (!(error instanceof GatewayProblem) || error.kind === "StorageUnavailable") throw error;
      moves.left++;
    }
  };
  let after = "";
  for (;;) {
    const page = await store.onProxy(proxyId, { after, limit: PAGE });
    for (let start = 0; start < page.length; start += AT_ONCE)
      await Promise.all(page.slice(start, start + AT_ONCE).map(moveOne));
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return moves;
    after = last.id;
  }
}

type OnProxy = Awaited<ReturnType<SessionStore["onProxy"]>>[number];

/**
 * Moves the sessions away from proxies that are down, in the background, as often as it is told that one
 * is. What stays waits for the proxy.
 */
export function createMovesOnDown(
  deps: ProxyMovesDependencies,
  { by, onFailed }: { by: Actor; onFailed: (error: unknown) => void },
): (proxyId: string) => void {
  const running = new Set<string>();
  return (proxyId) => {
    if (running.has(proxyId)) return;
    running.add(proxyId);
    moveSessionsFrom(deps, proxyId, { by, reason: "the proxy before was down" })
      .catch(onFailed)
      .finally(() => running.delete(proxyId));
  };
}
