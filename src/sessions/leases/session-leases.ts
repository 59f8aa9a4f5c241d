import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/connection.ts";
import { machines, sessionLeases } from "../../db/machines-schema.ts";
import { type Elsewhere, HeldElsewhere } from "./held-elsewhere.ts";
import {
  isAlive,
  type Outcome,
  outcomeOf,
  outcomeOfTaking,
  type Take,
  type TakenRow,
  taking,
  wanting,
} from "./lease-statements.ts";
import type { Machine } from "./machine.ts";
import { DATABASE_NOW } from "./registrations.ts";

/** What a caller needs of a lease. */
export interface LeaseWish {
  /**
   * Whether it must be served by this machine: a session that another one uses is asked for and waited
   * for, and a session without a holder is taken outside its home region, too.
   */
  readonly insists: boolean;
  /** Whether the caller cannot be served there; left out where that is not known. */
  isOutOfReach?(elsewhere: Elsewhere): boolean;
}

export const HERE: LeaseWish = { insists: true };

/** A session that this machine may use now. */
export interface Taken {
  /** The machine's term in which it was taken, and the id of its registration. */
  term: number;
  holder: string;
  /** The version of the stored session. */
  version: number;
  /**
   * The registration that had the session before and has not given it back: what it had not saved is
   * lost. Null where there is none.
   */
  lostBy: string | null;
}

/** A session that another machine asks for. */
export interface Wanted {
  id: string;
  by: Elsewhere;
}

export type TakeoverKind = "free" | "expired" | "handed_over";

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
/** For so long a session stays where it has been handed over to: it was waited for there. */
const LEAST_MS = 2_000;
/** How often a session is taken at once that was free after all. */
const MAX_ROUNDS = 3;
/** Sessions that are handed over or given back by one statement. */
const CHANGED_AT_ONCE = 500;
/** A machine that is alone and out of reach is asked through Fly's proxy for so long. */
const ASKED_MS = 3_000;
const MAX_ASKED = 1_000;

interface Waiting extends Take {
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
}

/** What the database says, and the registration that it was asked for. */
interface Answer {
  outcome: Outcome | null;
  term: number;
  own: string;
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

  /** Whether work may begin on a session whose lease was taken in `term`. */
  hasTime(term: number): boolean {
    const { machine } = this.options;
    return term === machine.term && machine.hasTime;
  }

  /**
   * Takes a session for this machine; null when there is no such session. Throws HeldElsewhere,
   * ShuttingDown, StorageUnavailable.
   */
  async take(id: string, wish: LeaseWish): Promise<Taken | null> {
    const { machine, monotonicNow, sleep } = this.options;
    const { insists } = wish;
    const until = monotonicNow() + WAIT_MS;
    let isAsking = insists;
    let isTried = false;
    let lapsed = "";
    for (let round = 1; ; round++) {
      await machine.ready(lapsed);
      const { outcome, term, own } = await this.#ask({ id, insists: isAsking, isTried });
      if (outcome === null) return null;
      const isCurrent = own === machine.id && outcome.isAlive === 1;
      if (isCurrent && outcome.holder === own) {
        this.#noteTakeover(outcome, round > 1);
        return { term, holder: own, version: outcome.version, lostBy: outcome.lostBy };
      }
      const other = elsewhere(outcome, insists);
      if (monotonicNow() >= until) throw other;
      // Its own lease has run out in the meantime.
      lapsed = isCurrent ? "" : own;
      if (!isCurrent) continue;
      // It has become free between the two questions.
      if (round < MAX_ROUNDS && isFreeFor(machine, outcome)) continue;
      // Only a request that is sent on can tell a machine that was alone that it is so no more.
      isTried ||=
        this.#wasAsked(outcome, !insists) || wish.isOutOfReach?.(other.elsewhere) === true;
      isAsking ||= outcome.isDraining === 1 || isTried;
      if (!isAsking || machine.isDraining) throw other;
      await sleep(LOOK_MS);
    }
  }

  /** The sessions that others ask this machine for, some at a time. Throws StorageUnavailable. */
  async wanted(): Promise<Wanted[]> {
    const { db, machine } = this.options;
    // As a write, it asks the primary database: a copy of it would know too late.
    const rows = await db.write(
      (orm) =>
        orm.all<{ id: string; machine: string; region: string | null }>(
          sql`SELECT l.session_id AS id, a.machine AS machine, a.region AS region
            FROM ${sessionLeases} AS l JOIN ${machines} AS a ON a.id = l.wanted_by
            WHERE l.holder = ${machine.id} AND l.wanted_by IS NOT NULL
              AND l.wanted_until > ${DATABASE_NOW} AND l.since <= ${DATABASE_NOW} - ${LEAST_MS}
              AND ${isAlive(sql`a`)} LIMIT 200`,
        ),
      { isUrgent: true },
    );
    return rows.map(({ id, ...by }) => ({ id, by }));
  }

