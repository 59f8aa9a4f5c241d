import { sql } from "drizzle-orm";
import type { Database } from "../../db/connection.ts";
import { machines, sessionLeases } from "../../db/machines-schema.ts";
import type { LiveSession } from "../live-session.ts";
import { DATABASE_NOW } from "./registrations.ts";
import type { SessionLeases } from "./session-leases.ts";

/** The machine that uses a session. */
export interface Holder {
  /** Its name for Fly's proxy: FLY_MACHINE_ID. */
  machine: string;
  region: string | null;
}

/** A machine that goes on without the database may use its sessions after its lease has run out. */
const IS_IN_USE = sql`m.ended_at IS NULL AND (m.lease_until > ${DATABASE_NOW} OR m.is_alone)`;

/** The machines that use these sessions, by the session's id. Throws StorageUnavailable. */
export async function holdersOf(
  db: Database,
  sessionIds: readonly string[],
): Promise<ReadonlyMap<string, Holder>> {
  if (sessionIds.length === 0) return new Map();
  const rows = await db.read((orm) =>
    orm.all<Holder & { id: string }>(
      sql`SELECT l.session_id AS id, m.machine AS machine, m.region AS region
        FROM ${sessionLeases} AS l JOIN ${machines} AS m ON m.id = l.holder
        WHERE l.session_id IN (SELECT value FROM json_each(${JSON.stringify(sessionIds)}))
          AND ${IS_IN_USE}`,
    ),
  );
  return new Map(rows.map(({ id, machine, region }) => [id, { machine, region }]));
}

export interface KnownHolders {
  db: Database;
  /** Null where machines share no sessions. */
  leases: Pick<SessionLeases, "machine"> | null;
  /** The sessions that this machine has in memory. */
  sessions: { peek(id: string): Pick<LiveSession, "lease"> | undefined };
}

/** As holdersOf(), without asking for those that this machine uses itself. */
export async function knownHoldersOf(
  { db, leases, sessions }: KnownHolders,
  sessionIds: readonly string[],
): Promise<ReadonlyMap<string, Holder>> {
  if (leases === null) return new Map();
  const { name: machine, region } = leases.machine;
  const own = sessionIds.filter((id) => sessions.peek(id)?.lease.isHeld);
  const here = own.map((id) => [id, { machine, region }] as const);
  const others = sessionIds.filter((id) => !own.includes(id));
  return new Map([...(await holdersOf(db, others)), ...here]);
}

/**
 * How a machine is: serving; draining: it ends; lost: it has given no sign for too long; ended: it has
 * given its sessions back.
 */
export const MACHINE_STATES = ["serving", "draining", "lost", "ended"] as const;

/** A process that serves sessions, or did so last on its machine; times are ISO 8601, in UTC. */
export interface MachineView {
  machine: string;
  region: string | null;
  state: (typeof MACHINE_STATES)[number];
  since: string;
  /** How many sessions it uses; of one that is lost, those that nobody has taken since. */
  sessions: number;
  /** Seconds until its sessions are free unless it gives a sign; 0 where they are. */
  lease_seconds: number;
  /** Whether it goes on without the database, as no other machine was there for a day. */
  alone: boolean;
}

interface Row {
  machine: string;
  region: string | null;
  startedAt: number;
  endedAt: number | null;
  isDraining: number;
  isAlone: number;
  leftMs: number;
  sessions: number;
}

const MOST_SHOWN = 1_000;

/**
 * The processes that serve sessions, and of each machine without any the last one. By region and
 * machine; a thousand at the most. Throws StorageUnavailable.
 */
export async function listMachines(db: Database): Promise<MachineView[]> {
  const rows = await db.read((orm) =>
    orm.all<Row>(
      sql`WITH known AS (
          SELECT *, ended_at IS NULL AND lease_until > ${DATABASE_NOW} AS is_alive,
            row_number() OVER (PARTITION BY machine ORDER BY lease_until DESC, started_at DESC) AS place
          FROM ${machines}
        ), used AS (
          SELECT holder, count(*) AS sessions FROM ${sessionLeases} GROUP BY holder
        )
        SELECT machine, region, started_at AS startedAt, ended_at AS endedAt,
          is_draining AS isDraining, is_alone AS isAlone, lease_until - ${DATABASE_NOW} AS leftMs,
          coalesce(used.sessions, 0) AS sessions
        FROM known LEFT JOIN used ON used.holder = known.id
        WHERE is_alive OR place = 1
        ORDER BY region, machine, started_at LIMIT ${MOST_SHOWN}`,
    ),
  );
  return rows.map(viewOf);
}

function viewOf({ machine, region, startedAt, sessions, isAlone, ...row }: Row): MachineView {
  const state = stateOf(row);
  return {
    machine,
    region,
    state,
    since: new Date(startedAt).toISOString(),
    // What it has given back is nobody's until it is taken.
    sessions: state === "ended" ? 0 : sessions,
    lease_seconds: state === "ended" ? 0 : Math.max(0, Math.ceil(row.leftMs / 1000)),
    alone: isAlone === 1,
  };
}

function stateOf({
  endedAt,
  leftMs,
  isDraining,
}: Pick<Row, "endedAt" | "leftMs" | "isDraining">): MachineView["state"] {
  if (endedAt !== null) return "ended";
  if (leftMs <= 0) return "lost";
  return isDraining === 1 ? "draining" : "serving";
}
