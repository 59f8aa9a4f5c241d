import { createHash } from "node:crypto";
import { CiphertextInvalid } from "../../db/keyring.ts";
import type { ProxyPolicy } from "../../db/schema.ts";
import { type HostGuard, HostNotAllowed } from "../../net/host-guard.ts";
import { Problem } from "../../problems/problem.ts";
import { parseProxyUrl } from "../../proxies/proxy-url.ts";
import {
  LegacyIdTaken,
  ProxyPlaceLost,
  SessionLimitReached,
  SessionVersionConflict,
} from "../session-errors.ts";
import type { SessionStore, StoredSession } from "../session-store.ts";
import { type SessionProxyDependencies, withWays } from "../verbs/session-proxy.ts";
import type { Entry } from "./entries.ts";
import { EntryInvalid } from "./entry-invalid.ts";
import { done, failed, type Outcome } from "./outcome.ts";
import { type Candidate, only, type Planned, type PlannedAs, placedOn } from "./placing.ts";
import { type Plan, type PlanOptions, planFor } from "./planning.ts";
import { type ReadEntry, readEntry } from "./read-entry.ts";

export type { ImportDefaults } from "./planning.ts";

export interface SessionImportDependencies {
  store: SessionStore;
  /** Takes over what was stored into the copies of sessions in memory. */
  noteStored(stored: StoredSession): void;
  guard: Pick<HostGuard, "refusesWithoutLookUp">;
  /** Finds proxies for them. */
  ways: SessionProxyDependencies;
  /** Unix milliseconds. */
  now(): number;
}

export interface SessionImportOptions extends PlanOptions {
  proxyPolicy: ProxyPolicy;
  /** Only says what would become of the entries. */
  dryRun: boolean;
}

const MAX_ATTEMPTS = 4;
/** How long reading may hold the thread, in milliseconds. */
const SLICE_MS = 5;

/**
 * Imports logins as sessions of one tenant and mode, without a request to Instagram. The same
 * login is the same session, however often it comes; so is a later login of an account on the same
 * phone.
 */
export class SessionImport {
  /** In a dry run: the logins so far, as short hashes. */
  readonly #seen = new Set<string>();
  #wouldCreate = 0;

  constructor(
    private readonly deps: SessionImportDependencies,
    private readonly options: SessionImportOptions,
  ) {}

  /**
   * Imports a batch of entries, and resolves in their order when all of it is durable.
   * Throws StorageUnavailable, EncryptionKeyUnavailable, TenantNotFound.
   */
  async take(entries: readonly Entry[]): Promise<Outcome[]> {
    const outcomes = new Map<number, Outcome>();
    let left = await this.#read(entries, outcomes);
    while (left.length > 0) {
      const [now, later] = distinct(left);
      const again = await this.#store(now, outcomes);
      left = [...again, ...later];
    }
    return entries.flatMap(({ line }) => outcomes.get(line) ?? []);
  }

