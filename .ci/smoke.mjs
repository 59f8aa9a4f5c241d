// The README's first command, as a newcomer runs it: in a fresh clone, under a home directory of its
// own, then a login and a profile with the key that it prints. `node .ci/smoke.mjs <bun version>`.
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [bunVersion] = process.argv.slice(2);
const project = dirname(dirname(fileURLToPath(import.meta.url)));
const directory = mkdtempSync(join(tmpdir(), "gramway-smoke-"));
const clone = join(directory, "gramway");
const home = join(directory, "home");
const LIMIT_MS = 240_000;

let server;
let output = "";
try {
  mkdirSync(home);
  run("git", ["clone", "--quiet", project, clone]);
  const port = await freePort();
  server = spawn("npx", ["--yes", `bun@${bunVersion}`, "start"], {
    cwd: clone,
    env: { PATH: process.env.PATH, HOME: home, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own: npx, the script runner and the service end together.
    detached: true,
  });
  for (const stream of [server.stdout, server.stderr])
    stream.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
  const url = `http://127.0.0.1:${port}`;
  await ready(`${url}/ready`);
  const key = /gw_test_\w+/.exec(output)?.[0];
  if (!key) throw new Error("no sandbox key was printed");
  const account = new URLSearchParams({ username: "sandbox", password: "sandbox" });
  const session = await ask(`${url}/auth/login`, { "X-API-Key": key }, account);
  const headers = { "X-API-Key": key, "X-Session-ID": session };
  const user = await ask(`${url}/user?username=instagram`, headers);
  if (user.pk !== "25025320") throw new Error(`not the profile wanted: ${JSON.stringify(user)}`);
  const docs = await fetch(`${url}/docs`);
  if (!docs.ok) throw new Error(`/docs answers ${docs.status}`);
  console.log("Started, logged in and read a profile");
} catch (error) {
  console.error(`${error.message}\nThe service printed:\n${output}`);
  process.exitCode = 1;
} finally {
  await stop();
  rmSync(directory, { recursive: true, force: true });
}

async function ask(url, headers, body) {
  const response = await fetch(url, { method: body ? "POST" : "GET", headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${url} answers ${response.status}: ${text}`);
  return JSON.parse(text);
}

async function ready(url) {
  const until = Date.now() + LIMIT_MS;
  while (Date.now() < until && server.exitCode === null) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("the service did not get ready");
}

async function stop() {
  if (!server?.pid || server.exitCode !== null) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  process.kill(-server.pid, "SIGTERM");
  const timer = setTimeout(() => process.kill(-server.pid, "SIGKILL"), 10_000);
  await ended;
  clearTimeout(timer);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

function run(command, args) {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${stderr}`);
}
