/**
 * Whether one tenant's flood slows another: `bun bench/fairness.ts`. A quiet tenant asks at a steady
 * pace, first alone and then beside a tenant that sends as much as it can; both through the same
 * process, against the sandbox, in turns. Prints the p99 of the quiet one in both cases, and the ratio
 * of their medians over the turns. Exits with 1 if that passes 1.2.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startServer } from "./processes.ts";

const ADMIN_TOKEN = "bench-admin-token-0123456789";
const TURNS = 3;
const TURN_MS = 2_000;
/** The quiet tenant's requests a second. */
const PACE = 100;
const FLOOD_CONNECTIONS = 100;
const MOST = 1.2;

/** The loud tenant's process. */
const FLOOD = `
const [url, key, session, connections] = process.argv.slice(-4);
let ended = false, answered = 0, refused = 0;
const run = async () => {
  while (!ended) {
    const answer = await fetch(url + "/user?username=instagram", {
      headers: { "X-API-Key": key, "X-Session-ID": session },
    }).catch(() => null);
    if (answer === null) break;
    await answer.arrayBuffer();
    answered++;
    if (answer.status === 429) refused++;
  }
};
const runs = Array.from({ length: Number(connections) }, run);
for await (const _ of process.stdin);
ended = true;
await Promise.all(runs);
console.log(JSON.stringify({ answered, refused }));
process.exit(0);
`;

interface Tenant {
  key: string;
  session: string;
}

const directory = mkdtempSync(join(tmpdir(), "gramway-fairness-"));
const server = await startServer({
  name: "gramway",
  script: "src/main.ts",
  directory,
  readyPath: "/ready",
  env: {
    DATABASE_URL: `file:${join(directory, "fairness.db")}`,
    ENCRYPTION_KEYS: "11".repeat(32),
    ADMIN_TOKEN,
    PORT: "0",
    LOG_LEVEL: "error",
  },
});

try {
  const quiet = await tenant("Quiet");
  const loud = await tenant("Loud");
  await measure(quiet);
  const alone: number[] = [];
  const beside: number[] = [];
  let flooded = 0;
  let refused = 0;
  for (let turn = 0; turn < TURNS; turn++) {
    alone.push(await measure(quiet));
    const flood = startFlood(loud);
    // Its process starts, and its burst is spent.
    await Bun.sleep(1_000);
    beside.push(await measure(quiet));
    const sent = await flood.end();
    flooded += sent.answered;
    refused += sent.refused;
  }
  const ratio = median(beside) / median(alone);
  console.log(
    JSON.stringify({
      aloneP99Ms: alone.map(rounded),
      besideP99Ms: beside.map(rounded),
      ratio: rounded(ratio),
      floodPerSecond: Math.round(flooded / ((TURNS * TURN_MS) / 1000)),
      refusedShare: rounded(refused / flooded),
    }),
  );
  process.exitCode = ratio > MOST ? 1 : 0;
} finally {
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function tenant(name: string): Promise<Tenant> {
  const admin = { Authorization: `Bearer ${ADMIN_TOKEN}`, "Content-Type": "application/json" };
  const post = async (path: string, body: unknown): Promise<Record<string, string>> =>
    (
      await fetch(server.url + path, { method: "POST", headers: admin, body: JSON.stringify(body) })
    ).json() as Promise<Record<string, string>>;
  const { id } = await post("/admin/tenants", { name, requests_per_second: null });
  const { key = "" } = await post(`/admin/tenants/${id}/keys`, { name, mode: "test" });
  // The quiet tenant's own limit must not be what is measured.
  if (name === "Quiet")
    await fetch(`${server.url}/admin/tenants/${id}`, {
      method: "PATCH",
      headers: admin,
      body: JSON.stringify({ requests_per_second: 10 * PACE }),
    });
  const login = await fetch(`${server.url}/auth/login`, {
    method: "POST",
    headers: { "X-API-Key": key },
    body: new URLSearchParams({ username: "sandbox", password: "sandbox" }),
  });
  return { key, session: String(await login.json()) };
}

async function ask({ key, session }: Tenant): Promise<number> {
  const answer = await fetch(`${server.url}/user?username=instagram`, {
    headers: { "X-API-Key": key, "X-Session-ID": session },
  });
  await answer.arrayBuffer();
  return answer.status;
}

/** The p99 of requests at a steady pace, in milliseconds. */
async function measure(who: Tenant): Promise<number> {
  const times: number[] = [];
  const asked: Promise<void>[] = [];
  const started = performance.now();
  for (let count = 0; count < (TURN_MS / 1000) * PACE; count++) {
    const due = started + (count * 1000) / PACE;
    const wait = due - performance.now();
    if (wait > 0) await Bun.sleep(wait);
    const begun = performance.now();
    asked.push(
      ask(who).then((status) => {
        if (status !== 200) throw new Error(`the quiet tenant got ${status}`);
        times.push(performance.now() - begun);
      }),
    );
  }
  await Promise.all(asked);
  return times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0;
}

/** Sends as much as its connections can, in another process, until it is ended. */
function startFlood(who: Tenant) {
  const child = Bun.spawn(
    [process.execPath, "-e", FLOOD, server.url, who.key, who.session, String(FLOOD_CONNECTIONS)],
    { stdin: "pipe", stdout: "pipe" },
  );
  return {
    async end(): Promise<{ answered: number; refused: number }> {
      child.stdin.end();
      return JSON.parse(await new Response(child.stdout).text());
    },
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