  async #read(entries: readonly Entry[], outcomes: Map<number, Outcome>): Promise<Candidate[]> {
    const { profiles, dryRun } = this.options;
    const candidates: Candidate[] = [];
    let since = performance.now();
    for (const entry of entries) {
      if (performance.now() - since > SLICE_MS) {
        await turn();
        since = performance.now();
      }
      try {
        const read = readEntry(entry, { profiles, now: this.deps.now(), tellsLacks: dryRun });
        this.#checkProxy(read);
        candidates.push({ line: entry.line, read, attempts: 0 });
      } catch (error) {
        outcomes.set(entry.line, failed(entry.line, faultOf(error)));
      }
    }
    await turn();
    return candidates;
  }

  /** Names are looked up when the proxy is used: a file may hold thousands of them. */
  #checkProxy({ proxy }: ReadEntry): void {
    if (proxy && this.deps.guard.refusesWithoutLookUp(parseProxyUrl(proxy).host))
      throw new HostNotAllowed("the host is not public");
  }

  /**
   * Stores candidates whose logins and accounts differ. Returns those whose session was being changed
   * by somebody else, to be tried again.
   */
  async #store(
    candidates: readonly Candidate[],
    outcomes: Map<number, Outcome>,
  ): Promise<Candidate[]> {
    const planned = await this.#plan(candidates, outcomes);
    if (this.options.dryRun) {
      await this.#predict(planned, outcomes);
      return [];
    }
    const raced: Candidate[] = [];
    const settle = (
      candidate: Candidate,
      result: StoredSession | Error,
      how: "created" | "updated",
    ): void => {
      const { line, read } = candidate;
      if (!(result instanceof Error)) outcomes.set(line, done(line, read, how, result));
      else if (isRace(result) && ++candidate.attempts < MAX_ATTEMPTS) raced.push(candidate);
      else outcomes.set(line, failed(line, faultOf(result), read));
    };
    await withWays(this.deps.ways, async (findWay) => {
      const placed = await placedOn(planned, findWay, this.options, (candidate, error) =>
        settle(candidate, error, "created"),
      );
      await turn();
      await this.#create(only(placed, "create"), settle);
      await turn();
      await this.#update(only(placed, "update"), settle);
    });
    return raced;
  }

  async #plan(
    candidates: readonly Candidate[],
    outcomes: Map<number, Outcome>,
  ): Promise<Planned[]> {
    const { store } = this.deps;
    const { tenantId, mode } = this.options;
    const legacyIds = candidates.map(({ read }) => read.legacyId);
    const sameLogin = await store.idsOfLegacyIds(tenantId, mode, legacyIds);
    const others = candidates.filter(({ read }) => !sameLogin.has(read.legacyId));
    const sameAccount = await store.newestOfAccounts(
      tenantId,
      mode,
      others.map(({ read }) => read.userPk),
    );
    const ids = [...sameLogin.values(), ...sameAccount.values()];
    const stored =
      ids.length === 0
        ? new Map<string, StoredSession>()
        : await store.findMany(tenantId, mode, ids);
    await turn();
    return candidates.flatMap((candidate) => {
      const { line, read } = candidate;
      const id = sameLogin.get(read.legacyId);
      const known = stored.get(id ?? sameAccount.get(read.userPk) ?? "") ?? null;
      if (id !== undefined && known === null) {
        outcomes.set(line, failed(line, new CiphertextInvalid(), read));
        return [];
      }
      let plan: Plan;
      try {
        plan = planFor(read, known, this.options, this.deps.now());
      } catch (error) {
        outcomes.set(line, failed(line, faultOf(error), read));
        return [];
      }
      if (plan.kind !== "leave") return [{ candidate, plan, hold: null }];
      outcomes.set(line, done(line, read, "unchanged", plan.session));
      return [];
    });
  }

  async #create(placed: readonly PlannedAs<"create">[], settle: Settle): Promise<void> {
    const { by } = this.options;
    const made = await this.deps.store.createMany(
      placed.map(({ plan }) => plan.session),
      { by, holds: placed.map(({ hold }) => hold) },
    );
    for (const [index, { candidate }] of placed.entries())
      settle(candidate, made[index] ?? new LegacyIdTaken(), "created");
  }

  async #update(placed: readonly PlannedAs<"update">[], settle: Settle): Promise<void> {
    const { store, noteStored } = this.deps;
    const { by } = this.options;
    const changes = placed.map(({ plan: { before, after, isNewLogin }, hold }) => ({
      session: after,
      cause: { before, by, isNewLogin },
      hold,
    }));
    const saved = await store.saveMany(changes);
    const announcing: Promise<void>[] = [];
    const done: (() => void)[] = [];
    for (const [index, { candidate, plan }] of placed.entries()) {
      const { before, isNewLogin } = plan;
      const after = saved[index];
      if (!after) {
        settle(candidate, new SessionVersionConflict(before.id, before.version, null), "updated");
        continue;
      }
      noteStored(after);
      announcing.push(store.announceChange(before, after, { by, isNewLogin }));
      done.push(() => settle(candidate, after, "updated"));
    }
    // Each waits until other processes know of it: together that takes no longer than for one.
    await Promise.all(announcing);
    for (const settleOne of done) settleOne();
  }

  async #predict(planned: readonly Planned[], outcomes: Map<number, Outcome>): Promise<void> {
    const room = await this.deps.store.room(this.options.tenantId);
    for (const { candidate, plan } of planned) {
      const { line, read } = candidate;
      const hash = shortHash(read.legacyId);
      if (this.#seen.has(hash))
        outcomes.set(line, done(line, read, saysMore(read) ? "updated" : "unchanged", null));
      else if (plan.kind === "update") outcomes.set(line, done(line, read, "updated", plan.before));
      else if (this.#wouldCreate >= room.left)
        outcomes.set(line, failed(line, new SessionLimitReached(room.limit), read));
      else {
        this.#wouldCreate++;
        outcomes.set(line, done(line, read, "created", null));
      }
      this.#seen.add(hash);
    }
  }
}

type Settle = (
  candidate: Candidate,
  result: StoredSession | Error,
  how: "created" | "updated",
) => void;

/** The first candidate of each login and account; the others have to see what becomes of it. */
function distinct(candidates: readonly Candidate[]): [first: Candidate[], others: Candidate[]] {
  const seen = new Set<string>();
  const [first, others]: [Candidate[], Candidate[]] = [[], []];
  for (const candidate of candidates) {
    const { legacyId, userPk } = candidate.read;
    const isFirst = !seen.has(legacyId) && !seen.has(userPk);
    seen.add(legacyId).add(userPk);
    (isFirst ? first : others).push(candidate);
  }
  return [first, others];
}

const isRace = (error: Error): boolean =>
  error instanceof LegacyIdTaken ||
  error instanceof SessionVersionConflict ||
  error instanceof ProxyPlaceLost;

/** What an entry's line is told. Throws what is no fault of the entry. */
function faultOf(error: unknown): Problem | string {
  if (error instanceof EntryInvalid) return error.message;
  if (error instanceof Problem) return error;
  throw error;
}

/** Whether an entry says anything of its session that a repeated login would change. */
const saysMore = ({
  username,
  label,
  region,
  proxy,
  proxyId,
  enabled,
  password,
}: ReadEntry): boolean =>
  username !== null ||
  [label, region, proxy, proxyId, enabled, password].some((value) => value !== undefined);

/** 128 bits instead of a whole id: the ids of a large file would fill the memory. */
const shortHash = (text: string): string =>
  createHash("sha256").update(text).digest("base64url").slice(0, 22);

/** Lets the event loop turn. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
