import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mp4, photo } from "../test/support/media-files.ts";
import { type Caller, populate } from "./population.ts";
import { type Server, startServer } from "./processes.ts";
import { record } from "./record.ts";
import { median } from "./report.ts";
import type { UploadPlan, UploadResult } from "./upload-load.ts";

const MB = 1024 * 1024;

/** Medians of the rounds. */
export interface UploadTarget {
  /** Megabytes a second, of all uploads together. */
  perSecond: number;
  /** Processor time of the server for each megabyte, in ms. */
  cpu: number;
}

export interface UploadReport {
  floor: UploadTarget;
  gateway: UploadTarget;
  /** Throughput of the gateway divided by that of the floor, and the inverse for processor time. */
  ratio: number;
  cpuRatio: number;
  /** Resident memory of the gateway, in MB. */
  rss: {
    before: number;
    oneLarge: number;
    manyAtOnce: number;
    sandboxBefore: number;
    sandboxManyAtOnce: number;
  };
}

export interface UploadOptions {
  directory: string;
  rounds: number;
}

/** Uploads of a round, in MB, and how many run at a time. */
const ROUND_MB = 50;
const ROUND_UPLOADS = 4;
const LARGE_MB = 200;
const MANY = 20;
const ONE = [1, 1] as const;

/**
 * `bun bench/uploads.ts`, and part of `bun run bench`: measures uploads of videos (`POST /video/upload`) through the gateway: their throughput against a
 * bare server that pipes the same bodies to the same sink, and the memory that they take, also in
 * the sandbox, whose Instagram runs in the same process.
 */
export async function measureUploads(options: UploadOptions): Promise<UploadReport> {
  const { directory, rounds } = options;
  await using servers = new AsyncDisposableStack();
  const started = async (server: Promise<Server>): Promise<Server> => {
    const running = await server;
    servers.defer(() => running.stop());
    return running;
  };
  const script = join(import.meta.dir, "upload-peers.ts");
  const sink = await started(startServer({ name: "sink", script, args: ["sink"], directory }));
  const floor = await started(
    startServer({ name: "upload-floor", script, args: ["floor", sink.url], directory }),
  );
  const emulator = await started(
    startServer({
      name: "upload-emulator",
      script: "src/emulator-server.ts",
      env: { EMULATOR_PORT: "0" },
      directory,
    }),
  );
  const { settings } = await record({
    emulatorUrl: emulator.url,
    path: "/account",
    adminToken: ADMIN_TOKEN,
    startGateway: (upstream) => startGateway(directory, "uploads.db", { UPSTREAM_URL: upstream }),
  });
  const gateway = await started(startGateway(directory, "uploads.db", { UPSTREAM_URL: sink.url }));
  const live = await populate({
    databaseUrl: `file:${join(directory, "uploads.db")}`,
    encryptionKey: KEY,
    tenants: 1,
    sessionsPerTenant: MANY,
    settings,
  });

  const upload = async (
    server: Server,
    callers: readonly Caller[],
    megabytes: number,
    [uploads, atATime]: readonly [uploads: number, atATime: number],
  ): Promise<UploadResult> => {
    const body = await bodyOf(directory, megabytes);
    const heads = callers.map((caller) => headOf(caller, body.length));
    return load(directory, { port: server.port, heads, bodyFile: body.file, uploads, atATime });
  };
  const round = async (server: Server): Promise<UploadTarget> => {
    const cpu = server.cpu();
    const { milliseconds } = await upload(server, live, ROUND_MB, [
      2 * ROUND_UPLOADS,
      ROUND_UPLOADS,
    ]);
    const megabytes = ROUND_MB * 2 * ROUND_UPLOADS;
    return {
      perSecond: (megabytes / milliseconds) * 1000,
      cpu: (server.cpu() - cpu) / megabytes,
    };
  };

  // Loads what the first upload loads.
  await upload(gateway, live, 1, ONE);
  const before = gateway.rss();
  const large = await mostMemory(gateway, () => upload(gateway, live, LARGE_MB, ONE));
  const results: Record<"floor" | "gateway", UploadTarget[]> = { floor: [], gateway: [] };
  for (let n = 0; n < rounds; n++) {
    results.floor.push(await round(floor));
    results.gateway.push(await round(gateway));
  }
  const many = await mostMemory(gateway, () => upload(gateway, live, ROUND_MB, [MANY, MANY]));
  const sandbox = await sandboxMemory(directory);
  const of = (pick: (target: UploadTarget) => number, name: "floor" | "gateway"): number =>
    median(results[name].map(pick));
  const ratios = results.gateway.map(
    (one, n) => one.perSecond / (results.floor[n]?.perSecond ?? 1),
  );
  const cpuRatios = results.gateway.map((one, n) => (results.floor[n]?.cpu ?? 1) / one.cpu);
  return {
    floor: { perSecond: of((one) => one.perSecond, "floor"), cpu: of((one) => one.cpu, "floor") },
    gateway: {
      perSecond: of((one) => one.perSecond, "gateway"),
      cpu: of((one) => one.cpu, "gateway"),
    },
    ratio: median(ratios),
    cpuRatio: median(cpuRatios),
    rss: {
      before,
      oneLarge: large,
      manyAtOnce: many,
      sandboxBefore: sandbox.before,
      sandboxManyAtOnce: sandbox.most,
    },
  };

  /** In the sandbox the emulator keeps the uploads in the same process. */
  async function sandboxMemory(at: string): Promise<{ before: number; most: number }> {
    const server = await started(startGateway(at, "upload-sandbox.db", {}));
    const callers = await sandboxCallers(server);
    await upload(server, callers, 1, ONE);
    const before = server.rss();
    const most = await mostMemory(server, () => upload(server, callers, ROUND_MB, [MANY, MANY]));
    return { before, most };
  }
}

