import { canonicalUlid } from "../../db/ids.ts";
import type { ProxyPolicy } from "../../db/schema.ts";
import { GatewayProblem } from "../../problems/gateway.ts";
import type { Hold } from "../../proxies/hold.ts";
import { proxyRequired } from "../required-proxy.ts";
import type { NamedProxy } from "../session-proxy.ts";
import { changesBy, columnsOf, type FindWay, type SessionWay } from "../verbs/session-proxy.ts";
import type { ImportDefaults, Plan } from "./planning.ts";
import type { ReadEntry } from "./read-entry.ts";

/** An entry that was read, on its way into the store. */
export interface Candidate {
  line: number;
  read: ReadEntry;
  /** How often it met a session that was being changed. */
  attempts: number;
}

/** What is done with it. */
export interface Planned {
  candidate: Candidate;
  plan: Plan;
  /** The place that its session takes on a new proxy. */
  hold: Hold | null;
}

export type PlannedAs<Kind extends Plan["kind"]> = Planned & {
  plan: Extract<Plan, { kind: Kind }>;
};

export const only = <Kind extends Plan["kind"]>(planned: readonly Planned[], kind: Kind) =>
  planned.filter((one): one is PlannedAs<Kind> => one.plan.kind === kind);

export interface PlacingOptions {
  tenantId: string;
  mode: "test" | "live";
  proxyPolicy: ProxyPolicy;
  defaults: ImportDefaults;
}

/**
 * Finds the proxies of sessions, all at once, as for logins: new ones get one where there are any; those
 * that are here keep theirs unless their line names another. `failed` is told of those for which there
 * is none. Throws StorageUnavailable.
 */
export async function placedOn(
  planned: readonly Planned[],
  findWay: FindWay,
  options: PlacingOptions,
  failed: (candidate: Candidate, error: GatewayProblem) => void,
): Promise<Planned[]> {
  const placed = await Promise.all(
    planned.map(async (one) => {
      try {
        return await placedOne(one, findWay, options);
      } catch (error) {
        if (!(error instanceof GatewayProblem) || !OF_A_LINE.has(error.kind)) throw error;
        failed(one.candidate, error);
        return null;
      }
    }),
  );
  return placed.filter((one) => one !== null);
}

/** Problems of one line; all others are problems of the import. */
const OF_A_LINE: ReadonlySet<string> = new Set([
  "ProxyNotFound",
  "NoProxyAvailable",
  "ProxyRequired",
]);

async function placedOne(
  one: Planned,
  findWay: FindWay,
  { tenantId, mode, proxyPolicy, defaults }: PlacingOptions,
): Promise<Planned> {
  const { candidate, plan } = one;
  const { read } = candidate;
  const owner = { tenantId, mode, proxyPolicy };
  if (plan.kind === "create") {
    const { session } = plan;
    const current = { proxy: null, proxyId: null, region: session.region ?? null };
    const way = await firstOf(namedBy(read, defaults), (named) =>
      findWay({ owner, named, current, state: read.login }),
    );
    return {
      ...one,
      plan: { ...plan, session: { ...session, ...columnsOf(way) } },
      hold: way.hold,
    };
  }
  if (plan.kind === "update") {
    const { before, after } = plan;
    if (read.proxyId === undefined && read.proxyCountry === undefined) {
      const isCleared = after.proxy === null && after.proxyId === null;
      const hadOne = before.proxy !== null || before.proxyId !== null;
      if (proxyPolicy === "required" && isCleared && hadOne) throw proxyRequired();
      return one;
    }
    const way = await firstOf(namedBy(read, {}), (named) =>
      findWay({ owner, named, current: before, state: read.login }),
    );
    return { ...one, plan: { ...plan, after: { ...after, ...changesBy(way) } }, hold: way.hold };
  }
  return one;
}

/** What an entry wants, the best first: an id may be unknown here, where the URL is not. */
function namedBy(
  { proxyId, proxyCountry, proxy }: ReadEntry,
  defaults: Pick<ImportDefaults, "proxyId" | "proxyCountry">,
): [NamedProxy, ...NamedProxy[]] {
  const url: NamedProxy[] = proxy ? [{ kind: "url", url: proxy }] : [];
  if (proxyId !== undefined) return [withId(proxyId), ...url];
  const [first] = url;
  if (first !== undefined) return [first];
  if (proxyCountry !== undefined) return [{ kind: "country", country: proxyCountry }];
  if (defaults.proxyId !== undefined) return [withId(defaults.proxyId)];
  return defaults.proxyCountry === undefined
    ? [{ kind: "none" }]
    : [{ kind: "country", country: defaults.proxyCountry }];
}

const withId = (id: string): NamedProxy => ({ kind: "id", proxyId: canonicalUlid(id) ?? id });

async function firstOf(
  [named, ...others]: [NamedProxy, ...NamedProxy[]],
  find: (named: NamedProxy) => Promise<SessionWay>,
): Promise<SessionWay> {
  try {
    return await find(named);
  } catch (error) {
    const [next] = others;
    const isUnknown = error instanceof GatewayProblem && error.kind === "ProxyNotFound";
    if (!isUnknown || next === undefined) throw error;
    return find(next);
  }
}
