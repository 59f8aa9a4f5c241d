import { and, eq, lte, sql } from "drizzle-orm";
import type { Database } from "../db/connection.ts";
import { CiphertextInvalid, EncryptionKeyUnavailable, type Keyring } from "../db/keyring.ts";
import { proxies } from "../db/schema.ts";
import { evidenceOf, type Finding, type ProxyProbe } from "./check.ts";
import type { HealthLog } from "./health-log.ts";
import { openProxy, type ProxyRow } from "./rows.ts";

export interface HealthChecksDependencies {
  db: Database;
  keyring: Keyring;
  health: Pick<HealthLog, "checked">;
  probe: ProxyProbe;
  /** Unix milliseconds. */
  now: () => number;
  /** Milliseconds of a clock that is never set. */
  monotonicNow: () => number;
  /** Whether live proxies are checked by themselves. The sandbox's always are: it costs nothing. */
  areChecked: boolean;
  /** Told what each check has found. */
  onChecked: (finding: Finding) => void;
  /** Gets the error of a failure in the background; it goes on later. */
  onFailed: (error: unknown) => void;
}

/** How often it is looked for proxies that are due, in milliseconds. */
const LOOK_EVERY_MS = { local: 1_000, remote: 5_000 };
/** The wait after a failure of the database, in milliseconds. */
const AFTER_FAILURE_MS = 10_000;
/** Checks at the same time. */
const MAX_RUNNING = 48;
/** A check whose process has died is made again after this time, in milliseconds. */
const CLAIM_MS = 60_000;

/**
 * Checks proxies in the background. Of several processes on one database each checks what it has
 * claimed: the claim moves the time of the next check on, in one statement with the look whether it is
 * due. So a proxy that is down is tried by one at a time.
 */
export class HealthChecks {
  readonly #running = new Map<string, Promise<void>>();
  readonly #ending = new AbortController();
  #timer: Timer | null = null;
  #looking: Promise<void> | null = null;

  constructor(private readonly deps: HealthChecksDependencies) {}

  start(): void {
    this.#lookIn(0);
  }

  /** Looks for due proxies now, and resolves when all that it has found are checked. */
  async run(): Promise<void> {
    await this.#look();
    await Promise.all(this.#running.values());
  }

  /**
   * Checks a proxy now. Resolves when the result is stored; several callers share one check. Throws
   * StorageUnavailable.
   */
  check(row: ProxyRow): Promise<void> {
    const running = this.#running.get(row.id);
    if (running) return running;
    const started = this.#check(row).finally(() => this.#running.delete(row.id));
    this.#running.set(row.id, started);
    return started;
  }

  /** Ends the checks that run. */
  async close(): Promise<void> {
    this.#ending.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#looking?.catch(() => {});
    await Promise.allSettled(this.#running.values());
  }

  #lookIn(milliseconds: number): void {
    if (this.#ending.signal.aborted) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look();
      this.#looking.then(
        () => this.#lookIn(LOOK_EVERY_MS[this.deps.db.kind === "remote" ? "remote" : "local"]),
        (error: unknown) => {
          if (!this.#ending.signal.aborted) this.deps.onFailed(error);
          this.#lookIn(AFTER_FAILURE_MS);
        },
      );
    }, milliseconds);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const places = MAX_RUNNING - this.#running.size;
    if (places <= 0) return;
    for (const row of await this.#claim(places))
      this.check(row).catch((error: unknown) => {
        // Readiness tells of those whose key is missing.
        if (!isUnreadable(error)) this.deps.onFailed(error);
      });
  }

  async #claim(most: number): Promise<ProxyRow[]> {
    const { db, now } = this.deps;
    const time = now();
    const isDue = and(lte(proxies.nextCheckAt, time), this.#isOurs);
    const [due] = await db.read((orm) =>
      orm.select({ id: proxies.id }).from(proxies).where(isDue).limit(1),
    );
    if (due === undefined) return [];
    // Each owner's oldest first, in turn: who adds thousands makes nobody else wait.
    const turn = sql`SELECT id, next_check_at, row_number() OVER (
      PARTITION BY tenant_id ORDER BY next_check_at) AS turn FROM ${proxies} WHERE ${isDue}`;
    const chosen = sql`SELECT id FROM (${turn}) ORDER BY turn, next_check_at LIMIT ${most}`;
    return db.write((orm) =>
      orm
        .update(proxies)
        .set({ nextCheckAt: time + CLAIM_MS })
        .where(sql`${proxies.id} IN (${chosen}) AND ${lte(proxies.nextCheckAt, time)}`)
        .returning(),
    );
  }

  get #isOurs() {
    return this.deps.areChecked ? undefined : eq(proxies.mode, "test");
  }

  async #check(row: ProxyRow): Promise<void> {
    const { keyring, probe, health, now, monotonicNow, onChecked } = this.deps;
    const { signal } = this.#ending;
    const { url } = openProxy(keyring, row);
    const startedAt = now();
    const started = monotonicNow();
    const finding = await probe({ url, mode: row.mode ?? "live" }, signal);
    if (signal.aborted) return;
    onChecked(finding);
    const endedAt = startedAt + Math.round(monotonicNow() - started);
    const evidence = evidenceOf(finding, startedAt, endedAt);
    if (evidence) await health.checked(row.id, evidence);
  }
}

const isUnreadable = (error: unknown): boolean =>
  error instanceof EncryptionKeyUnavailable || error instanceof CiphertextInvalid;
