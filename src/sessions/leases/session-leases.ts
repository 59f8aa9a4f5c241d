import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/connection.ts";
import { machines, sessionLeases } from "../../db/machines-schema.ts";
import { proxies, sessions } from "../../db/schema.ts";
import { HeldElsewhere } from "./held-elsewhere.ts";
import { DATABASE_NOW, type Machine } from "./machine.ts";

/** What a caller needs of a lease. */
export interface LeaseWish {
  /**
   * Whether it must be served by this machine: a session that another one uses is asked for and waited
   * for, and a session without a holder is taken outside its home region, too.
   */
  readonly insists: boolean;
}

export const HERE: LeaseWish = { insists: true };

/** A session that this machine may use now. */
export interface Taken {
  /** The machine's term in which it was taken. */
  term: number;
  /** The version of the stored session. */
  version: number;
  /** Whether the holder before did not give it back: what it had not saved is lost. */
  isUnclean: boolean;
}

export type TakeoverKind = "first" | "free" | "expired" | "handed_over";

export interface SessionLeasesOptions {
  db: Database;
  machine: Machine;
  monotonicNow: () => number;
  sleep: (milliseconds: number) => Promise<void>;
  onTaken?: (kind: TakeoverKind) => void;
}

/** Sessions that are taken in one transaction. */
const AT_ONCE = 50;
/** How long a session is waited for that another machine is asked to hand over, in milliseconds. */
const WAIT_MS = 8_000;
/** How often it is looked at meanwhile. */
const LOOK_MS = 250;
/** How long a request for a session is left there for its holder to see. */
const WANTED_MS = 3_000;
/** A machine that is alone and out of reach is asked through Fly's proxy for so long. */
const ASKED_MS = 3_000;
const MAX_ASKED = 1_000;

interface Outcome {
  version: number;
  holder: string | null;
  machine: string | null;
  region: string | null;
  isDraining: number | null;
  isAlone: number | null;
  isEnded: number | null;
  /** Milliseconds until the holder's lease runs out. */
  leftMs: number | null;
  home: string | null;
  isHomeAlive: number;
  lostBy: string | null;
  isAlive: number;
  /** Whether this statement has taken it. */
  hasTaken: boolean;
}

interface Waiting {
  id: string;
  insists: boolean;
  resolve: (outcome: Outcome | null) => void;
  reject: (error: unknown) => void;
}

/**
 * Which sessions this machine may use. A lease costs one look into the database when it is taken;
 * afterwards it holds as long as the machine's own.
 */
export class SessionLeases {
  readonly #waiting: Waiting[] = [];
  /** When machines that are alone and out of reach were first asked, on the monotonic clock. */
  readonly #asked = new Map<string, number>();
  #isRunning = false;

  constructor(private readonly options: SessionLeasesOptions) {}

  get machine(): Machine {
    return this.options.machine;
  }

  /** Whether a lease that was taken in `term` holds at this instant. */
  holds(term: number): boolean {
    const { machine } = this.options;
    return term === machine.term && machine.isValid;
  }

  /**
   * Takes a session for this machine; null when there is no such session. Throws HeldElsewhere,
   * StorageUnavailable.
   */
  async take(id: string, { insists }: LeaseWish): Promise<Taken | null> {
    const { machine, monotonicNow, sleep, onTaken } = this.options;
    const until = monotonicNow() + WAIT_MS;
    let wait = insists;
    for (let isFirst = true; ; isFirst = false) {
      await machine.ready();
      const { term, id: own } = machine;
      const outcome = await this.#ask(id, wait);
      if (outcome === null) return null;
      const { version, holder, lostBy } = outcome;
      if (holder === own && machine.term === term) {
        const isUnclean = outcome.hasTaken && lostBy !== null && !machine.isOwn(lostBy);
        if (outcome.hasTaken) onTaken?.(isFirst ? (isUnclean ? "expired" : "free") : "handed_over");
        return { term, version, isUnclean };
      }
      // Its own lease ran out meanwhile.
      if (outcome.isAlive === 0) {
        machine.noteLapsed();
        if (monotonicNow() < until) continue;
      }
      wait ||= outcome.isDraining === 1 || this.#wasAsked(outcome);
      if (!wait || monotonicNow() >= until) throw elsewhere(outcome);
      await this.#want(id);
      await sleep(LOOK_MS);
    }
  }

  /** The sessions that others ask this machine for. Throws StorageUnavailable. */
  async wanted(): Promise<string[]> {
    const { db, machine } = this.options;
    const rows = await db.read((orm) =>
      orm.all<{ id: string }>(
        sql`SELECT session_id AS id FROM ${sessionLeases} WHERE holder = ${machine.id}
          AND wanted_by IS NOT NULL AND wanted_until > ${DATABASE_NOW} LIMIT 1000`,
      ),
    );
    return rows.map(({ id }) => id);
  }

  /** Hands a session to the machine that asks for it. Everything of it must be saved. */
  async handOver(id: string): Promise<void> {
    const { db, machine } = this.options;
    await db.write((orm) =>
      orm.run(
        sql`UPDATE ${sessionLeases} SET holder = wanted_by, since = ${DATABASE_NOW}, lost_by = NULL,
            wanted_by = NULL, wanted_until = NULL
          WHERE session_id = ${id} AND holder = ${machine.id} AND wanted_by IS NOT NULL
            AND wanted_until > ${DATABASE_NOW}`,
      ),
    );
  }

