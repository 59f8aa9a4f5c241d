import { expect, test } from "bun:test";
import { join } from "node:path";
import { APP_HEADERS } from "./client.ts";

const program = join(import.meta.dir, "../../src/emulator-server.ts");

function start(env: Record<string, string>) {
  return Bun.spawn([process.execPath, program], {
    env: { ...process.env, HOST: "", ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
}

/** What the program printed until its start was complete. */
async function banner(running: ReturnType<typeof start>): Promise<string> {
  let text = "";
  for await (const chunk of running.stdout) {
    text += new TextDecoder().decode(chunk);
    if (text.includes("sandbox_private")) break;
  }
  return text;
}

test.each(["SIGTERM", "SIGINT"] as const)("serves until %s", async (signal) => {
  const running = start({ EMULATOR_PORT: "0" });
  const text = await banner(running);
  const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(text)?.[0] ?? "";
  expect(text).toContain("sandbox / sandbox");
  const answer = await fetch(`${url}api/v1/launcher/sync/`, {
    method: "POST",
    headers: { ...APP_HEADERS, "Content-Type": "application/x-www-form-urlencoded" },
    body: `signed_body=SIGNATURE.${encodeURIComponent('{"id":"x"}')}`,
  });
  expect(await answer.json()).toEqual({ configs: {}, status: "ok" });
  running.kill(signal);
  expect(await running.exited).toBe(0);
});

test("says in one line that its port is taken", async () => {
  const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const running = start({ EMULATOR_PORT: String(other.port) });
  expect(await running.exited).toBe(1);
  expect(await new Response(running.stderr).text()).toBe(
    `Port ${other.port} on 127.0.0.1 is taken: set EMULATOR_PORT to another one\n`,
  );
  await other.stop(true);
});

test.each(["x", "-1", "65536", "80.5"])("refuses the port %s in one line", async (port) => {
  const running = start({ EMULATOR_PORT: port });
  expect(await running.exited).toBe(1);
  expect(await new Response(running.stderr).text()).toMatch(/^EMULATOR_PORT must be .*\n$/);
});
