import { hostname } from "node:os";
import { type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/connection.ts";
import { machines } from "../../db/machines-schema.ts";
import { isRunning } from "../../db/processes.ts";

/** The database's clock, unix milliseconds: the same for all machines. */
export const DATABASE_NOW: SQL = sql`CAST(unixepoch('subsec') * 1000 AS INTEGER)`;

/** For so long an installation counts as one of several machines. */
const SEEN_MS = 24 * 60 * 60_000;

/** The ids of all registrations of this process: tests have several machines in one. */
const hereNow = new Set<string>();

/** Who is registered. */
export interface Registrant {
  /** FLY_MACHINE_ID. */
  machine: string;
  region: string | null;
  leaseMs: number;
  /** The number of the last change of the feed that it has taken in. */
  seen: () => number;
}

/** What a machine knows after a registration or a renewal. */
export interface Registered {
  /** No other machine was seen for a day. */
  isAlone: boolean;
}

/**
 * The rows of a machine's registrations. Each write is one statement or one batch, and none of them
 * waits for other writes of this process. All throw StorageUnavailable.
 */
export class Registrations {
  /** The ids that this machine has had. */
  readonly #own = new Set<string>();

  constructor(
    private readonly db: Database,
    private readonly registrant: Registrant,
  ) {}

  /**
   * Registers the machine under a new id. The leases of its earlier registrations are over, and those
   * of a process that has died on the same machine.
   */
  async register(id: string, isDraining: boolean): Promise<Registered> {
    const { machine, region, leaseMs, seen } = this.registrant;
    const over = [...this.#own, ...(this.#own.size === 0 ? await this.#dead() : [])];
    const host = hostname();
    const [, , [row]] = await this.db.write(
      (orm) =>
        orm.batch([
          // One that was alone cannot be renewed any more by a statement that comes late.
          orm.run(sql`UPDATE ${machines} SET lease_until = 0, is_alone = 0
            WHERE id IN (SELECT value FROM json_each(${JSON.stringify(over)}))`),
          orm.run(sql`DELETE FROM ${machines} WHERE started_at < ${DATABASE_NOW} - ${SEEN_MS}
            AND lease_until < ${DATABASE_NOW} - ${SEEN_MS}`),
          orm.all<{ is_alone: number }>(sql`INSERT INTO ${machines}
              (id, machine, region, host, pid, lease_until, is_draining, is_alone, started_at, seen)
            SELECT ${id}, ${machine}, ${region}, ${host}, ${process.pid},
              ${DATABASE_NOW} + ${leaseMs}, ${isDraining ? 1 : 0}, ${isAlone(machine, id)}, ${DATABASE_NOW},
              ${seen()}
            RETURNING is_alone`),
        ]),
      { isUrgent: true },
    );
    this.#own.clear();
    this.#own.add(id);
    hereNow.add(id);
    return { isAlone: row?.is_alone === 1 };
  }

  /** Renews the lease; null when it had run out before, so that others may have taken its sessions. */
  async renew(id: string): Promise<Registered | null> {
    const { machine, leaseMs, seen } = this.registrant;
    const [row] = await this.db.write(
      (orm) =>
        orm.all<{ is_alone: number }>(
          // Nobody can have taken the sessions of a machine that is still alone.
          sql`UPDATE ${machines} SET lease_until = ${DATABASE_NOW} + ${leaseMs},
              is_alone = ${isAlone(machine, id)}, seen = ${seen()}
            WHERE id = ${id} AND ended_at IS NULL
              AND (lease_until > ${DATABASE_NOW} OR (is_alone AND ${isAlone(machine, id)}))
            RETURNING is_alone`,
        ),
      { isUrgent: true },
    );
    return row === undefined ? null : { isAlone: row.is_alone === 1 };
  }

  /** Tells others how far it has read of the feed. */
  async tell(id: string): Promise<void> {
    await this.db.write(
      (orm) =>
        orm.run(sql`UPDATE ${machines} SET seen = ${this.registrant.seen()} WHERE id = ${id}`),
      { isUrgent: true },
    );
  }

  async noteDraining(id: string): Promise<void> {
    await this.db.write(
      (orm) => orm.run(sql`UPDATE ${machines} SET is_draining = 1 WHERE id = ${id}`),
      { isUrgent: true },
    );
  }

  /**
   * Frees the sessions of a registration. Where something of them was not saved, the machines that
   * take them must know.
   */
  async end(id: string, isAllSaved: boolean): Promise<void> {
    hereNow.delete(id);
    await this.db.write((orm) =>
      orm.run(
        sql`UPDATE ${machines} SET lease_until = ${DATABASE_NOW}, is_alone = 0,
            ended_at = ${isAllSaved ? DATABASE_NOW : null}
          WHERE id = ${id}`,
      ),
    );
  }

  /** The registrations of processes that have died on this machine. */
  async #dead(): Promise<string[]> {
    const rows = await this.db.read((orm) =>
      orm.all<{ id: string; pid: number }>(
        sql`SELECT id, pid FROM ${machines} WHERE machine = ${this.registrant.machine}
          AND host = ${hostname()} AND ended_at IS NULL`,
      ),
    );
    // A machine that starts anew often gives the same number to its process.
    const isDead = ({ id, pid }: (typeof rows)[number]): boolean =>
      pid === process.pid ? !hereNow.has(id) : !isRunning(pid);
    return rows.filter(isDead).map(({ id }) => id);
  }
}

/**
 * Whether no other machine has been there for a day, and no other process of this one is there now: two
 * may have got the same name.
 */
const isAlone = (machine: string, id: string): SQL =>
  sql`NOT EXISTS (SELECT 1 FROM ${machines} AS other WHERE
    CASE WHEN other.machine = ${machine} THEN other.id <> ${id} AND other.lease_until > ${DATABASE_NOW}
    ELSE other.lease_until > ${DATABASE_NOW} - ${SEEN_MS} OR other.started_at > ${DATABASE_NOW} - ${SEEN_MS}
    END)`;
