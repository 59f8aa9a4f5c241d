import { join } from "node:path";
import { type FaultProxy, startFaultProxy } from "../test/support/fault-proxy.ts";
import { hasLibsqlServer, startLibsqlServer } from "../test/support/libsql-server.ts";
import { type Caller, populate } from "./population.ts";
import type { Server } from "./processes.ts";
import { compared, median, type Round, type Summary, summaryOf } from "./report.ts";
import { askOnce, inTurns, loadRound, openSessions } from "./rounds.ts";

/**
 * What `GET /user` costs by the place of the database. The first place is the base: a file, in a
 * process without leases.
 */
export type DatabasesReport = Place[];

interface Place {
  name: string;
  /** Requests of sessions that are in memory. */
  hot: Summary;
  /** Throughput, divided by that of the base in the same round. */
  ratio: number;
  /** Processor time of the base for each request, divided by that of this place. */
  cpuRatio: number;
  /** What the database was asked meanwhile, by the background too; null where that is not counted. */
  statements: { per1000: number; perSecond: number } | null;
  cold: Cold;
}

/** The first request of a session under a known API key. Medians. */
interface Cold {
  milliseconds: number;
  /** Null where they are not counted. */
  statements: number | null;
  roundTrips: number | null;
}

export interface DatabasesOptions {
  directory: string;
  seconds: number;
  rounds: number;
  connections: number;
  encryptionKey: string;
  /** Settings of every session, as JSON text. */
  settings: string;
  startGateway: (name: string, env: Record<string, string>) => Promise<Server>;
}

/** To the far database and back, in milliseconds. */
const FAR_MS = 40;
/** Sessions that are used for the first time, one after the other. */
const COLD_SESSIONS = 15;
/** One reads the session, one takes its lease. */
const MOST_COLD_STATEMENTS = 2;
/** What renewals, polls and notes need in a second. Hot requests add nothing: they are thousands. */
const MOST_STATEMENTS_A_SECOND = 8;

interface Target {
  name: string;
  env: Record<string, string>;
  /** Where the bench itself writes the sessions. */
  databaseUrl: string;
  /** What the gateway asks its database through; null where that cannot be counted. */
  counter: FaultProxy | null;
}

/** A target, ready to be asked. */
interface Ready extends Target {
  server: Server;
  hot: Caller[];
  cold: Caller[];
  statements: number;
  answered: number;
  loadMs: number;
}

/**
 * Asks gateways over a file, a remote database (near and far) and an embedded replica in turn. Null
 * where there is no libSQL server for this platform.
 */
export async function measureDatabases(options: DatabasesOptions): Promise<DatabasesReport | null> {
  if (!hasLibsqlServer) return null;
  await using libsql = await startLibsqlServer();
  await using near = await startFaultProxy(libsql.port);
  await using far = await startFaultProxy(libsql.port);
  far.latencyMs = FAR_MS / 2;
  const ready: Ready[] = [];
  try {
    for (const target of targetsOf(options.directory, libsql.url, { near, far }))
      ready.push(await prepare(target, options));
    const results = await inTurns(
      options.rounds,
      Object.fromEntries(ready.map((one) => [one.name, () => load(one, options)])),
    );
    const base = results[ready[0]?.name ?? ""] ?? [];
    const places: Place[] = [];
    for (const one of ready) {
      const rounds = results[one.name] ?? [];
      places.push({
        name: one.name,
        hot: summaryOf(rounds),
        ratio: compared(rounds, base, (round, other) => round.perSecond / other.perSecond),
        cpuRatio: compared(rounds, base, (round, other) => other.cpu / round.cpu),
        statements: one.counter && {
          per1000: (1000 * one.statements) / one.answered,
          perSecond: (1000 * one.statements) / one.loadMs,
        },
        cold: await coldOf(one),
      });
    }
    return places;
  } finally {
    await Promise.all(ready.map(({ server }) => server.stop()));
  }
}

