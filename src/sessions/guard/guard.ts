import { type Announcements, INSTAGRAM } from "../../announcements.ts";
import type { Database } from "../../db/connection.ts";
import type { Block } from "../../db/schema.ts";
import type { Action } from "../../instagram/action-kinds.ts";
import type { WatchedRequest } from "../../instagram/client.ts";
import { UpstreamRefused } from "../../instagram/errors.ts";
import type { Budget, Gate, GateCaller, GatePass } from "../gate.ts";
import { SessionGone } from "../session-errors.ts";
import type { SessionRecord } from "../session-store.ts";
import { sleepWhileWaited } from "../upload-client.ts";
import { endOfDay } from "./account-day.ts";
import { ActionCounts, type Count, type Counted } from "./action-counts.ts";
import {
  afterThrottle,
  blockedUntil,
  blockOf,
  mergedBlocks,
  type Throttle,
  throttleOf,
} from "./cool-downs.ts";
import { budgetOf, paceOf } from "./limits.ts";
import { budgetSpent, coolingDown, paced } from "./problems.ts";

export interface GuardDependencies {
  db: Database;
  announcements: Announcements;
  /** Unix milliseconds. */
  now: () => number;
  sleep: (milliseconds: number) => Promise<void>;
  /** From 0 to 1. */
  random?: () => number;
  /** Told when actions begin (+1) or end (-1) to wait for their start. */
  onWaiting?: (change: number, tenantId: string) => void;
  /** Told of each throttle that makes actions wait. */
  onThrottle?: (reason: string, action: Block["action"]) => void;
  /** Told of each request that is refused, and of what for. */
  onRefused?: (reason: "cooling_down" | "budget" | "pace", action: Action) => void;
}

/** What a caller's work on a session has come to. */
interface Work {
  /** Whether its first write may go: from then on nothing here stops it halfway. */
  begun: boolean;
  /** Whether Instagram may have got that. */
  isSent: boolean;
  /** What it has taken of the day's budget. */
  taken: (Counted & Count) | null;
}

/** A wait is up to so much longer than it has to be, so that actions do not come like clockwork. */
const JITTER = 0.3;
/** Time that an action itself needs, of what its caller has. */
const ACTION_MS = 1_000;
/** How long an action waits for its start where nobody waits for it, in milliseconds. */
const LONGEST_WAIT_MS = 3_600_000;
/** Blocks that could not be stored, by session; they hold in this process. */
const MOST_UNSAVED = 10_000;

/**
 * Protects accounts: after Instagram has asked to slow down, the actions concerned wait; actions keep
 * a distance from each other, and to a daily budget. What is decided is stored before a request goes
 * out, so that it holds for all processes and after a restart.
 */
export class Guard implements Gate {
  readonly #counts: ActionCounts;
  readonly #works = new WeakMap<GateCaller, Work>();
  readonly #unsaved = new Map<string, Block[]>();

  constructor(private readonly deps: GuardDependencies) {
    this.#counts = new ActionCounts(deps.db);
    deps.announcements.on(["session.changed"], ({ sessionId, changed, by }) => {
      // Somebody has ended its blocks.
      if (by.kind !== "instagram" && changed.includes("blocks")) this.#unsaved.delete(sessionId);
    });
  }

  /** Throws GatewayProblem: SessionCoolingDown, BudgetSpent; SessionGone, StorageUnavailable. */
  before(pass: GatePass, request: WatchedRequest): void | Promise<void> {
    const { session, caller } = pass;
    if (session === null) return;
    if (caller.action === "read") return this.#requireNoBlock(pass, session);
    const known = this.#works.get(caller);
    if (known?.begun) return;
    this.#requireNoBlock(pass, session);
    // A login is one whole from its first request on.
    const isLogin = caller.action === "login";
    const work = known ?? { begun: isLogin, isSent: isLogin, taken: null };
    if (known === undefined) this.#works.set(caller, work);
    if (work.begun) return;
    const budget = budgetOf(session, caller.limits, caller.action);
    const pace = paceOf(session, caller.limits);
    if (request.effect === "write") {
      if (budget !== null || pace > 0) return this.#begin(pass, work, budget?.limit ?? null, pace);
      work.begun = true;
    } else if (known === undefined && budget !== null) return this.#requireBudget(pass, budget);
  }

