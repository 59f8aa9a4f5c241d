import { appendFileSync } from "node:fs";
import { join } from "node:path";
import type { FaultProxy } from "../support/fault-proxy.ts";
import type { FlyMachines } from "../support/fly-machines.ts";
import {
  type Environment,
  type RunningProcess,
  SECRETS,
  startProcess,
} from "../support/process.ts";
import { project } from "../support/source.ts";

export interface MachineOptions {
  id: string;
  region: string;
  /** Its own way to the database, which alone can fail. */
  database: FaultProxy;
  /** Whether it reads from a copy of the database beside it. */
  isReplica?: boolean;
  /** Where Instagram is for this machine. */
  upstream: string;
  /** The proxy that sends it requests. */
  fly: FlyMachines;
  /** For its files and its log. */
  directory: string;
  env?: Environment;
}

/** Fly's restart policy `on-failure` tries no more often. */
const MOST_STARTS = 10;

/** One machine of the app: a process of the service, started and ended again and again. */
export class Machine {
  readonly id: string;
  readonly region: string;
  readonly database: FaultProxy;
  /** When it was killed and was gone, on performance.now(). */
  readonly kills: { from: number; until: number }[] = [];
  /** The directory of the code that it starts with. */
  root = project;
  #running: RunningProcess | null = null;

  constructor(private readonly options: MachineOptions) {
    this.id = options.id;
    this.region = options.region;
    this.database = options.database;
  }

  get logFile(): string {
    return join(this.options.directory, `${this.id}.log`);
  }

  /** Starts the service; resolves when it listens. One that cannot start is started again, as on Fly. */
  async start(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#startOnce();
      } catch (error) {
        if (attempt === MOST_STARTS) throw error;
        await Bun.sleep(1_000);
      }
    }
  }

  async #startOnce(): Promise<void> {
    const { id, region, database, upstream, fly, directory, env, isReplica = false } = this.options;
    const variables = {
      ...SECRETS,
      PORT: "0",
      HOST: "127.0.0.1",
      ...(isReplica
        ? { DATABASE_URL: `file:${join(directory, id)}.db`, DATABASE_SYNC_URL: database.url }
        : { DATABASE_URL: database.url }),
      FLY_MACHINE_ID: id,
      FLY_REGION: region,
      FLY_APP_NAME: "gramway",
      UPSTREAM_URL: upstream,
      PROXY_CHECK_URL: "off",
      UPLOAD_DIR: join(directory, `uploads-${id}`),
      URL_ALLOW_HOSTS: "127.0.0.1",
      KEY_REQUESTS_PER_SECOND: "100000",
      LOG_LEVEL: "info",
      ...env,
    };
    const running = startProcess([join(this.root, "src", "main.ts")], variables, this.root);
    this.#running = running;
    void running.ended().then((code) => this.#keepLog(running, code));
    const [, port = ""] = await running.printed(/listens on http:\/\/[^:\s]+:(\d+)/);
    fly.set(id, region, Number(port));
  }

  /** Ends it as Fly does, with a signal; resolves with the exit code. */
  async stop(): Promise<number> {
    const running = this.#take();
    running?.kill("SIGTERM");
    const code = (await running?.ended()) ?? 0;
    return code;
  }

  async kill(): Promise<void> {
    const kill = { from: performance.now(), until: Number.POSITIVE_INFINITY };
    this.kills.push(kill);
    const running = this.#take();
    running?.kill("SIGKILL");
    await running?.ended();
    kill.until = performance.now();
  }

  freeze(): void {
    this.#running?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#running?.kill("SIGCONT");
  }

  #take(): RunningProcess | null {
    const running = this.#running;
    this.#running = null;
    return running;
  }

  #keepLog(running: RunningProcess, code: number): void {
    try {
      appendFileSync(this.logFile, `${running.out()}${running.err()}\n-- ended with ${code} --\n`);
    } catch {
      // The directory is gone with the run.
    }
  }
}
