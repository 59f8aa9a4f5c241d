import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LoadPlan, LoadResult } from "./load.ts";

const PROJECT = join(import.meta.dir, "..");

/** A server in its own process. Its output goes to a file. */
export interface Server {
  url: string;
  port: number;
  /** Current resident memory, in MB. */
  rss(): number;
  /** Processor time used since the start, in ms. */
  cpu(): number;
  stop(): Promise<void>;
}

export interface ServerOptions {
  name: string;
  script: string;
  args?: string[];
  env?: Record<string, string>;
  directory: string;
  /** Path that is polled until it answers 2xx. */
  readyPath?: string;
}

const START_LIMIT_MS = 20_000;
const LISTENING = /https?:\/\/[\w.-]+:(\d+)/;

/** Starts a server and resolves when it is ready. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { name, script, args = [], env = {}, directory, readyPath } = options;
  const output = join(directory, `${name}-${crypto.randomUUID().slice(0, 8)}.log`);
  const file = openSync(output, "w");
  const child = Bun.spawn([process.execPath, script, ...args], {
    cwd: PROJECT,
    // As `bun start` and the image set it, for all alike.
    env: {
      MIMALLOC_PURGE_DELAY: "2000",
      PATH: process.env.PATH ?? "",
      HOME: process.env.HOME ?? directory,
      ...env,
    },
    stdin: "ignore",
    stdout: file,
    stderr: file,
  });
  closeSync(file);
  const until = Date.now() + START_LIMIT_MS;
  const printed = (): string => readFileSync(output, "utf8");
  const failed = (): boolean => child.exitCode !== null || Date.now() > until;
  let port = Number(env.PORT ?? 0);
  while (port === 0) {
    port = Number(LISTENING.exec(printed())?.[1] ?? 0);
    if (port === 0 && failed()) throw new Error(`${name} did not start:\n${printed()}`);
    if (port === 0) await Bun.sleep(2);
  }
  const url = `http://127.0.0.1:${port}`;
  while (readyPath && !(await answers(url + readyPath))) {
    if (failed()) throw new Error(`${name} did not get ready:\n${printed()}`);
    await Bun.sleep(2);
  }
  return {
    url,
    port,
    rss: () => residentMegabytes(child.pid),
    cpu: () => processorMilliseconds(child.pid),
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}

const TICK_MS = 10;

function processorMilliseconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in parentheses may contain blanks. User and system time are fields 12 and 13 after it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Runs the load generator once. */
export async function runLoad(plan: LoadPlan, directory: string): Promise<LoadResult> {
  const file = join(directory, "plan.json");
  await Bun.write(file, JSON.stringify(plan));
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "load.ts"), file], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const printed = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error("the load generator failed");
  return JSON.parse(printed);
}
