import { parentPort } from "node:worker_threads";
import { type Client, createClient } from "@libsql/client";
import { urlOf } from "./copy-files.ts";
import type { CopyRequest, CopyResponse } from "./syncer.ts";

/*
 * The thread in which libSQL follows the primary. Its calls work synchronously: a sync holds its thread
 * for as long as the network takes.
 */

let following: Client | null = null;

parentPort?.on("message", async (data: CopyRequest) => {
  let answer: CopyResponse;
  try {
    await run(data);
    answer = { id: data.id, error: null };
  } catch (error) {
    answer = { id: data.id, error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(answer);
});

async function run(request: CopyRequest): Promise<void> {
  switch (request.task) {
    case "check":
      return check(request.path);
    case "open":
      following?.close();
      following = null;
      following = createClient({
        url: urlOf(request.path),
        syncUrl: request.syncUrl,
        authToken: request.authToken,
      });
      return;
    case "sync":
      if (following === null) throw new Error("no copy is open");
      await following.sync();
      return;
    case "close":
      following?.close();
      following = null;
  }
}

/** Throws when the structure of the file is damaged. */
async function check(path: string): Promise<void> {
  const client = createClient({ url: urlOf(path), concurrency: 1 });
  try {
    const { rows } = await client.execute("PRAGMA quick_check(1)");
    const finding = String(rows[0]?.[0]);
    if (finding !== "ok") throw new Error(finding);
  } finally {
    client.close();
  }
}
