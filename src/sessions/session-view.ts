import type { SessionError, SessionStateName } from "../db/schema.ts";
import { Problem } from "../problems/problem.ts";
import type { ProxyDirectory } from "../proxies/directory.ts";
import { redactProxy } from "../proxies/proxy-url.ts";
import type { ProxyRecord } from "../proxies/rows.ts";
import { withoutHost } from "../proxies/store/listing.ts";
import type { Holder } from "./leases/holders.ts";
import type { LiveSession } from "./live-session.ts";
import type { LiveSessions } from "./live-sessions.ts";
import type { Mode, SessionSummary } from "./session-store.ts";
import { shownState, whyShown } from "./shown-state.ts";
import { type PlainColumns, plainColumnsOf } from "./store/rows.ts";

export { SESSION_STATES } from "../db/schema.ts";

/** What is left of a day's budgets, by the kind of action; null without budgets. */
export type BudgetView = Readonly<Record<string, unknown>> | null;

/** A session as its owner and the operator see it; times are ISO 8601, in UTC. */
export interface SessionView {
  id: string;
  username: string | null;
  user_pk: string | null;
  mode: Mode;
  label: string | null;
  state: SessionStateName;
  state_since: string | null;
  reason: string | null;
  proxy_id: string | null;
  proxy: string | null;
  region: string | null;
  /** The machine that uses it; null while none does. */
  holder: Holder | null;
  app_version: string | null;
  created_at: string;
  last_used_at: string | null;
  last_ok_at: string | null;
  last_error: { kind: string; message: string; at: string } | null;
  blocked: { action: string; until: string }[];
  budget: BudgetView;
}

export interface SessionViewsDependencies {
  proxies: Pick<ProxyDirectory, "find">;
  /** The sessions that this process has in memory: they know later than what is stored. */
  sessions: Pick<LiveSessions, "peek">;
  budgetsOf: (sessions: readonly PlainColumns[]) => Promise<readonly BudgetView[]>;
  /** The machines that use sessions, by the session's id. */
  holdersOf: (sessionIds: readonly string[]) => Promise<ReadonlyMap<string, Holder>>;
  /** Unix milliseconds. */
  now: () => number;
}

/** Shows sessions: without secrets, and as new as this process knows them. */
export class SessionViews {
  constructor(private readonly deps: SessionViewsDependencies) {}

  /** Throws StorageUnavailable. */
  async of(sessions: readonly SessionSummary[]): Promise<SessionView[]> {
    const newest = sessions.map((session) => this.#newest(session));
    const [proxies, budgets, holders] = await Promise.all([
      Promise.all(newest.map((session) => this.#shownProxy(session))),
      this.deps.budgetsOf(newest),
      this.deps.holdersOf(newest.map(({ id }) => id)),
    ]);
    const time = this.deps.now();
    return newest.map((session, index) =>
      viewOf(session, {
        proxy: proxies[index] ?? null,
        budget: budgets[index] ?? null,
        holder: holders.get(session.id) ?? null,
        time,
      }),
    );
  }

  /** A session in use. Throws StorageUnavailable. */
  async ofLive(session: LiveSession): Promise<SessionView> {
    const [view] = await this.of([summaryOf(session)]);
    if (view === undefined) throw new Error("a session has no view");
    return view;
  }

  /** What is written coarsely may be older than what is in memory. */
  #newest(session: SessionSummary): SessionSummary {
    const live = this.deps.sessions.peek(session.id)?.stored;
    if (live === undefined) return session;
    const { lastError } = live;
    return {
      ...session,
      lastUsedAt: later(session.lastUsedAt, live.lastUsedAt),
      lastOkAt: later(session.lastOkAt, live.lastOkAt),
      lastError:
        (lastError?.at ?? 0) > (session.lastError?.at ?? 0) ? lastError : session.lastError,
    };
  }

  async #shownProxy({ proxy, proxyId }: SessionSummary): Promise<string | null> {
    if (proxyId === null) return proxy;
    try {
      const found = await this.deps.proxies.find(proxyId);
      return found && shownProxy(found);
    } catch (error) {
      // A list is worth more than the one proxy in it that cannot be read.
      if (error instanceof Problem) return null;
      throw error;
    }
  }
}

/** The URL of a proxy as tenants see it. */
const shownProxy = ({ tenantId, url }: ProxyRecord): string | null =>
  tenantId === null ? withoutHost(redactProxy(url)) : redactProxy(url);

const later = (one: number | null, other: number | null): number | null =>
  one === null || other === null ? (one ?? other) : Math.max(one, other);

function summaryOf({ stored, state }: LiveSession): SessionSummary {
  return {
    ...plainColumnsOf(stored),
    proxy: stored.proxy === null ? null : redactProxy(stored.proxy),
    appVersion: state.appVersion || null,
    unreadable: null,
  };
}

const UNREADABLE = {
  key: "the gateway lacks the key that it is stored under",
  damaged: "what is stored of it is damaged",
} as const;

/** What a view shows beside what is stored of the session itself. */
interface Around extends Pick<SessionView, "proxy" | "budget" | "holder"> {
  /** Unix milliseconds. */
  time: number;
}

function viewOf(session: SessionSummary, { proxy, budget, holder, time }: Around): SessionView {
  const waiting = (session.blocks ?? []).filter(({ until }) => until > time);
  const state = shownState(session, time);
  const { since, reason } = whyShown(session, state, time);
  return {
    id: session.id,
    username: session.username,
    user_pk: session.userPk,
    mode: session.mode,
    label: session.label,
    state,
    state_since: isoOrNull(since),
    reason: session.unreadable === null ? reason : UNREADABLE[session.unreadable],
    proxy_id: session.proxyId,
    proxy,
    region: session.region,
    holder,
    app_version: session.appVersion,
    created_at: iso(session.createdAt),
    last_used_at: isoOrNull(session.lastUsedAt),
    last_ok_at: isoOrNull(session.lastOkAt),
    last_error: session.lastError && errorView(session.lastError),
    blocked: waiting.map(({ action, until }) => ({ action, until: iso(until) })),
    budget,
  };
}

const errorView = ({ kind, message, at }: SessionError) => ({ kind, message, at: iso(at) });

const iso = (time: number): string => new Date(time).toISOString();
const isoOrNull = (time: number | null): string | null => (time === null ? null : iso(time));
