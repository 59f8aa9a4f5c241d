import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Database, openDatabase } from "../../src/db/connection.ts";
import { migrate } from "../../src/db/migrate.ts";
import { temporaryDirectory } from "./directory.ts";
import { startHranaServer } from "./hrana-server.ts";
import { hasLibsqlServer, startLibsqlServer } from "./libsql-server.ts";

export interface Storage {
  db: Database;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The ways a database is reached; what stores promise holds for each of them. */
export const storages: [name: string, open: () => Promise<Storage>][] = [
  ["in memory", openMemory],
  ["in a file", openFile],
  ["over HTTP", openRemote],
];

/** The same, and the server that Turso runs, which takes a moment for each. */
export const allStorages: typeof storages = [
  ...storages,
  ...(hasLibsqlServer || process.env.CI
    ? ([["on libSQL", openLibsql]] satisfies typeof storages)
    : []),
];

export async function openMemory(): Promise<Storage> {
  const db = openDatabase({ url: ":memory:" });
  await migrate(db);
  return { db, [Symbol.asyncDispose]: () => db.close() };
}

async function openFile(): Promise<Storage> {
  const directory = temporaryDirectory();
  const db = openDatabase({ url: `file:${directory.path}/data/gramway.db` });
  await migrate(db);
  return {
    db,
    async [Symbol.asyncDispose]() {
      await db.close();
      directory[Symbol.dispose]();
    },
  };
}

export async function openRemote(): Promise<Storage> {
  const server = startHranaServer({ token: "t0ken" });
  const db = openDatabase({ url: server.url, authToken: "t0ken" });
  await migrate(db);
  return {
    db,
    async [Symbol.asyncDispose]() {
      await db.close();
      await server.stop();
    },
  };
}

async function openLibsql(): Promise<Storage> {
  const server = await startLibsqlServer();
  const db = openDatabase({ url: server.url });
  await migrate(db);
  return {
    db,
    async [Symbol.asyncDispose]() {
      await db.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

export interface Child {
  /** Resolves when the child has printed the line; rejects when it ends first. */
  line(text: string): Promise<void>;
  /** All lines until its end; rejects when it fails. */
  end(): Promise<string[]>;
  /** Tells it to go on. */
  proceed(): void;
  kill(): Promise<void>;
}

/** Runs a script of `test/db/children` in a process of its own. */
export function startChild(
  script: string,
  args: string[],
  { user }: { user?: number } = {},
): Child {
  const command = [process.execPath, join(import.meta.dir, "../db/children", script), ...args];
  const process_ = Bun.spawn(
    user === undefined
      ? command
      : ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups", ...command],
    { stdin: "pipe", stdout: "pipe", stderr: "inherit" },
  );
  const lines: string[] = [];
  let ended = false;
  let wake = Promise.withResolvers<void>();
  const reading = (async () => {
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of process_.stdout) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = parts.pop() ?? "";
      lines.push(...parts);
      wake.resolve();
      wake = Promise.withResolvers();
    }
    ended = true;
    wake.resolve();
  })();
  return {
    async line(text) {
      while (!lines.includes(text)) {
        if (ended)
          throw new Error(`${script} ended without printing ${text}: ${lines.join(" | ")}`);
        await wake.promise;
      }
    },
    async end() {
      await reading;
      const code = await process_.exited;
      if (code !== 0) throw new Error(`${script} exited with ${code}: ${lines.join(" | ")}`);
      return lines;
    },
    proceed() {
      process_.stdin.write("go\n");
      process_.stdin.flush();
    },
    async kill() {
      process_.kill("SIGKILL");
      await process_.exited;
    },
  };
}

/** An unprivileged user to run a child as: root may write everything. Null when there is no way. */
export function unprivilegedUser(): number | null {
  if (process.getuid?.() !== 0) return process.getuid?.() ?? null;
  return existsSync("/usr/bin/setpriv") ? 65_534 : null;
}
