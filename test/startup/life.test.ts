import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { createEmulator } from "../../src/emulator/index.ts";
import {
  type Environment,
  LONG_MS,
  productionEnvironment,
  type RunningGateway,
  SECRETS,
  startGateway,
  startProcess,
  temporaryDirectory,
} from "../support/process.ts";
import { project } from "../support/source.ts";

const directory = temporaryDirectory();
const emulator = createEmulator();
/** When set, the upstream answers no read before it resolves. */
let held: Promise<void> | null = null;
let onRead = (): void => {};
let upstream: Bun.Server<undefined>;
let environment: Environment;

beforeAll(() => {
  upstream = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: async (request) => {
      if (request.method === "GET") {
        onRead();
        await held;
      }
      return emulator.handle(request);
    },
  });
  environment = { ...productionEnvironment(directory.path), UPSTREAM_URL: upstream.url.origin };
});
afterAll(async () => {
  await upstream.stop(true);
  directory.remove();
});

const admin = { Authorization: `Bearer ${SECRETS.ADMIN_TOKEN}` };

async function ask<Body>(
  gateway: RunningGateway,
  path: string,
  headers: object,
  json?: object,
): Promise<{ status: number; body: Body }> {
  const response = await fetch(gateway.url + path, {
    method: json ? "POST" : "GET",
    headers: { ...headers, "Content-Type": "application/json" },
    ...(json ? { body: JSON.stringify(json) } : {}),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

async function liveKey(gateway: RunningGateway): Promise<string> {
  const tenant = await ask<{ id: string }>(gateway, "/admin/tenants", admin, { name: "Life" });
  const path = `/admin/tenants/${tenant.body.id}/keys`;
  const issued = await ask<{ key: string }>(gateway, path, admin, { name: "Life", mode: "live" });
  expect(issued.status).toBe(201);
  return issued.body.key;
}

const login = (gateway: RunningGateway, key: string) =>
  ask<string>(
    gateway,
    "/auth/login",
    { "X-API-Key": key },
    { username: "sandbox", password: "sandbox" },
  );

const profile = (gateway: RunningGateway, key: string, session: string) =>
  ask<{ pk: string }>(gateway, "/user?username=instagram", {
    "X-API-Key": key,
    "X-Session-ID": session,
  });

test(
  "SIGTERM lets the request under way end, and the service ends with 0",
  async () => {
    const gateway = await startGateway(environment);
    const key = await liveKey(gateway);
    const session = (await login(gateway, key)).body;
    const release = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    held = release.promise;
    onRead = arrived.resolve;
    const answer = profile(gateway, key, session);
    await arrived.promise;
    gateway.kill("SIGTERM");
    await gateway.printed(/shutting down/);
    release.resolve();
    held = null;
    expect((await answer).body.pk).toBe("25025320");
    expect(await gateway.ended()).toBe(0);
    expect(gateway.err()).toBe("");
    await expect(fetch(gateway.url)).rejects.toThrow();
  },
  LONG_MS,
);

test(
  "SIGINT ends it too, and a second signal changes nothing",
  async () => {
    const gateway = await startGateway(environment);
    gateway.kill("SIGINT");
    gateway.kill("SIGTERM");
    expect(await gateway.ended()).toBe(0);
  },
  LONG_MS,
);

test(
  "what was acknowledged outlives a SIGKILL: a key, and a login with it",
  async () => {
    const first = await startGateway(environment);
    const key = await liveKey(first);
    first.kill("SIGKILL");
    await first.ended();

    const second = await startGateway(environment);
    const answer = await login(second, key);
    second.kill("SIGKILL");
    await second.ended();
    expect(answer.status).toBe(200);

    const third = await startGateway(environment);
    const user = await profile(third, key, answer.body);
    expect(user).toMatchObject({ status: 200, body: { pk: "25025320" } });
    third.kill("SIGTERM");
    expect(await third.ended()).toBe(0);
  },
  LONG_MS,
);

test(
  "the emulator process answers, and ends with 0 on SIGTERM",
  async () => {
    const script = join(project, "src", "emulator-server.ts");
    const running = startProcess([script], { EMULATOR_PORT: "0" });
    const [, url = ""] = await running.printed(/Instagram emulator: (http:\S+)\n.*sandbox/s);
    const answer = await fetch(`${url}api/v1/users/instagram/usernameinfo/`);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await answer.json()).toMatchObject({ status: "fail" });
    running.kill("SIGTERM");
    expect(await running.ended()).toBe(0);
  },
  LONG_MS,
);

test(
  "bun run cli --help lists the commands",
  async () => {
    const cli = startProcess(["run", "cli", "--help"], {});
    expect(await cli.ended()).toBe(0);
    for (const command of ["tenants create", "keys create", "import", "migrate"])
      expect(cli.out()).toContain(command);
  },
  LONG_MS,
);
