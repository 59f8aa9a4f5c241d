import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import { expectProblem } from "../support/problems.ts";
import { createTestService, ENCRYPTION_KEY } from "../support/service.ts";

const STARTED = Date.UTC(2026, 0, 1);
const service = await createTestService({
  now: () => STARTED,
  config: { gitSha: "abc123", buildTime: "2025-12-31T00:00:00Z", region: "fra" },
});
afterAll(() => service.close());

const folder = mkdtempSync(join(tmpdir(), "gramway-system-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("GET /health", () => {
  test("answers without a key and without the database", async () => {
    const closed = await createTestService();
    await closed.close();
    for (const { request } of [service, closed]) {
      const answer = await request("GET", "/health");
      expect([answer.status, answer.text]).toEqual([200, '{"status":"ok"}']);
    }
  });
});

describe("GET /ready", () => {
  test("answers 200 with every check ok", async () => {
    const { status, body } = await service.request("GET", "/ready");
    expect(status).toBe(200);
    expect(body).toEqual({
      status: "ok",
      checks: {
        storage: { status: "ok" },
        migrations: { status: "ok" },
        encryption: { status: "ok" },
        dependencies: { status: "ok" },
      },
    });
  });

  test("answers 503 in the same form when the database fails, and so do requests that need it", async () => {
    const broken = await createTestService();
    const session = await broken.login();
    await broken.request("GET", "/account", { key: broken.testKey, session });
    await broken.close();
    const { status, body } = await broken.request("GET", "/ready");
    expect([status, body.status]).toEqual([503, "error"]);
    expect(body.checks.storage.status).toBe("error");
    expect(body.checks.storage.detail).toBeString();
    expect(body.checks.dependencies.status).toBe("ok");
    const headers = broken.adminHeaders;
    const admin = await broken.request("GET", "/admin/tenants", { headers });
    expectProblem(admin, "StorageUnavailable");
    expect(Number(admin.headers.get("retry-after"))).toBeGreaterThan(0);
    const form = { username: "sandbox", password: "sandbox" };
    const login = await broken.request("POST", "/auth/login", { key: broken.testKey, form });
    expectProblem(login, "StorageUnavailable");
    expect(login.headers.get("gramway-upstream-calls"), "no login is spent").toBeNull();
    const read = await broken.request("GET", "/user", {
      key: broken.testKey,
      session,
      query: { username: "instagram" },
    });
    expect(read.status, "an open session goes on reading").toBe(200);
  });

  test("answers 503 while stored sessions are under a key that is not configured", async () => {
    const database = { url: `file:${join(folder, "keys.db")}` };
    const first = await createTestService({ config: { database } });
    const session = await first.login();
    const { testKey: key } = first;
    await first.close();
    const second = await createTestService({
      config: { database, encryptionKeys: ["22".repeat(32)] },
    });
    const { status, body } = await second.request("GET", "/ready");
    expect([status, body.checks.encryption.status]).toEqual([503, "error"]);
    expect(body.checks.encryption.detail).toContain("ENCRYPTION_KEYS");
    expect(body.checks.storage.status).toBe("ok");
    const answer = await second.request("GET", "/account", { key, session });
    expectProblem(answer, "EncryptionKeyUnavailable");
    expect(answer.headers.get("retry-after")).not.toBeNull();
    await second.close();
    const third = await createTestService({
      config: { database, encryptionKeys: ["22".repeat(32), ENCRYPTION_KEY] },
    });
    expect((await third.request("GET", "/ready")).status).toBe(200);
    expect((await third.request("GET", "/account", { key, session })).status).toBe(200);
    await third.close();
  });
});

describe("GET /build", () => {
  test("tells what runs", async () => {
    const { status, body } = await service.request("GET", "/build");
    expect(status).toBe(200);
    expect(body).toEqual({
      name: packageJson.name,
      version: packageJson.version,
      runtime: `bun ${Bun.version}`,
      git_sha: "abc123",
      build_time: "2025-12-31T00:00:00Z",
      started_at: new Date(STARTED).toISOString(),
      region: "fra",
    });
  });
});

describe("GET /deps", () => {
  test("tells the installed version of every dependency, under both paths", async () => {
    const deps = await service.request("GET", "/deps");
    expect(deps.body).toEqual(packageJson.dependencies);
    expect((await service.request("GET", "/version")).text).toBe(deps.text);
  });
});

describe("the system routes", () => {
  for (const path of ["/health", "/ready", "/metrics", "/build", "/deps", "/version"])
    test(`${path} needs no key and minds none, good or bad`, async () => {
      for (const key of [null, "nonsense", service.testKey])
        expect((await service.request("GET", path, { key })).status).toBe(200);
    });
});

describe("the documentation", () => {
  test("is reached from / and needs nothing from elsewhere", async () => {
    const root = await service.request("GET", "/");
    expect([root.status, root.headers.get("location")]).toEqual([307, "/docs"]);
    const page = await service.request("GET", "/docs");
    expect(page.headers.get("content-type")).toStartWith("text/html");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'self'");
    const loaded = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url]) => url ?? "");
    expect(loaded.length).toBeGreaterThan(1);
    for (const url of loaded) {
      if (url.startsWith("data:")) continue;
      expect(url).toStartWith("/docs/assets/");
      expect((await service.request("GET", url)).status, url).toBe(200);
    }
  });

  test("is described by an OpenAPI document that any page may read", async () => {
    const answer = await service.request("GET", "/openapi.json");
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.body.openapi).toMatch(/^3\./);
    expect(answer.text).not.toContain(service.adminToken);
  });
});
