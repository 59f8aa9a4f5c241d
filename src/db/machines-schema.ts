import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";
import { sessions } from "./schema.ts";

/*
 * The machines that serve the sessions together. Times are of the database's own clock: those of the
 * machines may differ.
 */

/** The registrations of processes. A process that could not renew its lease in time registers anew. */
export const machines = sqliteTable(
  "machines",
  {
    /** Random, of each registration. */
    id: text().primaryKey(),
    /** The name by which Fly's proxy knows the machine: FLY_MACHINE_ID. */
    machine: text().notNull(),
    region: text(),
    host: text().notNull(),
    pid: integer().notNull(),
    /** Until when it may use its sessions without a further sign. */
    leaseUntil: integer("lease_until").notNull(),
    /** It ends: it takes no session any more, and hands over those that it has. */
    isDraining: integer("is_draining", { mode: "boolean" }).notNull().default(false),
    /** No other machine has been seen for a day: it goes on when it cannot reach the database. */
    isAlone: integer("is_alone", { mode: "boolean" }).notNull().default(false),
    startedAt: integer("started_at").notNull(),
    /** When it has given its sessions back; null while it runs, and if it could not. */
    endedAt: integer("ended_at"),
    /** The number of the last change of the feed that it has taken in. */
    seen: integer().notNull().default(0),
  },
  (table) => [index("machines_region").on(table.region, table.leaseUntil)],
);

/** Which machine uses a session. */
export const sessionLeases = sqliteTable(
  "session_leases",
  {
    sessionId: text("session_id")
      .primaryKey()
      .references(() => sessions.id, { onDelete: "cascade" }),
    /** An id of machines. */
    holder: text().notNull(),
    since: integer().notNull(),
    /** The holder before, if it has not given it back: what it had not saved is lost. */
    lostBy: text("lost_by"),
    /** An id of machines: it asks the holder to hand the session over. */
    wantedBy: text("wanted_by"),
    wantedUntil: integer("wanted_until"),
  },
  (table) => [
    index("session_leases_wanted")
      .on(table.holder, table.wantedUntil)
      .where(sql`wanted_by IS NOT NULL`),
  ],
);
