import { chmodSync, existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { createClient } from "@libsql/client";
import { OperatorError } from "../problems/operator-error.ts";
import type { DatabaseOptions } from "./connection.ts";
import { urlOf } from "./replica/copy-files.ts";

/** The copy was not made. The message is one line. */
export class BackupFailed extends OperatorError {}

/** Who uses what at the moment: of no use in a copy, and in its way when the copy is put to use. */
const OF_THE_MOMENT = ["session_leases", "machines"];

/**
 * Writes the whole database into one new SQLite file, as it is at one instant, while the service goes
 * on: from a file, or over the network from a remote database. Throws BackupFailed.
 */
export async function backUp(
  { url, authToken }: Pick<DatabaseOptions, "url" | "authToken">,
  path: string,
): Promise<void> {
  if (existsSync(path)) throw new BackupFailed(`${path} is already there: name a new file`);
  const isFile = url.startsWith("file:") && !url.startsWith("file::memory:");
  if (url === ":memory:" || url.startsWith("file::memory:"))
    throw new BackupFailed("DATABASE_URL is in memory: there is nothing to copy");
  try {
    if (isFile) await copyInto(url, path);
    else await copyRemote(url, authToken, path);
    await finish(path);
  } catch (error) {
    rmSync(path, { force: true });
    removeBeside(path);
    throw new BackupFailed(`the database could not be copied: ${reasonOf(error)}`);
  }
}

/** The first line of an error, without URLs: they may hold a token. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? (error.message.split("\n")[0] ?? "") : "").replaceAll(
    /\w{1,20}:\/\/\S+/g,
    "…",
  );

/** Follows the remote database into a file of the moment, in the directory of the copy. */
async function copyRemote(
  syncUrl: string,
  authToken: string | undefined,
  path: string,
): Promise<void> {
  const directory = mkdtempSync(join(dirname(path), ".gramway-backup-"));
  try {
    const local = urlOf(join(directory, "copy.db"));
    const remote = createClient({ url: local, syncUrl, ...(authToken ? { authToken } : {}) });
    try {
      await remote.sync();
    } finally {
      remote.close();
    }
    await copyInto(local, path);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function copyInto(url: string, path: string): Promise<void> {
  const client = createClient({ url, concurrency: 1 });
  try {
    await client.execute("PRAGMA busy_timeout = 10000");
    await client.execute({ sql: "VACUUM INTO ?", args: [path] });
  } finally {
    client.close();
  }
}

/** Turso imports only files in the mode WAL. */
async function finish(path: string): Promise<void> {
  chmodSync(path, 0o600);
  const client = createClient({ url: urlOf(path), concurrency: 1 });
  try {
    const { rows } = await client.execute("SELECT name FROM sqlite_master WHERE type = 'table'");
    const tables = new Set(rows.map(({ name }) => String(name)));
    for (const table of OF_THE_MOMENT)
      if (tables.has(table)) await client.execute(`DELETE FROM ${table}`);
    await client.execute("PRAGMA journal_mode = WAL");
    await client.execute("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    client.close();
  }
  // libSQL leaves them, empty, until its statements are freed.
  if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0)
    throw new Error("its log could not be moved into it");
  removeBeside(path);
}

function removeBeside(path: string): void {
  for (const suffix of ["-wal", "-shm", "-journal"]) rmSync(path + suffix, { force: true });
}
