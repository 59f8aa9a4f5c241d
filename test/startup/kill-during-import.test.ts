import { afterAll, expect, test } from "bun:test";
import { temporaryDirectory } from "../support/directory.ts";
import { startGateway } from "../support/gateway.ts";
import { settingsOf } from "../support/imports.ts";
import { LONG_MS, productionEnvironment } from "../support/process.ts";

const directory = temporaryDirectory();
afterAll(() => directory.remove());

/** Lines without an end: each is another account's. */
function endlessLines(): ReadableStream<Uint8Array> {
  let pk = 5_500_000_000;
  return new ReadableStream({
    pull(controller) {
      const lines = Array.from({ length: 20 }, () => JSON.stringify(settingsOf(String(++pk))));
      controller.enqueue(Buffer.from(`${lines.join("\n")}\n`));
    },
  });
}

test(
  "after a SIGKILL in the middle of an import each session that was told of is there, and a repetition doubles none",
  async () => {
    const environment = productionEnvironment(directory.path);
    const first = await startGateway(environment);
    const key = await first.createKey("test");
    const response = await fetch(`${first.url}/sessions/import`, {
      method: "POST",
      body: endlessLines(),
      headers: { "X-API-Key": key, Accept: "application/x-ndjson" },
    });
    let text = "";
    try {
      for await (const piece of response.body ?? []) {
        text += Buffer.from(piece).toString();
        if (text.split("\n").length > 300) first.kill("SIGKILL");
      }
    } catch {
      // The connection has ended with the process.
    }
    await first.ended();
    const told = text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
    expect(told.length).toBeGreaterThanOrEqual(300);

    const second = await startGateway(environment);
    const stored = new Map<string, string>();
    for (let cursor = ""; ; ) {
      const query = new URLSearchParams({ limit: "100", ...(cursor === "" ? {} : { cursor }) });
      const { body } = await second.request("GET", `/sessions?${query}`, { key });
      for (const { id, user_pk } of body.items) stored.set(id, user_pk);
      if (body.next_cursor === "") break;
      cursor = body.next_cursor;
    }
    for (const { line, outcome, session_id } of told) {
      expect(outcome).toBe("created");
      expect(stored.get(session_id), `line ${line}`).toBe(String(5_500_000_000 + line));
    }
    const again = await second.request("POST", "/sessions/import", {
      key,
      body: told
        .map(({ line }) => JSON.stringify(settingsOf(String(5_500_000_000 + line))))
        .join("\n"),
    });
    expect(again.body).toMatchObject({ created: 0, unchanged: told.length, failed: 0 });
    expect(await second.stop()).toBe(0);
  },
  LONG_MS,
);
