import { and, desc, eq, lt, or, sql } from "drizzle-orm";
import type { Database } from "../db/connection.ts";
import { loginPauses } from "../db/schema.ts";
import { UpstreamRefused } from "../instagram/errors.ts";
import { textOf } from "../instagram/json.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import { SessionQueue } from "./session-queue.ts";

type PauseRow = typeof loginPauses.$inferSelect;

/** An Instagram account of one tenant and mode, its username in its normal form. */
export type Account = Pick<PauseRow, "tenantId" | "mode" | "username">;

/** Wrong passwords in a row after which there is no pause yet. */
const FREE_FAILURES = 2;
/** The pause after each further one, in minutes; the last value repeats. */
const PAUSE_MINUTES = [5, 15, 60, 240, 720, 1_440];
const MINUTE_MS = 60_000;
/** Failures older than this no longer count. */
const FORGET_MS = 7 * 24 * 60 * MINUTE_MS;
/** Accounts remembered per tenant, those with the latest failures. */
const MAX_ACCOUNTS = 2_000;
/** Logins of one account that may wait for the one under way. */
const MAX_WAITING = 8;

type Failures = Pick<PauseRow, "failures" | "pausedUntil">;

/**
 * Stops wrong passwords from being tried again and again: Instagram would lock the account.
 * Attempts for one account run one after the other. After three wrong ones in a row, further ones
 * are refused for a time that grows; so they are while Instagram has asked to wait. Failures are
 * stored, so that a restart does not forget them and other processes know them.
 */
export class LoginPauses {
  readonly #underWay = new Map<string, SessionQueue>();

  constructor(
    private readonly db: Database,
    private readonly now: () => number,
  ) {}

  /**
   * Makes one attempt; `isWrong` says whether a refusal means a wrong password or code.
   * Throws SessionCoolingDown, SessionBusy, StorageUnavailable, and what `login` throws.
   */
  async attempt<T>(
    account: Account,
    login: () => Promise<T>,
    isWrong: (refusal: UpstreamRefused) => boolean = isWrongSecret,
  ): Promise<T> {
    const key = [account.tenantId, account.mode, account.username].join("\n");
    const queue = this.#underWay.get(key) ?? new SessionQueue({ reads: 0, waiting: MAX_WAITING });
    this.#underWay.set(key, queue);
    try {
      return await queue.run("write", () => this.#attemptAlone(account, login, isWrong));
    } finally {
      if (queue.idle) this.#underWay.delete(key);
    }
  }

  async #attemptAlone<T>(
    account: Account,
    login: () => Promise<T>,
    isWrong: (refusal: UpstreamRefused) => boolean,
  ): Promise<T> {
    const before = await this.#failuresOf(account);
    const wait = this.#waitOf(before);
    if (wait > 0) throw pausedLogins(before, wait, this.now());
    try {
      const result = await login();
      // The login is made and stored: what is left of earlier failures must not cost it.
      if (before.failures > 0 || before.pausedUntil > 0)
        await this.#forget(account).catch(() => {});
      return result;
    } catch (error) {
      const after = this.#afterRefusal(before, error, isWrong);
      if (after) await this.#store(account, after);
      throw error;
    }
  }

  async #failuresOf(account: Account): Promise<Failures> {
    const rows = await this.db.read((orm) => orm.select().from(loginPauses).where(rowOf(account)));
    const [row] = rows;
    if (!row || row.updatedAt < this.now() - FORGET_MS) return { failures: 0, pausedUntil: 0 };
    return { failures: row.failures, pausedUntil: row.pausedUntil };
  }

  /** Milliseconds left, never more than the longest pause: the clock may have been set back. */
  #waitOf({ pausedUntil }: Failures): number {
    return Math.min(pausedUntil - this.now(), pauseAfter(Number.POSITIVE_INFINITY));
  }

  /**
   * The account's failures after an error of its login; null when the error does not change them.
   */
  #afterRefusal(
    before: Failures,
    error: unknown,
    isWrong: (refusal: UpstreamRefused) => boolean,
  ): Failures | null {
    const refusal =
      error instanceof Error && error.cause instanceof UpstreamRefused ? error.cause : error;
    if (!(refusal instanceof UpstreamRefused)) return null;
    // The account may log in at once through another proxy.
    if (refusal.context.isAddressBlocked) return null;
    const now = this.now();
    const asked = (refusal.context.retryAfterSeconds ?? 0) * 1000;
    const failures = before.failures + (isWrong(refusal) ? 1 : 0);
    const pause = Math.max(asked, failures > before.failures ? pauseAfter(failures) : 0);
    if (pause === 0 && failures === before.failures) return null;
    return { failures, pausedUntil: pause > 0 ? now + pause : 0 };
  }

  async #store(account: Account, failures: Failures): Promise<void> {
    const { tenantId } = account;
    const updatedAt = this.now();
    const changes = { ...failures, updatedAt };
    const newestSurplus = this.db.drizzle
      .select({ updatedAt: loginPauses.updatedAt })
      .from(loginPauses)
      .where(eq(loginPauses.tenantId, tenantId))
      .orderBy(desc(loginPauses.updatedAt))
      .limit(1)
      .offset(MAX_ACCOUNTS);
    await this.db.write((orm) =>
      orm.batch([
        orm
          .insert(loginPauses)
          .values({ ...account, ...changes })
          .onConflictDoUpdate({
            target: [loginPauses.tenantId, loginPauses.mode, loginPauses.username],
            set: changes,
          }),
        orm
          .delete(loginPauses)
          .where(
            and(
              eq(loginPauses.tenantId, tenantId),
              or(
                lt(loginPauses.updatedAt, updatedAt - FORGET_MS),
                sql`${loginPauses.updatedAt} <= (${newestSurplus})`,
              ),
            ),
          ),
      ]),
    );
  }

  async #forget(account: Account): Promise<void> {
    await this.db.write((orm) => orm.delete(loginPauses).where(rowOf(account)));
  }
}

const pausedLogins = ({ failures }: Failures, wait: number, now: number): GatewayProblem =>
  new GatewayProblem(
    "SessionCoolingDown",
    failures > FREE_FAILURES
      ? `After ${failures} wrong passwords or codes in a row, logins of this account are paused`
      : "Instagram has asked to wait before this account logs in again",
    {
      hint: "Nothing was sent to Instagram. Check the password, wait as long as Retry-After says, then log in once.",
      retryAfter: Math.ceil(wait / 1000),
      members: { action: "login", until: new Date(now + wait).toISOString() },
    },
  );

const rowOf = ({ tenantId, mode, username }: Account) =>
  and(
    eq(loginPauses.tenantId, tenantId),
    eq(loginPauses.mode, mode),
    eq(loginPauses.username, username),
  );

/** The pause after so many failures in a row, in milliseconds. */
function pauseAfter(failures: number): number {
  if (failures <= FREE_FAILURES) return 0;
  const step = Math.min(failures - FREE_FAILURES, PAUSE_MINUTES.length) - 1;
  return (PAUSE_MINUTES[step] ?? 0) * MINUTE_MS;
}

/** A wrong password, or a wrong code of the second factor; a missing code is no failure. */
const isWrongSecret = ({ kind, context }: UpstreamRefused): boolean =>
  kind === "BadPassword" || textOf(context.body.error_type) === "sms_code_validation_code_invalid";
