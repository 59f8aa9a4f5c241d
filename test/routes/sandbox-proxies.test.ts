import { afterAll, expect, test } from "bun:test";
import { unblock } from "../support/guard.ts";
import { expectProblem } from "../support/problems.ts";
import { createTestService } from "../support/service.ts";

const service = await createTestService({ config: { upstreamTimeoutMs: 200 } });
const key = service.testKey;
const session = await service.login();
afterAll(() => service.close());

const setProxy = async (proxy: string): Promise<void> => {
  const answer = await service.request("PATCH", "/auth/settings", {
    key,
    session,
    form: { proxy },
  });
  expect(answer.status, answer.text).toBe(200);
};
const read = () => service.request("GET", "/account", { key, session });

test("proxies of the sandbox fail as live ones do, and the session works on without them", async () => {
  for (const [host, cause] of [
    ["dead.sandbox", "ECONNREFUSED"],
    ["wrong-auth.sandbox", "refuses its credentials (407)"],
    ["slow.sandbox", "did not answer in time"],
  ] as const)
    for (const scheme of ["http", "socks5"]) {
      await setProxy(`${scheme}://user:pw@${host}:8080`);
      expectProblem(await read(), "ProxyError", host);
      const login = await service.request("POST", "/auth/login", {
        key,
        form: { username: "sandbox_private", password: "sandbox", proxy: `${scheme}://${host}` },
      });
      expectProblem(login, "ProxyError", host);
      expect(
        service.logLines.some((line) => line.includes(cause)),
        cause,
      ).toBe(true);
    }
  await setProxy("");
  expect((await read()).status).toBe(200);
});

test("through any other proxy the sandbox answers", async () => {
  for (const proxy of ["http://proxy.example:3128", "socks5h://alive.sandbox", "http://8.8.8.8"]) {
    await setProxy(proxy);
    expect((await read()).status, proxy).toBe(200);
  }
});

test("a throttled read can be met, and ended", async () => {
  await setProxy("http://throttled.sandbox:8080");
  const answer = await read();
  expectProblem(answer, "PleaseWaitFewMinutes");
  expect(answer.headers.get("retry-after")).toBe("60");
  expectProblem(await read(), "SessionCoolingDown");
  await unblock(service, session, key);
  const again = await service.request("PATCH", "/auth/relogin", {
    key,
    session,
    form: { password: "sandbox" },
  });
  expectProblem(again, "PleaseWaitFewMinutes");
  await setProxy("");
  await unblock(service, session, key);
  expect((await read()).status).toBe(200);
  const login = await service.request("POST", "/auth/login", {
    key,
    form: { username: "sandbox", password: "sandbox" },
  });
  expectProblem(login, "SessionCoolingDown");
});

test("a blocked address is told from a bad login, and pauses no logins", async () => {
  const blocked = "http://blocked.sandbox:8080";
  const login = (proxy: string) =>
    service.request("POST", "/auth/login", {
      key,
      form: { username: "sandbox_private", password: "sandbox", proxy },
    });
  await setProxy(blocked);
  for (let attempt = 1; attempt <= 5; attempt++) {
    expect(expectProblem(await read(), "ClientForbiddenError").hint).toContain("another proxy");
    expectProblem(await login(blocked), "ClientForbiddenError");
  }
  await setProxy("");
  expect((await read()).status).toBe(200);
  expect((await login("http://alive.sandbox")).status).toBe(200);
});

test("a proxy is looked up by its own name, whatever names every object has", async () => {
  for (const host of ["constructor", "__proto__", "valueof"]) {
    await setProxy(`http://${host}:8080`);
    expect((await read()).status, host).toBe(200);
  }
  await setProxy("");
});
