import { LRUCache } from "lru-cache";
import { INSTAGRAM } from "../../announcements.ts";
import { StorageUnavailable } from "../../db/errors.ts";
import { getAccount } from "../../instagram/operations/account.ts";
import { Problem } from "../../problems/problem.ts";
import type { LiveSessionDependencies, SessionCaller } from "../live-session.ts";
import { SessionGone } from "../session-errors.ts";
import type { SessionInUse } from "../session-in-use.ts";
import type { SessionRecord } from "../session-store.ts";

/** What a look at a session has shown. */
export interface SessionHealth {
  /** Whether Instagram has answered, and accepts the login. */
  ok: boolean;
  /** How long that took, in milliseconds; null where Instagram was not asked. */
  latencyMs: number | null;
  /** Unix milliseconds. */
  checkedAt: number;
  /** Why it is not well; null where it is. */
  error: Pick<Problem, "kind" | "detail"> | null;
}

/** Whoever looks more often gets what was seen before: each look is a request of the account. */
const KEPT_MS = 10_000;
/** Looks that are remembered; one takes a few hundred bytes. */
const MAX_KEPT = 10_000;

interface Kept {
  health: Promise<SessionHealth>;
  /** What the session was like at the end of the look; null while it is under way. */
  of: string | null;
}

/** What a look depends on: where that has changed, what was seen is out of date. */
const conditionOf = ({ enabled, state, proxyId, proxy }: SessionRecord): string =>
  [enabled, state, proxyId, proxy].join("\n");

/** Looks at sessions on demand, by one cheap request of the account: its own data. */
export class SessionChecks {
  readonly #checks: LRUCache<string, Kept>;

  constructor(private readonly deps: Pick<LiveSessionDependencies, "now" | "monotonicNow">) {
    this.#checks = new LRUCache({
      max: MAX_KEPT,
      ttl: KEPT_MS,
      ttlResolution: 0,
      // It remembers a time of 0 as none.
      perf: { now: () => deps.monotonicNow() + 1 },
    });
  }

  /**
   * Looks at a session, or resolves with what was seen some seconds ago; who asks while a look is
   * under way waits for that. Throws StorageUnavailable, SessionGone.
   */
  check(session: SessionInUse): Promise<SessionHealth> {
    const { id } = session;
    const before = this.#checks.get(id);
    if (before && (before.of === null || before.of === conditionOf(session.stored)))
      return before.health;
    const kept: Kept = { health: this.#look(session), of: null };
    this.#checks.set(id, kept);
    kept.health.then(
      () => {
        kept.of = conditionOf(session.stored);
      },
      // Where it was not seen how the session is, the next one looks again.
      () => this.#checks.peek(id) === kept && this.#checks.delete(id),
    );
    return kept.health;
  }

  async #look({ live, caller }: SessionInUse): Promise<SessionHealth> {
    const { now, monotonicNow } = this.deps;
    let calls = 0;
    let started = monotonicNow();
    const counting: SessionCaller = {
      operation: caller.operation,
      action: caller.action,
      actor: caller.actor,
      proxyPolicy: caller.proxyPolicy,
      insists: caller.insists,
      // Others may wait for the same look.
      cancellation: null,
      tokens: caller.tokens,
      writes: caller.writes,
      isResumed: false,
      progress: caller.progress,
      onCall(report) {
        calls++;
        caller.onCall(report);
      },
    };
    const ended = (error: SessionHealth["error"]): SessionHealth => ({
      ok: error === null,
      latencyMs: calls === 0 ? null : Math.round(monotonicNow() - started),
      checkedAt: now(),
      error,
    });
    try {
      const { pk, username } = await live.read(counting, (client) => {
        started = monotonicNow();
        return getAccount(client);
      });
      const health = ended(null);
      // Accounts are renamed, and some are imported without a name.
      if (username && live.stored.username !== username && live.stored.userPk === pk)
        await live.change(() => ({ username }), INSTAGRAM);
      return health;
    } catch (error) {
      const isOurs = error instanceof StorageUnavailable || error instanceof SessionGone;
      if (!(error instanceof Problem) || isOurs) throw error;
      return ended({ kind: error.kind, detail: error.detail });
    }
  }
}
