import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { join } from "node:path";
import type { Caller } from "./population.ts";
import { type Server, startServer } from "./processes.ts";
import { compared, median } from "./report.ts";

/** What downloads cost, beside a bare server that pipes the same file. */
export interface DownloadReport {
  megabytes: number;
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
  megabytes: number;
  /** Starts the gateway with this in Instagram's place, and makes a caller of it. */
  startGateway: (upstream: string) => Promise<{ gateway: Server; caller: Caller }>;
}

/** Where the file is said to be: on a host of Instagram's, in whose place the source answers. */
const FILE_URL = "https://scontent.cdninstagram.com/o1/v/t16/bench.mp4";
const MB = 1024 * 1024;

/** Downloads one file from the floor and from the gateway in turn. */
export async function measureDownloads(options: DownloadOptions): Promise<DownloadReport> {
  const { directory, rounds, megabytes, startGateway } = options;
  const file = join(directory, "bench.mp4");
  await Bun.write(file, Buffer.concat(Array<Buffer>(megabytes).fill(randomBytes(MB))));
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
    const { gateway, caller } = await startGateway(source.url);
    servers.push(gateway);
    const path = `/video/download/by/url?url=${encodeURIComponent(FILE_URL)}`;
    const headers = `X-API-Key: ${caller.key}\r\nX-Session-ID: ${caller.session}\r\n`;
    const fromGateway = (stallMs = 0) => download(gateway, path, headers, megabytes, stallMs);
    const costOf = async (server: Server, work: () => Promise<number>): Promise<Cost> => {
      const before = server.cpu();
      return { perSecond: await work(), cpu: server.cpu() - before };
    };

    const costs = { floor: [] as Cost[], gateway: [] as Cost[] };
    // The first round warms both up.
    for (let round = 0; round <= rounds; round++) {
      costs.floor.push(await costOf(floor, () => download(floor, "/", "", megabytes)));
      costs.gateway.push(await costOf(gateway, fromGateway));
    }
    const [bare, ours] = [costs.floor.slice(1), costs.gateway.slice(1)];
    const medians = (of: Cost[]): Cost => ({
      perSecond: median(of.map(({ perSecond }) => perSecond)),
      cpu: median(of.map(({ cpu }) => cpu)),
    });
    return {
      megabytes,
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
function download(
  { port }: Server,
  path: string,
  headers: string,
  megabytes: number,
  stallMs = 0,
): Promise<number> {
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
    if (!hasStalled && received > (megabytes * MB) / 2) {
      hasStalled = true;
      socket.pause();
      setTimeout(() => socket.resume(), stallMs);
    }
    // Both answer in chunks, and the last one is empty.
    if (received > megabytes * MB && bytes.toString("latin1", bytes.length - 5) === "0\r\n\r\n")
      socket.end(() => resolve(megabytes / ((performance.now() - started - stallMs) / 1000)));
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
