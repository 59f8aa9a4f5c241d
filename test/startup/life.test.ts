import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { temporaryDirectory } from "../support/directory.ts";
import { Gate, until } from "../support/gate.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { LONG_MS, productionEnvironment, startProcess } from "../support/process.ts";
import { startInstagram } from "../support/servers.ts";
import { project } from "../support/source.ts";

const directory = temporaryDirectory();
const upstream = startInstagram({ sandbox: true });
const environment = { ...productionEnvironment(directory.path), UPSTREAM_URL: upstream.origin };
afterAll(() => {
  upstream[Symbol.dispose]();
  directory.remove();
});

const profile = (gateway: Gateway, key: string, session: string) =>
  gateway.request("GET", "/user?username=instagram", { key, session });

test(
  "SIGTERM lets the request under way end, and the service ends with 0",
  async () => {
    const gateway = await startGateway(environment);
    const key = await gateway.createKey("live");
    const session = (await gateway.login(key)).body;
    const held = new Gate();
    const path = "users/instagram/usernameinfo/";
    upstream.instagram.on(path, () => held.pass(undefined));
    const answer = profile(gateway, key, session);
    await until(() => held.running === 1);
    gateway.kill("SIGTERM");
    await gateway.printed(/shutting down/);
    upstream.instagram.on(path);
    held.letGo();
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
    expect(await gateway.stop()).toBe(0);
  },
  LONG_MS,
);

test(
  "what was acknowledged outlives a SIGKILL: a key, and a login with it",
  async () => {
    const first = await startGateway(environment);
    const key = await first.createKey("live");
    first.kill("SIGKILL");
    await first.ended();

    const second = await startGateway(environment);
    const answer = await second.login(key);
    second.kill("SIGKILL");
    await second.ended();
    expect(answer.status).toBe(200);

    const third = await startGateway(environment);
    const user = await profile(third, key, answer.body);
    expect(user).toMatchObject({ status: 200, body: { pk: "25025320" } });
    expect(await third.stop()).toBe(0);
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
