import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryDirectory } from "../support/directory.ts";
import { startGateway } from "../support/gateway.ts";
import {
  LONG_MS,
  productionEnvironment,
  type RunningProcess,
  startCommand,
} from "../support/process.ts";
import { project } from "../support/source.ts";

const directory = temporaryDirectory();
afterAll(() => directory.remove());
const MAIN = join(project, "src", "main.ts");

/** A port that was free a moment ago: what is printed cannot tell the port in these tests. */
function freePort(): number {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port = 0 } = server;
  void server.stop(true);
  return port;
}

/** Starts the service with a shell's idea of standard output; resolves when it answers. */
async function startWithOutput(
  redirection: string,
): Promise<{ url: string; running: RunningProcess }> {
  const port = freePort();
  const running = startCommand(
    ["sh", "-c", `${redirection.replace("SERVICE", `"${process.execPath}" "${MAIN}"`)}`],
    {
      ...productionEnvironment(directory.path),
      HOST: "127.0.0.1",
      PORT: String(port),
      // One address asks for all that fills the pipe.
      KEYLESS_REQUESTS_PER_SECOND: "10000",
    },
    directory.path,
  );
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    const answer = await fetch(`${url}/health`).catch(() => null);
    if (answer?.ok) return { url, running };
    await Bun.sleep(20);
  }
}

describe("a log that nobody can take neither holds nor ends the service:", () => {
  const outputs: [what: string, redirection: string][] = [
    ["a full disk", "exec SERVICE > /dev/full"],
    ["no output at all", "exec SERVICE >&-"],
    ["a reader that is gone", "mkfifo gone; (: < gone) & exec SERVICE > gone"],
    // What the pipe takes, some 64 KB, is full after a few hundred requests.
    [
      "a reader that does not read",
      'mkfifo stuck; sleep 600 < stuck & echo "$!" >&2; exec SERVICE > stuck',
    ],
  ];
  for (const [what, redirection] of outputs)
    test(
      what,
      async () => {
        const { url, running } = await startWithOutput(redirection);
        for (let i = 0; i < 600; i++) {
          const answer = await fetch(`${url}/nothing/${i}`);
          expect(answer.status).toBe(404);
          await answer.arrayBuffer();
        }
        running.kill("SIGTERM");
        const reader = Number(running.err().trim());
        if (what.includes("does not read")) {
          // Its end comes without the reader's; the reader has inherited what the test waits for.
          while (await fetch(`${url}/health`).catch(() => null)) await Bun.sleep(20);
          process.kill(reader);
        }
        expect(await running.ended()).toBe(0);
      },
      LONG_MS,
    );
});

test(
  "off a terminal every line is JSON, from the first one to the last one",
  async () => {
    const gateway = await startGateway({
      ...productionEnvironment(directory.path),
      DATABASE_URL: `file:${join(directory.path, "lines.db")}`,
    });
    await fetch(`${gateway.url}/health`);
    expect(await gateway.stop()).toBe(0);
    const lines = gateway.out().trimEnd().split("\n");
    const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
    expect(messages[0]).toStartWith("gramway listens on http://");
    expect(messages).toContain("request");
    expect(messages.at(-1)).toBe("shutting down");
  },
  LONG_MS,
);

test(
  "at a terminal the lines are for a person",
  async () => {
    const env = {
      ...productionEnvironment(directory.path),
      DATABASE_URL: `file:${join(directory.path, "terminal.db")}`,
      HOST: "127.0.0.1",
      PORT: String(freePort()),
      NO_COLOR: "1",
    };
    // script(1) runs it at a terminal of its own.
    const running = startCommand(
      ["script", "-qec", `exec "${process.execPath}" "${MAIN}"`, "/dev/null"],
      env,
      directory.path,
    );
    await running.printed(/gramway listens on (http:\/\/\S+)\s+API documentation: \S+\/docs/);
    await fetch(`http://127.0.0.1:${env.PORT}/nothing?sessionid=77%3Ahush`);
    await running.printed(/INFO\S*: GET \/nothing 404 [\d.]+ ms NotFound/);
    expect(running.out()).not.toContain("hush");
    expect(running.out()).not.toContain('{"level"');
    running.kill("SIGTERM");
    await running.ended();
  },
  LONG_MS,
);