  /**
   * Hands sessions to the machines that ask for them; those that nobody asks for any more stay here.
   * Everything of them must be saved. Throws StorageUnavailable.
   */
  async handOver(ids: readonly string[]): Promise<void> {
    const { machine } = this.options;
    await this.#change(
      ids,
      (some) => sql`UPDATE ${sessionLeases} SET holder = wanted_by, since = ${DATABASE_NOW},
          lost_by = NULL, wanted_by = NULL, wanted_until = NULL
        WHERE session_id IN (SELECT value FROM json_each(${some})) AND holder = ${machine.id}
          AND wanted_until > ${DATABASE_NOW} AND EXISTS (SELECT 1 FROM ${machines} AS a
            WHERE a.id = session_leases.wanted_by AND ${isAlive(sql`a`)})`,
    );
  }

  /** Frees sessions. Everything of them must be saved. Throws StorageUnavailable. */
  async giveBack(ids: readonly string[]): Promise<void> {
    const { machine } = this.options;
    await this.#change(
      ids,
      (some) => sql`DELETE FROM ${sessionLeases} WHERE holder = ${machine.id}
        AND session_id IN (SELECT value FROM json_each(${some}))`,
    );
  }

  /** The regions that have a machine which takes sessions. Throws StorageUnavailable. */
  async liveRegions(): Promise<ReadonlySet<string>> {
    const rows = await this.options.db.read((orm) =>
      orm.all<{ region: string }>(
        sql`SELECT DISTINCT region FROM ${machines} AS r WHERE region IS NOT NULL
          AND NOT r.is_draining AND ${isAlive(sql`r`)}`,
      ),
    );
    return new Set(rows.map(({ region }) => region));
  }

  async #change(ids: readonly string[], statement: (ids: string) => SQL): Promise<void> {
    for (let at = 0; at < ids.length; at += CHANGED_AT_ONCE) {
      const some = JSON.stringify(ids.slice(at, at + CHANGED_AT_ONCE));
      await this.options.db.write((orm) => orm.run(statement(some)));
    }
  }

  #noteTakeover({ hasTaken, lostBy }: Outcome, hasWaited: boolean): void {
    const { onTaken } = this.options;
    if (hasTaken) onTaken?.(lostBy === null ? "free" : "expired");
    else if (hasWaited) onTaken?.("handed_over");
  }

  /** Whether a machine that is alone was asked long enough ago to take it for dead. */
  #wasAsked({ holder, leftMs, isAlone }: Outcome, isSentOn: boolean): boolean {
    if (holder === null || leftMs === null || leftMs > 0 || isAlone !== 1) return false;
    const time = this.options.monotonicNow();
    const asked = this.#asked.get(holder);
    if (asked !== undefined) return time - asked > ASKED_MS;
    if (!isSentOn) return false;
    if (this.#asked.size >= MAX_ASKED) this.#asked.clear();
    this.#asked.set(holder, time);
    return false;
  }

  #ask(take: Take): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ ...take, resolve, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  /** What comes while a transaction runs goes into the next one. */
  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, AT_ONCE);
      try {
        const { id: own, term } = this.options.machine;
        const outcomes = await this.#takeAll(own, batch);
        for (const [at, { resolve }] of batch.entries())
          resolve({ outcome: outcomes[at] ?? null, own, term });
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isRunning = false;
  }

  /** One statement takes a session that is free; only of others it is asked how it stands with them. */
  async #takeAll(own: string, batch: readonly Waiting[]): Promise<(Outcome | null)[]> {
    const taken = await this.#primary<TakenRow>(batch.map((take) => taking(own, take)));
    const outcomes = batch.map((_, at) => {
      const row = taken[at]?.[0];
      return row === undefined ? null : outcomeOfTaking(own, row);
    });
    const others = batch.flatMap((one, at) => (outcomes[at] === null ? [{ ...one, at }] : []));
    if (others.length === 0) return outcomes;
    const asking = others.filter(({ insists }) => insists);
    const told = await this.#primary<Outcome>([
      ...asking.map(({ id }) => wanting(own, id)),
      ...others.map(({ id }) => outcomeOf(own, id)),
    ]);
    for (const [index, { at }] of others.entries()) {
      const row = told[asking.length + index]?.[0];
      if (row !== undefined) outcomes[at] = { ...row, hasTaken: false };
    }
    return outcomes;
  }

  /** Runs statements in one transaction, at the primary database. One alone needs none. */
  #primary<Row>(statements: readonly SQL[]): Promise<Row[][]> {
    return this.options.db.write(async (orm) => {
      const [first, ...rest] = statements.map((statement) => orm.all<Row>(statement));
      if (first === undefined) return [];
      return rest.length === 0 ? [await first] : orm.batch([first, ...rest]);
    });
  }
}

/** Whether a machine has the session that may be using it. */
const isHeld = ({ machine, isEnded, leftMs, isAlone }: Outcome): boolean =>
  machine !== null && isEnded === 0 && ((leftMs ?? 0) > 0 || isAlone === 1);

/** Whether this machine may take the session without asking anybody. */
const isFreeFor = ({ region, isDraining }: Machine, outcome: Outcome): boolean =>
  !isDraining &&
  !isHeld(outcome) &&
  (outcome.home === null || outcome.home === region || outcome.isHomeAlive === 0);

/** Where the session is used, or is to be. */
function elsewhere(outcome: Outcome, hasWaited: boolean): HeldElsewhere {
  const { machine, region, leftMs, home } = outcome;
  const left = Math.max(0, leftMs ?? 0);
  return new HeldElsewhere(
    isHeld(outcome) ? { machine, region } : { machine: null, region: home },
    // Who was waited for in vain has died, or is too busy to hand it over.
    hasWaited && isHeld(outcome) ? Math.max(1, Math.ceil(left / 1000)) : 1,
  );
}
