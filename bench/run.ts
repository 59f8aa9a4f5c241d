import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openDatabase } from "../src/db/connection.ts";
import { machine, measureDatabases, missedBy, printDatabases } from "./databases.ts";
import { measureDownloads, printDownloads } from "./downloads.ts";
import { type Caller, populate } from "./population.ts";
import { type Server, startServer } from "./processes.ts";
import { record } from "./record.ts";
import { compared, median, printReport, type Report, type Round, summaryOf } from "./report.ts";
import { inTurns, loadRound, openSessions, USER } from "./rounds.ts";
import { measureUploads, printUploads } from "./uploads.ts";

/**
 * `bun run bench [--seconds 2] [--rounds 7] [--connections 32] [--tenants 2000] [--starts 7]`.
 * Emulator, floor, gateway and load generator run in their own processes, all on loopback. The
 * targets take turns, so that other load on the machine affects all of them.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "2" },
    rounds: { type: "string", default: "7" },
    connections: { type: "string", default: "32" },
    tenants: { type: "string", default: "2000" },
    starts: { type: "string", default: "7" },
  },
});
const seconds = atLeast("seconds", 0.2);
const rounds = atLeast("rounds", 1);
const connections = atLeast("connections", 1);
const tenants = atLeast("tenants", 0);
const starts = atLeast("starts", 1);

const SESSIONS_PER_TENANT = 50;
/** How many reads of one session run at a time. */
const READS_OF_A_SESSION = 4;

const directory = mkdtempSync(join(tmpdir(), "gramway-bench-"));
const servers: Server[] = [];
try {
  const report = await measure();
  printReport(report);
  const uploads = await measureUploads({ directory, rounds: Math.min(rounds, 5) });
  printUploads(uploads);
  const downloads = await measureDownloads({ directory, rounds: Math.min(rounds, 5) });
  printDownloads(downloads);
  printDatabases(report.databases);
  const results = join(import.meta.dir, "results");
  mkdirSync(results, { recursive: true });
  const file = join(results, `${report.at.replaceAll(":", "-")}.json`);
  await Bun.write(file, `${JSON.stringify({ ...report, uploads, downloads }, null, 2)}\n`);
  console.log(`\nWritten to ${file}`);
  const missed = missedBy(report.databases);
  for (const one of missed) console.error(`More than promised: ${one}`);
  if (missed.length > 0) process.exitCode = 1;
} finally {
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(directory, { recursive: true, force: true });
}