function targetsOf(
  directory: string,
  libsqlUrl: string,
  { near, far }: Record<"near" | "far", FaultProxy>,
): Target[] {
  const file = (name: string): string => `file:${join(directory, name)}`;
  const onFile = (name: string, databaseUrl: string, env: Record<string, string>): Target => ({
    name,
    env: { ...env, DATABASE_URL: databaseUrl },
    databaseUrl,
    counter: null,
  });
  const remote = (name: string, counter: FaultProxy): Target => ({
    name,
    env: { ...machine(name.replaceAll(" ", "-")), DATABASE_URL: counter.url },
    databaseUrl: libsqlUrl,
    counter,
  });
  return [
    onFile("file, without leases", file("alone.db"), {}),
    onFile("file", file("leases.db"), machine("file")),
    remote("remote", near),
    remote(`remote at ${FAR_MS} ms`, far),
    {
      name: "replica",
      env: {
        ...machine("replica"),
        DATABASE_URL: file("replica.db"),
        DATABASE_SYNC_URL: libsqlUrl,
      },
      databaseUrl: libsqlUrl,
      counter: null,
    },
  ];
}

/** What Fly.io tells a machine of itself. */
export const machine = (name: string): Record<string, string> => ({
  FLY_MACHINE_ID: `bench-${name}`,
  FLY_REGION: "fra",
});

/** Starts the gateway, and opens the sessions of the load. */
async function prepare(target: Target, options: DatabasesOptions): Promise<Ready> {
  const { connections, encryptionKey, settings } = options;
  const callers = await populate({
    databaseUrl: target.databaseUrl,
    encryptionKey,
    tenants: 1,
    sessionsPerTenant: connections + COLD_SESSIONS,
    settings,
  });
  const server = await options.startGateway(target.name.replaceAll(/\W+/g, "-"), target.env);
  const hot = callers.slice(0, connections);
  await openSessions(server, hot);
  const cold = callers.slice(connections);
  return { ...target, server, hot, cold, statements: 0, answered: 0, loadMs: 0 };
}

async function load(one: Ready, options: DatabasesOptions): Promise<Round> {
  const before = one.counter?.statements.length ?? 0;
  const started = performance.now();
  const round = await loadRound(one.server, one.hot, options);
  one.loadMs += performance.now() - started;
  one.statements += (one.counter?.statements.length ?? 0) - before;
  one.answered += round.answered;
  return round;
}

async function coldOf({ server, cold, counter }: Ready): Promise<Cold> {
  const times: number[] = [];
  const statements: number[] = [];
  const roundTrips: number[] = [];
  for (const caller of cold) {
    const before = {
      statements: counter?.statements.length ?? 0,
      requests: counter?.requests ?? 0,
    };
    const started = performance.now();
    await askOnce(server, caller);
    times.push(performance.now() - started);
    statements.push((counter?.statements.length ?? 0) - before.statements);
    roundTrips.push((counter?.requests ?? 0) - before.requests);
  }
  // The background asks during some of them, not during most.
  return {
    milliseconds: median(times),
    statements: counter && median(statements),
    roundTrips: counter && median(roundTrips),
  };
}

export function printDatabases(report: DatabasesReport | null): void {
  console.log("\nGET /user by the place of the database, compared with a file without leases");
  if (report === null) console.log("left out: there is no libSQL server for this platform");
  for (const { name, hot, ratio, cpuRatio, statements, cold } of report ?? []) {
    const rate = Math.round(hot.perSecond).toLocaleString("en-US").padStart(8);
    const asked = statements && `, ${statements.per1000.toFixed(2)} statements a thousand`;
    console.log(
      `${name.padEnd(24)}${rate} requests/s   throughput ${ratio.toFixed(3)}   processor time ${cpuRatio.toFixed(3)}${asked ?? ""}`,
    );
    const time = cold.milliseconds.toFixed(1).padStart(8);
    const queries =
      cold.statements === null
        ? ""
        : `, ${cold.statements} statements in ${cold.roundTrips} round trips`;
    console.log(`${"  a session's first".padEnd(24)}${time} ms${queries}`);
  }
}

/** Where the database was asked more than promised: counts, which other load does not change. */
export function missedBy(report: DatabasesReport | null): string[] {
  return (report ?? []).flatMap(({ name, statements, cold }) => [
    ...((statements?.perSecond ?? 0) > MOST_STATEMENTS_A_SECOND
      ? [`${name}: ${statements?.perSecond.toFixed(1)} statements a second under hot requests`]
      : []),
    ...((cold.statements ?? 0) > MOST_COLD_STATEMENTS
      ? [`${name}: ${cold.statements} statements for the first request of a session`]
      : []),
  ]);
}