  /** Whether a machine that is alone was asked long enough ago to take it for dead. */
  #wasAsked({ holder, leftMs, isAlone }: Outcome): boolean {
    if (holder === null || leftMs === null || leftMs > 0 || isAlone !== 1) return false;
    const time = this.options.monotonicNow();
    const asked = this.#asked.get(holder);
    if (asked !== undefined) return time - asked > ASKED_MS;
    if (this.#asked.size >= MAX_ASKED) this.#asked.clear();
    this.#asked.set(holder, time);
    return false;
  }

  /** Leaves a note for the holder. */
  async #want(id: string): Promise<void> {
    const { db, machine } = this.options;
    await db.write((orm) =>
      orm.run(
        sql`UPDATE ${sessionLeases} SET wanted_by = ${machine.id},
            wanted_until = ${DATABASE_NOW} + ${WANTED_MS}
          WHERE session_id = ${id} AND holder <> ${machine.id}
            AND (wanted_by IS NULL OR wanted_by = ${machine.id} OR wanted_until <= ${DATABASE_NOW})`,
      ),
    );
  }

  #ask(id: string, insists: boolean): Promise<Outcome | null> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, insists, resolve, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  /** What comes while a transaction runs goes into the next one. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, AT_ONCE);
      try {
        const outcomes = await this.#takeAll(batch);
        for (const [at, { resolve }] of batch.entries()) resolve(outcomes[at] ?? null);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isRunning = false;
  }

  async #takeAll(batch: readonly Waiting[]): Promise<(Outcome | null)[]> {
    const { db, machine } = this.options;
    const { id: own } = machine;
    const results = await db.write(async (orm): Promise<readonly unknown[]> => {
      const [first, ...rest] = batch.flatMap(({ id, insists }) => [
        orm.run(taking(own, id, insists)),
        orm.all<Outcome>(outcomeOf(own, id)),
      ]);
      return first === undefined ? [] : orm.batch([first, ...rest]);
    });
    return batch.map((_, at) => {
      const taken = results[2 * at] as { rowsAffected: number };
      const [row] = results[2 * at + 1] as Outcome[];
      return row === undefined ? null : { ...row, hasTaken: taken.rowsAffected > 0 };
    });
  }
}

const isAlive = (alias: SQL): SQL =>
  sql`${alias}.ended_at IS NULL AND ${alias}.lease_until > ${DATABASE_NOW}`;

/** The region near which the session lives. */
const HOME: SQL = sql`coalesce(p.region, s.region)`;

const IS_HOME_ALIVE: SQL = sql`EXISTS (SELECT 1 FROM ${machines} AS r WHERE r.region = ${HOME}
  AND NOT r.is_draining AND ${isAlive(sql`r`)})`;

/** Takes a session if it is free, and if this machine lives near it or nobody else does. */
const taking = (own: string, id: string, insists: boolean): SQL => sql`
  INSERT INTO ${sessionLeases} (session_id, holder, since, lost_by)
  SELECT s.id, me.id, ${DATABASE_NOW},
    CASE WHEN h.id <> me.id AND h.ended_at IS NULL THEN h.id END
  FROM ${sessions} AS s JOIN ${machines} AS me ON me.id = ${own}
    LEFT JOIN ${proxies} AS p ON p.id = s.proxy_id
    LEFT JOIN ${sessionLeases} AS l ON l.session_id = s.id
    LEFT JOIN ${machines} AS h ON h.id = l.holder
  WHERE s.id = ${id} AND ${isAlive(sql`me`)} AND NOT me.is_draining
    AND (h.id IS NULL OR h.id = me.id OR h.ended_at IS NOT NULL
      OR (h.lease_until <= ${DATABASE_NOW} AND (${insists ? 1 : 0} OR NOT h.is_alone)))
    AND (${insists ? 1 : 0} OR l.holder = me.id OR ${HOME} IS NULL OR ${HOME} = me.region
      OR NOT ${IS_HOME_ALIVE})
  ON CONFLICT (session_id) DO UPDATE SET holder = excluded.holder, since = excluded.since,
    lost_by = excluded.lost_by, wanted_by = NULL, wanted_until = NULL
    WHERE session_leases.holder <> excluded.holder`;

const outcomeOf = (own: string, id: string): SQL => sql`
  SELECT s.version AS version, h.id AS holder, h.machine AS machine, h.region AS region,
    h.is_draining AS isDraining, h.is_alone AS isAlone, h.ended_at IS NOT NULL AS isEnded,
    h.lease_until - ${DATABASE_NOW} AS leftMs, ${HOME} AS home, ${IS_HOME_ALIVE} AS isHomeAlive,
    l.lost_by AS lostBy,
    EXISTS (SELECT 1 FROM ${machines} AS me WHERE me.id = ${own} AND ${isAlive(sql`me`)}) AS isAlive
  FROM ${sessions} AS s
    LEFT JOIN ${proxies} AS p ON p.id = s.proxy_id
    LEFT JOIN ${sessionLeases} AS l ON l.session_id = s.id
    LEFT JOIN ${machines} AS h ON h.id = l.holder
  WHERE s.id = ${id}`;

/** Where the session is used, or is to be. */
function elsewhere({ machine, region, leftMs, isEnded, isAlone, home }: Outcome): HeldElsewhere {
  const isHeld = machine !== null && isEnded === 0 && ((leftMs ?? 0) > 0 || isAlone === 1);
  const waitMs = isHeld ? Math.max(0, leftMs ?? 0) : 0;
  return new HeldElsewhere(
    isHeld ? { machine, region } : { machine: null, region: home },
    Math.max(1, Math.ceil(waitMs / 1000)),
  );
}
