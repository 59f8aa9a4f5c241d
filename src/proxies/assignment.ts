import { eq, inArray, lte, or, sql } from "drizzle-orm";
import type { Database } from "../db/connection.ts";
import type { Lease } from "../db/lease.ts";
import { owners, proxyHolds } from "../db/schema.ts";
import { GatewayProblem } from "../problems/gateway.ts";
import { Hold } from "./hold.ts";
import { holdPlaces, isOffered, type ProxyWish } from "./places.ts";

export { Hold } from "./hold.ts";
export type { ProxyWish } from "./places.ts";

export interface AssignmentDependencies {
  db: Database;
  /** Of this process; whoever made it ends it. */
  lease: Lease;
  /** Unix milliseconds. */
  now: () => number;
  /** Gets the error when giving back or removing places failed; both are tried again. */
  onFailed: (error: unknown) => void;
}

/** Places that one statement gives: its work grows with their square. */
const MAX_TOGETHER = 50;
/** Different wishes that are met in one transaction: each is a statement of some milliseconds. */
const MAX_DIFFERENT_TOGETHER = 4;
/** Holds that one statement gives back. */
const MAX_RELEASED_TOGETHER = 500;
/** No login takes so long: a hold that is older was forgotten. */
const HELD_AT_MOST_MS = 60 * 60_000;
const BEAT_MS = 5_000;
/** Some half of it at random, so that several processes do not all look at the same time. */
const SWEEP_EVERY_MS = 60_000;

/**
 * Assigns sessions to proxies. A login goes out through its proxy before its session is stored, so it
 * holds a place there meanwhile: a row, which counts as a session does. What nobody needs any more, since
 * the login has failed or its process has ended, is given back.
 */
export class ProxyAssignment {
  #waiting: Waiting[] = [];
  #giving: Promise<void> | null = null;
  /** The holds of sessions that are not stored yet. */
  readonly #held = new Set<string>();
  /** Holds to be given back. */
  readonly #unneeded = new Set<string>();
  #releasing: Promise<void> | null = null;
  /** Looks under way for whether there is a proxy at all, by what is wished. */
  readonly #looking = new Map<string, Promise<boolean>>();
  #heartbeat: Timer | null = null;
  #sweeper: Timer | null = null;
  #isClosed = false;

  constructor(private readonly deps: AssignmentDependencies) {}