/** The encryption key of its database. */
export const KEY = randomBytes(32).toString("hex");
const ADMIN_TOKEN = randomBytes(24).toString("hex");

/** A gateway with a database of its own. */
export const startGateway = (directory: string, database: string, env: Record<string, string>) =>
  startServer({
    name: database,
    script: "src/start.ts",
    directory,
    readyPath: "/ready",
    env: {
      NODE_ENV: "production",
      HOST: "127.0.0.1",
      PORT: "0",
      ENCRYPTION_KEYS: KEY,
      ADMIN_TOKEN,
      DATABASE_URL: `file:${join(directory, database)}`,
      UPLOAD_DIR: join(directory, `${database}-uploads`),
      ...env,
    },
  });

/** A test key with sessions of the sandbox. */
async function sandboxCallers({ url }: Server): Promise<Caller[]> {
  const ask = async (path: string, headers: Record<string, string>, body: object) => {
    const answer = await fetch(url + path, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const admin = { Authorization: `Bearer ${ADMIN_TOKEN}` };
  const tenant = await ask("/admin/tenants", admin, { name: "Sandbox" });
  const keys = `/admin/tenants/${tenant.id}/keys`;
  const { key } = await ask(keys, admin, { name: "k", mode: "test" });
  const account = { username: "sandbox", password: "sandbox", new_session: true };
  const callers: Caller[] = [];
  for (let n = 0; n < MANY; n++)
    callers.push({ key, session: await ask("/auth/login", { "X-API-Key": key }, account) });
  return callers;
}

const BOUNDARY = "a-boundary-of-the-bench";

/** Writes the body of a request that uploads a video of this size. */
async function bodyOf(
  directory: string,
  megabytes: number,
): Promise<{ file: string; length: number }> {
  const file = join(directory, `upload-${megabytes}.body`);
  if (await Bun.file(file).exists()) return { file, length: Bun.file(file).size };
  const part = (field: string, type: string, bytes: Uint8Array): Buffer[] => [
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${field}"; filename="a"\r\nContent-Type: ${type}\r\n\r\n`,
    ),
    Buffer.from(bytes),
    Buffer.from("\r\n"),
  ];
  const body = Buffer.concat([
    Buffer.from(
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="caption"\r\n\r\nmeasured\r\n`,
    ),
    ...part("file", "video/mp4", await mp4({ length: megabytes * MB })),
    ...part("thumbnail", "image/jpeg", await photo(360, 640)),
    Buffer.from(`--${BOUNDARY}--\r\n`),
  ]);
  await Bun.write(file, body);
  return { file, length: body.length };
}

const headOf = ({ key, session }: Caller, length: number): string =>
  [
    "POST /video/upload HTTP/1.1",
    "Host: localhost",
    `X-API-Key: ${key}`,
    `X-Session-ID: ${session}`,
    `Content-Type: multipart/form-data; boundary=${BOUNDARY}`,
    `Content-Length: ${length}`,
    "",
    "",
  ].join("\r\n");

async function load(directory: string, plan: UploadPlan): Promise<UploadResult> {
  const file = join(directory, "upload-plan.json");
  await Bun.write(file, JSON.stringify(plan));
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "upload-load.ts"), file], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const result: UploadResult = JSON.parse(await new Response(child.stdout).text());
  if (result.failure !== "") throw new Error(`an upload failed:\n${result.failure}`);
  return result;
}

/** The most memory that a server takes during some work, in MB. */
async function mostMemory(server: Server, work: () => Promise<unknown>): Promise<number> {
  let most = server.rss();
  const timer = setInterval(() => {
    most = Math.max(most, server.rss());
  }, 10);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return most;
}

export function printUploads({ floor, gateway, ratio, cpuRatio, rss }: UploadReport): void {
  const mb = (value: number): string => `${value.toFixed(0)} MB`;
  const line = (name: string, { perSecond, cpu }: UploadTarget): void =>
    console.log(`${name.padEnd(24)}${mb(perSecond)}/s   ${cpu.toFixed(2)} ms of CPU for each MB`);
  const aim = (name: string, value: string, isReached: boolean, wanted: string): void =>
    console.log(
      `${name.padEnd(24)}${value.padEnd(12)}${isReached ? "reached" : "missed"} (${wanted})`,
    );
  console.log(`\nUploads of ${ROUND_MB} MB, ${ROUND_UPLOADS} at a time`);
  line("floor (pipes)", floor);
  line("gateway", gateway);
  aim("throughput, ratio", ratio.toFixed(3), ratio >= 0.7, "≥ 0.70");
  console.log(`${"processor time, ratio".padEnd(24)}${cpuRatio.toFixed(3)}`);
  const extra = rss.oneLarge - rss.before;
  aim(`memory for ${LARGE_MB} MB`, mb(extra), extra < 30, "< 30 MB");
  aim(`memory, ${MANY} at once`, mb(rss.manyAtOnce), rss.manyAtOnce < 400, "< 400 MB");
  aim(
    "the same in the sandbox",
    mb(rss.sandboxManyAtOnce),
    rss.sandboxManyAtOnce < 400,
    "< 400 MB",
  );
}

if (import.meta.main) {
  const directory = mkdtempSync(join(tmpdir(), "gramway-bench-"));
  try {
    printUploads(await measureUploads({ directory, rounds: 5 }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
