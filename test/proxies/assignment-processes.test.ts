import { expect, test } from "bun:test";
import { temporaryDirectory } from "../support/directory.ts";
import { Gate, until } from "../support/gate.ts";
import { type Gateway, startGateway } from "../support/gateway.ts";
import { loggedIn, savedSettings } from "../support/live.ts";
import { type Environment, LONG_MS, productionEnvironment } from "../support/process.ts";
import { startHttpProxy, startInstagram } from "../support/servers.ts";

/** A key of a new tenant that may do everything. */
async function newKey(
  gateway: Gateway,
  token: string | undefined,
  mode: "test" | "live",
): Promise<string> {
  const post = async (path: string, json: unknown) => {
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await gateway.request("POST", path, { headers, json });
    expect(answer.status, answer.text).toBe(201);
    return answer.body;
  };
  const limits = { requests_per_second: 100_000, burst: 200_000, max_in_flight: 10_000 };
  const { id } = await post("/admin/tenants", { name: "Of a test", ...limits });
  const fields = { name: "All", mode, scopes: ["read", "write", "auth", "admin"] };
  return (await post(`/admin/tenants/${id}/keys`, fields)).key;
}

const importing = (gateway: Gateway, key: string, account: number) => {
  const sessionid = `${account}%3Aabcdefghijklmn%3A28%3AAYtail${account}`;
  const authorization_data = { ds_user_id: String(account), sessionid };
  const settings = JSON.stringify(savedSettings({ authorization_data, cookies: {} }));
  return gateway.request("PATCH", "/auth/settings", { key, form: { settings } });
};

test(
  "two processes give the places of proxies once: none above its maximum, all evenly used",
  async () => {
    using directory = temporaryDirectory();
    const environment = productionEnvironment(directory.path);
    const one = await startGateway(environment);
    const two = await startGateway(environment);
    const key = await newKey(one, environment.ADMIN_TOKEN, "test");
    const lines = Array.from({ length: 8 }, (_, n) => `http://p${n}.example:8080`).join("\n");
    const added = await one.request("POST", "/proxies/import?max_sessions=12", {
      key,
      body: lines,
      headers: { "Content-Type": "text/plain" },
    });
    expect(added.status, added.text).toBe(200);
    const sessionsOfEach = async (): Promise<number[]> => {
      const { body } = await two.request("GET", "/proxies?limit=100", { key });
      return body.items.map((proxy: any) => proxy.sessions);
    };

    // Not a multiple of the number of proxies: some get one more than others.
    const first = await Promise.all(
      Array.from({ length: 60 }, (_, n) => importing(n % 2 === 0 ? one : two, key, 1_000 + n)),
    );
    expect(first.map(({ status }) => status)).toEqual(Array(60).fill(200));
    expect((await sessionsOfEach()).toSorted()).toEqual([...Array(4).fill(7), ...Array(4).fill(8)]);

    const second = await Promise.all(
      Array.from({ length: 40 }, (_, n) => importing(n % 3 === 0 ? one : two, key, 2_000 + n)),
    );
    const refused = second.filter(({ status }) => status !== 200);
    expect(refused.map(({ body }) => body.exc_type)).toEqual(Array(4).fill("NoProxyAvailable"));
    expect(await sessionsOfEach()).toEqual(Array(8).fill(12));
    for (const gateway of [one, two]) expect(await gateway.stop()).toBe(0);
  },
  LONG_MS,
);

test(
  "a SIGKILL in the middle of a login loses no place on a proxy",
  async () => {
    using directory = temporaryDirectory();
    using upstream = startInstagram();
    using proxy = await startHttpProxy(null);
    const environment: Environment = {
      ...productionEnvironment(directory.path),
      UPSTREAM_URL: upstream.origin,
      URL_ALLOW_HOSTS: "127.0.0.1",
    };
    const first = await startGateway(environment);
    const key = await newKey(first, environment.ADMIN_TOKEN, "live");
    const url = `http://127.0.0.1:${proxy.port}`;
    const added = await first.request("POST", "/proxy", { key, json: { url, max_sessions: 1 } });
    expect(added.status, added.text).toBe(201);
    const logIn = (gateway: Gateway, username: string) =>
      gateway.request("POST", "/auth/login", { key, form: { username, password: "pw" } });

    const held = new Gate();
    upstream.instagram.on("accounts/login/", () => held.pass(loggedIn()));
    const interrupted = logIn(first, "interrupted").catch(() => null);
    await until(() => held.running === 1);
    const second = await startGateway(environment);
    // The place is held by a process that lives.
    expect((await logIn(second, "too.early")).body.exc_type).toBe("NoProxyAvailable");
    first.kill("SIGKILL");
    await first.ended();
    expect(await interrupted).toBeNull();
    upstream.instagram.on("accounts/login/", loggedIn());
    held.letGo();

    const answer = await logIn(second, "next.one");
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers.get("gramway-proxy")).toBe(added.body.id ?? added.body.proxy_id);
    const { body } = await second.request("GET", "/proxies", { key });
    expect(body.items.map((one: any) => one.sessions)).toEqual([1]);
    expect((await logIn(second, "too.late")).body.exc_type).toBe("NoProxyAvailable");
    expect(await second.stop()).toBe(0);
  },
  LONG_MS,
);