async function measure(): Promise<Report> {
  const secrets = {
    ENCRYPTION_KEYS: randomBytes(32).toString("hex"),
    ADMIN_TOKEN: randomBytes(24).toString("hex"),
  };
  const gateway = (
    name: string,
    database: string,
    upstream: string,
    env: Record<string, string> = {},
  ): Promise<Server> =>
    startServer({
      name,
      script: "src/start.ts",
      directory,
      readyPath: "/ready",
      env: {
        ...secrets,
        NODE_ENV: "production",
        HOST: "127.0.0.1",
        PORT: "0",
        LOG_LEVEL: "info",
        DATABASE_URL: `file:${join(directory, database)}`,
        UPSTREAM_URL: upstream,
        KEY_REQUESTS_PER_SECOND: "1000000",
        ...env,
      },
    });
  const emulator = await kept(
    startServer({
      name: "emulator",
      script: "src/emulator-server.ts",
      env: { EMULATOR_PORT: "0" },
      directory,
    }),
  );
  const recorded = await record({
    emulatorUrl: emulator.url,
    path: USER,
    adminToken: secrets.ADMIN_TOKEN,
    startGateway: (upstream) => gateway("recording", "bench.db", upstream),
  });

  const startTimes: number[] = [];
  for (let start = 0; start < starts; start++) {
    const began = performance.now();
    const server = await gateway("start", "bench.db", emulator.url);
    startTimes.push(performance.now() - began);
    await server.stop();
  }

  const callersFor = (count: number, perTenant: number, database: string): Promise<Caller[]> =>
    populate({
      databaseUrl: `file:${join(directory, database)}`,
      encryptionKey: secrets.ENCRYPTION_KEYS,
      tenants: count,
      sessionsPerTenant: perTenant,
      settings: recorded.settings,
    });
  const callers = await callersFor(1, connections, "bench.db");
  const service = await kept(gateway("gateway", "bench.db", emulator.url));
  await Bun.sleep(1500);
  const idleRss = service.rss();

  const requestFile = join(directory, "floor.json");
  await Bun.write(requestFile, JSON.stringify(recorded.upstream));
  const floor = await kept(
    startServer({
      name: "floor",
      script: join(import.meta.dir, "floor.ts"),
      args: [requestFile],
      directory,
    }),
  );
  let busyRss = 0;
  const load = async (
    server: Server,
    from: readonly Caller[],
    atATime = connections,
  ): Promise<Round> => {
    const result = await loadRound(server, from, { directory, seconds, connections: atATime });
    if (server === service) busyRss = Math.max(busyRss, service.rss());
    return result;
  };

  const results = await inTurns(rounds, {
    floor: () => load(floor, callers.slice(0, 1)),
    gateway: () => load(service, callers),
    oneSession: () => load(service, callers.slice(0, 1)),
    narrowFloor: () => load(floor, callers.slice(0, 1), READS_OF_A_SESSION),
  });
  await service.stop();

  const crowd = tenants > 0 ? await crowded() : null;
  const databases = await measureDatabases({
    directory,
    seconds,
    rounds: Math.min(rounds, 5),
    connections,
    encryptionKey: secrets.ENCRYPTION_KEYS,
    settings: recorded.settings,
    startGateway: (name, env) => gateway(name, "unused.db", emulator.url, env),
  });
  const main = { floor: summaryOf(results.floor), gateway: summaryOf(results.gateway) };
  return {
    at: new Date().toISOString(),
    machine: { cpu: cpus()[0]?.model ?? "", cores: cpus().length, memory: totalmem() },
    bun: Bun.version,
    options: { seconds, rounds, connections, tenants, starts },
    ...main,
    oneSession: summaryOf(results.oneSession),
    narrowFloor: summaryOf(results.narrowFloor),
    ratio: compared(
      results.gateway,
      results.floor,
      (round, floor) => round.perSecond / floor.perSecond,
    ),
    cpuRatio: compared(results.gateway, results.floor, (round, floor) => floor.cpu / round.cpu),
    oneSessionCpuRatio: compared(
      results.oneSession,
      results.floor,
      (round, floor) => floor.cpu / round.cpu,
    ),
    p99Overhead: compared(results.gateway, results.floor, (round, floor) => round.p99 - floor.p99),
    startToReadyMs: { median: median(startTimes), all: startTimes },
    rss: { idle: idleRss, underLoad: busyRss },
    crowd,
    databases,
  };

  /** The same requests with a full database, over few sessions or spread over many tenants. */
  async function crowded(): Promise<Report["crowd"]> {
    const all = await callersFor(tenants, SESSIONS_PER_TENANT, "crowd.db");
    const server = await kept(gateway("crowd", "crowd.db", emulator.url, machine("crowd")));
    await leaseAll("crowd.db");
    const spread = all.slice(0, 2000);
    await openSessions(server, spread);
    const crowd = await inTurns(rounds, {
      few: () => load(server, all.slice(0, connections)),
      many: () => load(server, spread),
    });
    const few = summaryOf(crowd.few);
    const many = summaryOf(crowd.many);
    return {
      tenants,
      sessions: all.length,
      spreadOver: spread.length,
      few,
      many,
      ratio: compared(crowd.many, crowd.few, (round, base) => round.perSecond / base.perSecond),
      rss: server.rss(),
    };
  }
}

/** The one machine on a database has used all sessions. */
async function leaseAll(database: string): Promise<void> {
  const { statements, close } = openDatabase({ url: `file:${join(directory, database)}` });
  const taking =
    "INSERT INTO session_leases (session_id, holder, since) SELECT sessions.id, machines.id, 0 FROM sessions, machines";
  // It may not have registered yet.
  while ((await statements.execute(taking)).rowsAffected === 0) await Bun.sleep(50);
  await close();
}

/** Stops the server at the end of the bench. */
async function kept(starting: Promise<Server>): Promise<Server> {
  const server = await starting;
  servers.push(server);
  return server;
}

function atLeast(name: keyof typeof values, low: number): number {
  const value = Number(values[name]);
  if (Number.isFinite(value) && value >= low) return value;
  console.error(`--${name} must be a number of ${low} or more`);
  process.exit(1);
}