  /** Begins to look for holds whose process has ended. */
  start(): void {
    this.sweep()
      .catch(this.deps.onFailed)
      .finally(() => this.#sweepLater());
  }

  /**
   * Holds a place on the proxy that fits best; null when there is no proxy for the tenant at all. Throws
   * ProxyNotFound, NoProxyAvailable, StorageUnavailable.
   */
  async claim(wish: ProxyWish): Promise<Hold | null> {
    if (!(await this.#isOffered(wish))) {
      if (wish.proxyId !== undefined) throw new GatewayProblem("ProxyNotFound", "Proxy not found");
      if (wish.isCountryFixed !== true && wish.except === undefined) return null;
      throw noneAvailable(wish);
    }
    const hold =
      (await this.#take(wish)) ?? ((await this.sweep()) > 0 ? await this.#take(wish) : null);
    if (hold === null) throw noneAvailable(wish);
    return hold;
  }

  /** Gives a place back that no session has got. Never fails: it is tried again until it is done. */
  async release(hold: Hold): Promise<void> {
    this.#held.delete(hold.id);
    if (hold.isKept) return;
    this.#unneeded.add(hold.id);
    await this.#releaseAll();
  }

  /** Removes the holds whose process has ended, and resolves with their number. */
  async sweep(): Promise<number> {
    const { db, lease, now } = this.deps;
    const holders = await db.read((orm) =>
      orm
        .selectDistinct({ owner: proxyHolds.owner, holder: owners })
        .from(proxyHolds)
        .leftJoin(owners, eq(owners.id, proxyHolds.owner)),
    );
    const gone = holders.flatMap(({ owner, holder }) =>
      owner === lease.id || lease.isAlive(holder) ? [] : [owner],
    );
    const isOver = lte(proxyHolds.heldUntil, now());
    const old = await db.read((orm) =>
      orm.select({ id: proxyHolds.id }).from(proxyHolds).where(isOver).limit(1),
    );
    if (gone.length === 0 && old.length === 0) return 0;
    const { rowsAffected } = await db.write((orm) =>
      orm.delete(proxyHolds).where(or(inArray(proxyHolds.owner, gone), isOver)),
    );
    return rowsAffected;
  }

  /** Gives back what waits for it, and ends. */
  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#sweeper !== null) clearTimeout(this.#sweeper);
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    await this.#giving;
    await this.#releaseAll();
  }

  /** Those who wish the same at the same time share one look. */
  #isOffered(wish: ProxyWish): Promise<boolean> {
    const key = JSON.stringify(wish);
    const looking = this.#looking.get(key);
    if (looking) return looking;
    const look = this.deps.db
      .read((orm) => orm.all<{ found: number }>(sql`SELECT ${isOffered(wish)} AS found`))
      .then((rows) => rows[0]?.found === 1)
      .finally(() => this.#looking.delete(key));
    this.#looking.set(key, look);
    return look;
  }

  /** Null when no proxy that fits takes a further session. */
  #take(wish: ProxyWish): Promise<Hold | null> {
    const { promise, resolve, reject } = Promise.withResolvers<Hold | null>();
    this.#waiting.push({ wish, resolve, reject });
    this.#giving ??= this.#giveAll().finally(() => {
      this.#giving = null;
    });
    return promise;
  }

  /** Those who come while a statement runs share the next one: the database has one writer. */
  async #giveAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const due = this.#takeWaiting();
      const asked = due.map((one) => ({ ...one, id: crypto.randomUUID() }));
      try {
        const given = await this.#give(asked);
        for (const { id, wish, resolve } of asked) {
          const proxyId = given.get(id);
          resolve(proxyId === undefined ? null : new Hold(id, proxyId, wish));
        }
      } catch (error) {
        // The answer may be lost, and the rows there.
        for (const { id } of asked) this.#unneeded.add(id);
        for (const { reject } of asked) reject(error);
      }
      // With a file a statement holds the thread: others may go between.
      if (this.#waiting.length > 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Those whose turn it is, in their order. */
  #takeWaiting(): Waiting[] {
    const different = new Set<string>();
    let count = 0;
    for (const { wish } of this.#waiting) {
      different.add(JSON.stringify(wish));
      if (count === MAX_TOGETHER || different.size > MAX_DIFFERENT_TOGETHER) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  /** The ids of the proxies by the ids of the holds that there was a place for. */
  async #give(asked: readonly Asked[]): Promise<Map<string, string>> {
    const { db, lease, now } = this.deps;
    await lease.hold();
    this.#heartbeat ??= this.#beat();
    const by = { owner: lease.id, heldUntil: now() + HELD_AT_MOST_MS };
    const ids = asked.map(({ id }) => id);
    const found = db.drizzle
      .select({ id: proxyHolds.id, proxyId: proxyHolds.proxyId })
      .from(proxyHolds)
      .where(inArray(proxyHolds.id, ids));
    const alike = Map.groupBy(asked, ({ wish }) => JSON.stringify(wish));
    const given = await db.write(
      async (orm) => {
        const [first = found, ...rest] = [...alike.values()].flatMap((group) => {
          const [one] = group;
          return one === undefined ? [] : [orm.run(holdPlaces(one.wish, idsOf(group), by))];
        });
        const results = await orm.batch([first, ...rest, found]);
        // The last one's type is lost in the list.
        return results.at(-1) as Awaited<typeof found>;
      },
      { isPreparation: true },
    );
    for (const { id } of given) this.#held.add(id);
    return new Map(given.map(({ id, proxyId }) => [id, proxyId]));
  }

  /** Gives back all that nobody needs. */
  #releaseAll(): Promise<void> {
    this.#releasing ??= this.#releaseInTurn()
      .catch(this.deps.onFailed)
      .finally(() => {
        this.#releasing = null;
      });
    return this.#releasing;
  }

  async #releaseInTurn(): Promise<void> {
    const { db } = this.deps;
    while (this.#unneeded.size > 0) {
      const ids = [...this.#unneeded].slice(0, MAX_RELEASED_TOGETHER);
      await db.write((orm) => orm.delete(proxyHolds).where(inArray(proxyHolds.id, ids)));
      for (const id of ids) this.#unneeded.delete(id);
    }
  }

  /** While there are holds: renews the lease, and tries again to give back what is not needed. */
  #beat(): Timer {
    const timer = setInterval(() => {
      if (this.#held.size === 0 && this.#unneeded.size === 0) {
        clearInterval(timer);
        this.#heartbeat = null;
        return;
      }
      this.deps.lease.hold().catch(this.deps.onFailed);
      void this.#releaseAll();
    }, BEAT_MS);
    timer.unref();
    return timer;
  }

  #sweepLater(): void {
    if (this.#isClosed) return;
    this.#sweeper = setTimeout(() => this.start(), SWEEP_EVERY_MS * (0.5 + Math.random()));
    this.#sweeper.unref();
  }
}

interface Waiting {
  wish: ProxyWish;
  resolve(hold: Hold | null): void;
  reject(error: unknown): void;
}

interface Asked extends Waiting {
  id: string;
}

const idsOf = (asked: readonly Asked[]): string[] => asked.map(({ id }) => id);

function noneAvailable({ proxyId, country, isCountryFixed }: ProxyWish): GatewayProblem {
  if (proxyId !== undefined)
    return new GatewayProblem(
      "NoProxyAvailable",
      "The proxy is down, or serves as many sessions as it may",
    );
  const where = isCountryFixed === true && country !== null ? ` in ${country}` : "";
  return new GatewayProblem(
    "NoProxyAvailable",
    `No proxy${where} takes a further session: each is down, or serves as many sessions as it may`,
  );
}
