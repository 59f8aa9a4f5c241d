import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { populate } from "./population.ts";
import { type Server, startServer } from "./processes.ts";
import { compared, median } from "./report.ts";
import { KEY, startGateway } from "./uploads.ts";

/** What downloads cost, beside a bare server that pipes the same file. */
export interface DownloadReport {
  /** Medians: megabytes a second, and milliseconds of the server's processor for each download. */
  floor: Cost;
  gateway: Cost;
  /** Of the megabytes a second, in the same round. */
  ratio: number;
  /** Processor time of the floor, divided by that of the gateway. */
  cpuRatio: number;
  /** How much more memory the gateway takes at most during one download, in MB. */
  extraMemory: number;
  /** The same for a reader that stops in the middle for a while. */
  extraMemoryWhileStalled: number;
}

interface Cost {
  perSecond: number;
  cpu: number;
}

export interface DownloadOptions {
  directory: string;
  rounds: number;
}

/** Where the file is said to be: on a host of Instagram's, in whose place the source answers. */
const FILE_URL = "https://scontent.cdninstagram.com/o1/v/t16/bench.mp4";
const MB = 1024 * 1024;
const MEGABYTES = 200;
/** A login, with which nothing but files is asked for. */
const LOGIN = { ds_user_id: "25025320", sessionid: "25025320%3Abench%3A1" };

/** Downloads one file from the floor and from the gateway in turn. */
export async function measureDownloads(options: DownloadOptions): Promise<DownloadReport> {
  const { directory, rounds } = options;
  const file = join(directory, "bench.mp4");
  await Bun.write(file, Buffer.concat(Array<Buffer>(MEGABYTES).fill(randomBytes(MB))));
  const script = join(import.meta.dir, "file-servers.ts");
  const servers: Server[] = [];
  const start = async (name: string, target: string): Promise<Server> => {
    const server = await startServer({ name, script, args: [name, target], directory });
    servers.push(server);
    return server;
  };
  try {
    const source = await start("source", file);
    const floor = await start("floor", `${source.url}/bench.mp4`);
    const gateway = await startGateway(directory, "downloads.db", { UPSTREAM_URL: source.url });
    servers.push(gateway);
    const [caller] = await populate({
      databaseUrl: `file:${join(directory, "downloads.db")}`,
      encryptionKey: KEY,
      tenants: 1,
      sessionsPerTenant: 1,
      settings: JSON.stringify({ authorization_data: LOGIN }),
    });
    if (!caller) throw new Error("there is no caller");
    const path = `/video/download/by/url?url=${encodeURIComponent(FILE_URL)}`;
    const headers = `X-API-Key: ${caller.key}\r\nX-Session-ID: ${caller.session}\r\n`;
    const fromGateway = (stallMs = 0) => download(gateway, path, headers, stallMs);
    const costOf = async (server: Server, work: () => Promise<number>): Promise<Cost> => {
      const before = server.cpu();
      return { perSecond: await work(), cpu: server.cpu() - before };
    };

    const costs = { floor: [] as Cost[], gateway: [] as Cost[] };
    // The first round warms both up.
    for (let round = 0; round <= rounds; round++) {
      costs.floor.push(await costOf(floor, () => download(floor, "/", "")));
      costs.gateway.push(await costOf(gateway, fromGateway));
    }
    const [bare, ours] = [costs.floor.slice(1), costs.gateway.slice(1)];
    const medians = (of: Cost[]): Cost => ({
      perSecond: median(of.map(({ perSecond }) => perSecond)),
      cpu: median(of.map(({ cpu }) => cpu)),
    });
    return {
      floor: medians(bare),
      gateway: medians(ours),
      ratio: compared(ours, bare, (one, floor) => one.perSecond / floor.perSecond),
      cpuRatio: compared(ours, bare, (one, floor) => floor.cpu / one.cpu),
      extraMemory: await extraMemory(gateway, () => fromGateway()),
      extraMemoryWhileStalled: await extraMemory(gateway, () => fromGateway(1_500)),
    };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** Megabytes a second. A raw socket reads, as it costs the least time of the processors. */
function download({ port }: Server, path: string, headers: string, stallMs = 0): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const started = performance.now();
  let received = 0;
  let hasStalled = stallMs === 0;
  const socket = connect(port, "127.0.0.1", () =>
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`),
  );
  socket.on("data", (bytes) => {
    if (received === 0 && !bytes.toString("latin1", 0, 12).endsWith("200"))
      reject(new Error(bytes.toString("latin1", 0, 500)));
    received += bytes.length;
    if (!hasStalled && received > (MEGABYTES * MB) / 2) {
      hasStalled = true;
      socket.pause();
      setTimeout(() => socket.resume(), stallMs);
    }
    // Both answer in chunks, and the last one is empty.
    if (received > MEGABYTES * MB && bytes.toString("latin1", bytes.length - 5) === "0\r\n\r\n")
      socket.end(() => resolve(MEGABYTES / ((performance.now() - started - stallMs) / 1000)));
  });
  socket.on("error", reject).on("close", () => reject(new Error("the download broke off")));
  return promise;
}

async function extraMemory(server: Server, work: () => Promise<unknown>): Promise<number> {
  await Bun.sleep(2_500);
  const before = server.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, server.rss());
  }, 5);
  await work();
  clearInterval(timer);
  return most - before;
}

export function printDownloads(report: DownloadReport): void {
  const { floor, gateway, ratio, cpuRatio, extraMemory, extraMemoryWhileStalled } = report;
  const line = (name: string, { perSecond, cpu }: Cost): void =>
    console.log(
      `${name.padEnd(24)}${perSecond.toFixed(0)} MB/s   ${(cpu / MEGABYTES).toFixed(2)} ms of CPU for each MB`,
    );
  const aim = (name: string, value: string, isReached: boolean, wanted: string): void =>
    console.log(
      `${name.padEnd(24)}${value.padEnd(12)}${isReached ? "reached" : "missed"} (${wanted})`,
    );
  const memory = (name: string, value: number): void =>
    aim(name, `${value.toFixed(0)} MB`, value < 30, "< 30 MB");
  console.log(`\nDownloads of ${MEGABYTES} MB, one at a time`);
  line("floor (pipes)", floor);
  line("gateway", gateway);
  aim("throughput, ratio", ratio.toFixed(3), ratio >= 0.8, "≥ 0.80");
  console.log(`${"processor time, ratio".padEnd(24)}${cpuRatio.toFixed(3)}`);
  memory("memory for one", extraMemory);
  memory("and a stalled reader", extraMemoryWhileStalled);
}

/** `bun bench/downloads.ts`: the downloads alone. */
if (import.meta.main) {
  const directory = mkdtempSync(join(tmpdir(), "gramway-downloads-"));
  try {
    printDownloads(await measureDownloads({ directory, rounds: 5 }));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
