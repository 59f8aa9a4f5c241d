import type { Actor } from "../../announcements.ts";
import { GatewayProblem } from "../../problems/gateway.ts";
import type { Hold, ProxyAssignment, ProxyWish } from "../../proxies/assignment.ts";
import type { ProxyDirectory } from "../../proxies/directory.ts";
import type { ProxyRecord } from "../../proxies/rows.ts";
import type { Owner } from "../account-sessions.ts";
import { homeCountryOf } from "../home-country.ts";
import type { LiveSession } from "../live-session.ts";
import { proxyRequired } from "../required-proxy.ts";
import { type ClientProxy, NO_PROXY } from "../session-client.ts";
import type { NamedProxy } from "../session-proxy.ts";
import type { SessionRecord } from "../session-store.ts";

export interface SessionProxyDependencies {
  assignment: ProxyAssignment;
  proxies: Pick<ProxyDirectory, "find">;
  /** Home region of new sessions; null when any machine may serve them. */
  region: string | null;
}

/** What the requests of a session go through. */
export interface SessionWay extends ClientProxy {
  /** Whether it is another way than the session has had. */
  isNew: boolean;
  /** Its place on a proxy that it has not had. */
  hold: Hold | null;
}

/** What changes in a session that goes that way now: its proxy may be changed elsewhere meanwhile. */
export const changesBy = (way: SessionWay): Partial<ReturnType<typeof columnsOf>> =>
  way.isNew ? columnsOf(way) : {};

/** The columns of a session that goes that way. */
export const columnsOf = ({ proxy, proxyId }: ClientProxy) => ({
  proxy: proxyId === null ? proxy : null,
  proxyId,
});

/** A session whose way is to be found. */
export interface WayAsked {
  owner: Pick<Owner, "tenantId" | "mode" | "proxyPolicy">;
  named: NamedProxy;
  /** The session as it is stored; null for a new one. */
  current: Pick<SessionRecord, "proxy" | "proxyId" | "region"> | null;
  state: Parameters<typeof homeCountryOf>[0];
}

/** Finds ways for sessions. */
export type FindWay = (asked: WayAsked) => Promise<SessionWay>;

/**
 * Runs work that finds ways for sessions, and gives back the places on proxies that no session has got
 * when it ends. A session keeps the proxy that it has unless another one is named. Without any it gets
 * one, unless the tenant's policy is `direct`: of its home country if there is one, or else of any.
 * Finding a way throws GatewayProblem (ProxyNotFound, NoProxyAvailable, ProxyRequired) and
 * StorageUnavailable.
 */
export async function withWays<T>(
  deps: SessionProxyDependencies,
  work: (findWay: FindWay) => Promise<T>,
): Promise<T> {
  const holds: Hold[] = [];
  try {
    return await work(async (asked) => (await keptWay(deps, asked)) ?? newWay(deps, asked, holds));
  } finally {
    await Promise.all(holds.map((hold) => deps.assignment.release(hold)));
  }
}

/** The way that the session has, if that is what the caller wants; null otherwise. */
async function keptWay(
  { proxies }: SessionProxyDependencies,
  { named, current }: WayAsked,
): Promise<SessionWay | null> {
  if (named.kind === "url") return { proxy: named.url, proxyId: null, isNew: true, hold: null };
  if (current === null) return null;
  const { proxy, proxyId } = current;
  if (proxyId === null)
    return named.kind === "none" && proxy !== null
      ? { proxy, proxyId, isNew: false, hold: null }
      : null;
  if (named.kind === "id" && named.proxyId !== proxyId) return null;
  const kept = await proxies.find(proxyId);
  if (named.kind === "country" && kept?.country !== named.country) return null;
  return kept && wayThrough(kept, null);
}

async function newWay(
  { assignment, proxies, region }: SessionProxyDependencies,
  { owner, named, current, state }: WayAsked,
  holds: Hold[],
): Promise<SessionWay> {
  const { tenantId, mode, proxyPolicy } = owner;
  if (named.kind === "none" && proxyPolicy === "direct") return AS_IT_IS;
  const hold = await assignment.claim({
    tenantId,
    mode,
    ...(named.kind === "id" ? { proxyId: named.proxyId } : {}),
    country: named.kind === "country" ? named.country : homeCountryOf(state),
    isCountryFixed: named.kind === "country",
    region: current?.region ?? region,
  });
  if (hold === null) {
    if (proxyPolicy === "required") throw proxyRequired();
    return AS_IT_IS;
  }
  holds.push(hold);
  return wayThrough(await existing(proxies, hold.proxyId), hold);
}

async function existing(
  proxies: SessionProxyDependencies["proxies"],
  id: string,
): Promise<ProxyRecord> {
  const proxy = await proxies.find(id);
  if (proxy === null) throw new GatewayProblem("ProxyNotFound", "Proxy not found");
  return proxy;
}

const wayThrough = ({ url, id }: ProxyRecord, hold: Hold | null): SessionWay => ({
  proxy: url,
  proxyId: id,
  isNew: hold !== null,
  hold,
});

/** A session without a proxy stays as it is. */
export const AS_IT_IS: SessionWay = { ...NO_PROXY, isNew: false, hold: null };

/** Where a session is moved: to that proxy, or to another one of the same country. */
export type MoveTarget = { readonly proxyId: string } | "another";

/** What a move needs of a session. */
type MovedSession = Pick<LiveSession, "stored" | "state" | "change">;

/**
 * Moves a session to another proxy. Requests that are under way end on the old one; the next takes the
 * new one, in every process. Resolves with the new proxy's id when that is durable and announced, with
 * `reason`; or with null when the session has left `from` meanwhile, so that nothing was to be done.
 * Throws GatewayProblem: ProxyNotFound, NoProxyAvailable; StorageUnavailable, SessionGone. Then the
 * session stays where it is.
 */
export async function moveSession(
  { assignment, proxies, region }: SessionProxyDependencies,
  session: MovedSession,
  to: MoveTarget,
  {
    by,
    reason,
    from,
  }: {
    by: Actor;
    reason?: string;
    /** The session is moved only if it is still on this proxy. */
    from?: string;
  },
): Promise<string | null> {
  const { tenantId, mode, proxyId: current, region: home } = session.stored;
  if (from !== undefined && current !== from) return null;
  if (to !== "another" && to.proxyId === current) return current;
  const wish = { tenantId, mode, region: home ?? region };
  const hold = await assignment.claim(
    to === "another"
      ? { ...wish, ...(await sameCountry(proxies, session)) }
      : { ...wish, proxyId: to.proxyId, country: null },
  );
  if (hold === null) throw new GatewayProblem("NoProxyAvailable", "There is no other proxy");
  let isMoved = false;
  try {
    await session.change(
      (record) => {
        isMoved = from === undefined || record.proxyId === from;
        return isMoved ? { proxy: null, proxyId: hold.proxyId } : null;
      },
      by,
      { hold, ...(reason === undefined ? {} : { reason }) },
    );
  } finally {
    await assignment.release(hold);
  }
  return isMoved ? hold.proxyId : null;
}

/** A proxy that is like the session's, but another one. */
async function sameCountry(
  proxies: SessionProxyDependencies["proxies"],
  { stored, state }: MovedSession,
): Promise<Pick<ProxyWish, "country" | "isCountryFixed" | "except">> {
  const { proxyId } = stored;
  if (proxyId === null) return { country: homeCountryOf(state) };
  const country = (await proxies.find(proxyId))?.country ?? null;
  return country === null
    ? { country: homeCountryOf(state), except: proxyId }
    : { country, isCountryFixed: true, except: proxyId };
}