  prevented({ caller }: GatePass): void | Promise<void> {
    return this.#notSent(caller);
  }

  after(
    pass: GatePass,
    error: unknown,
    _milliseconds: number,
    request: WatchedRequest,
  ): void | Promise<void> {
    const { session, caller, timezoneOffset } = pass;
    if (session === null) return;
    if (request.effect === "write") {
      const work = this.#works.get(caller);
      if (caller.writes.outcome === "not_sent") return this.#notSent(caller);
      if (work) work.isSent = true;
    }
    if (error === null) return;
    const now = this.deps.now();
    const { action } = caller;
    const throttle = throttleOf(error, request, { action, now, timezoneOffset });
    if (throttle !== null) return this.#coolDown(pass, session, throttle, error, now);
  }

  #requireNoBlock(pass: GatePass, session: SessionRecord): void {
    const unsaved = this.#unsaved.size === 0 ? undefined : this.#unsaved.get(session.id);
    const blocks = unsaved ?? session.blocks;
    if (blocks === null) return;
    const { action } = pass.caller;
    const now = this.deps.now();
    const block = blockOf(blocks, action, now);
    if (unsaved !== undefined) void this.#store(pass, unsaved);
    if (block === null) return;
    this.deps.onRefused?.("cooling_down", action);
    throw coolingDown(block, now);
  }

  /** Throws BudgetSpent when nothing is left: a file of an upload need not be sent then. */
  async #requireBudget(pass: GatePass, { action, limit }: BudgetLimit): Promise<void> {
    const { session, timezoneOffset } = pass;
    if (session === null) return;
    const now = this.deps.now();
    const counts = await this.#counts.running([session.id], now);
    const count = counts.get(session.id)?.get(action);
    if ((count?.used ?? 0) < limit) return;
    this.#refuseBudget(pass, { action, limit }, count?.resetAt ?? endOfDay(now, timezoneOffset));
  }

  /** Takes what the first write of an action needs: a place in its budget, and its start. */
  async #begin(pass: GatePass, work: Work, limit: number | null, pace: number): Promise<void> {
    const { session } = pass;
    if (session === null) return;
    work.taken = limit === null ? null : await this.#takeBudget(pass, session, limit);
    try {
      if (pace > 0) await this.#awaitStart(pass, session, pace);
      // Much may have happened while it waited, here and in other processes.
      const fresh = pass.fresh();
      if (fresh !== true && !(await fresh)) throw new SessionGone();
      this.#requireNoBlock(pass, pass.session ?? session);
      work.begun = true;
    } catch (error) {
      await this.#giveBack(work);
      throw error;
    }
  }

  async #takeBudget(
    pass: GatePass,
    session: SessionRecord,
    limit: number,
  ): Promise<(Counted & Count) | null> {
    const { caller, timezoneOffset } = pass;
    const counted = budgetOf(session, caller.limits, caller.action);
    if (counted === null) return null;
    const { action } = counted;
    const now = this.deps.now();
    const dayEnds = endOfDay(now, timezoneOffset);
    const about = { sessionId: session.id, action };
    const count = await this.#counts.take(about, limit, { now, endOfDay: dayEnds });
    if (count === null) {
      const running = (await this.#counts.running([session.id], now)).get(session.id)?.get(action);
      if (running === undefined && limit > 0) throw new SessionGone();
      this.#refuseBudget(pass, { action, limit }, running?.resetAt ?? dayEnds);
    }
    this.#tellBudget(caller, { action, limit }, count);
    return { ...about, ...count };
  }

  #refuseBudget({ caller }: GatePass, budget: BudgetLimit, resetAt: number): never {
    this.deps.onRefused?.("budget", budget.action);
    this.#tellBudget(caller, budget, { used: budget.limit, resetAt });
    throw budgetSpent(budget, resetAt, this.deps.now());
  }

  #tellBudget(caller: GateCaller, { action, limit }: BudgetLimit, { used, resetAt }: Count): void {
    const resetSeconds = Math.max(1, Math.ceil((resetAt - this.deps.now()) / 1_000));
    caller.onBudget?.({
      action,
      limit,
      remaining: Math.max(0, limit - used),
      resetAt,
      resetSeconds,
    });
  }

  /** Waits until the session may act again. Throws CallerGone, UpstreamUnreachable (UpstreamTimeout). */
  async #awaitStart({ tenantId, caller }: GatePass, { id }: SessionRecord, pace: number) {
    const { now, sleep, random = Math.random, onWaiting, onRefused } = this.deps;
    const { cancellation } = caller;
    const time = now();
    const gap = Math.round(pace * (1 + JITTER * random()));
    const left = cancellation
      ? cancellation.endsAt - performance.now() - ACTION_MS
      : LONGEST_WAIT_MS;
    const latest = Math.floor(time + Math.max(0, left));
    const { start, isTaken } = await this.#counts.takeStart(id, { now: time, gap, latest });
    if (!isTaken) {
      onRefused?.("pace", caller.action);
      throw paced(caller.action, start, time);
    }
    if (start <= time) return;
    onWaiting?.(1, tenantId);
    try {
      await sleepWhileWaited({ sleep, cancellation }, start - time);
    } catch (error) {
      await this.#counts.giveStartBack(id, start, gap).catch(() => {});
      throw error;
    } finally {
      onWaiting?.(-1, tenantId);
    }
  }

  /** What was taken for a write of which nothing has left is given back. */
  #notSent(caller: GateCaller): void | Promise<void> {
    const work = this.#works.get(caller);
    if (!work?.begun || work.isSent) return;
    work.begun = false;
    return this.#giveBack(work);
  }

  /** A failure must not hide what else has failed: the action counts as done then. */
  async #giveBack(work: Work): Promise<void> {
    const { taken } = work;
    work.taken = null;
    if (taken !== null) await this.#counts.giveBack(taken, taken).catch(() => {});
  }

  /** Blocks what is throttled, at once in this process, and stores it. */
  async #coolDown(
    pass: GatePass,
    session: SessionRecord,
    throttle: Throttle,
    error: unknown,
    now: number,
  ): Promise<void> {
    const { id } = session;
    const known = this.#unsaved.get(id) ?? session.blocks;
    const blocks = afterThrottle(known, throttle, now);
    tellWait(error, blockOf(blocks ?? known, pass.caller.action, now), now);
    if (blocks === null) return;
    this.deps.onThrottle?.(throttle.reason, throttle.action);
    this.#hold(id, blocks);
    await this.#store(pass, blocks);
  }

  /** Stores blocks. Where that fails they hold in this process, and the next request tries again. */
  async #store({ session, change }: GatePass, blocks: Block[]): Promise<void> {
    if (session === null) return;
    try {
      await change((record) => {
        const next = mergedBlocks(record.blocks, blocks);
        return next && { blocks: next, blockedUntil: blockedUntil(next) };
      }, INSTAGRAM);
    } catch {
      return;
    }
    if (this.#unsaved.get(session.id) === blocks) this.#unsaved.delete(session.id);
  }

  #hold(id: string, blocks: Block[]): void {
    this.#unsaved.delete(id);
    this.#unsaved.set(id, blocks);
    if (this.#unsaved.size <= MOST_UNSAVED) return;
    for (const oldest of this.#unsaved.keys()) {
      this.#unsaved.delete(oldest);
      return;
    }
  }
}

type BudgetLimit = Pick<Budget, "action" | "limit">;

/** The throttled answer says how long its action waits now. */
function tellWait(error: unknown, block: Block | null, now: number): void {
  if (error instanceof UpstreamRefused && block !== null)
    error.context.retryAfterSeconds = Math.ceil((block.until - now) / 1_000);
}
