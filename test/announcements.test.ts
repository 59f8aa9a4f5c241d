import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { type Announcement, Announcements, OPERATOR } from "../src/announcements.ts";
import { createTestService, type TestService } from "./support/service.ts";

describe("listeners", () => {
  const said = { kind: "tenant.deleted", tenantId: "T", by: OPERATOR, at: 1 } as const;

  test("hear their kinds at once and in order, and are waited for", async () => {
    const announcements = new Announcements();
    const heard: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    announcements.on(["tenant.deleted"], async () => {
      heard.push("first");
      await promise;
      heard.push("first is through");
    });
    announcements.on(["key.revoked", "tenant.deleted"], ({ kind }) => void heard.push(kind));
    announcements.on(["tenant.created"], () => void heard.push("not this one"));
    const announcing = announcements.announce(said).then(() => heard.push("announced"));
    expect(heard).toEqual(["first", "tenant.deleted"]);
    resolve();
    await announcing;
    expect(heard).toEqual(["first", "tenant.deleted", "first is through", "announced"]);
  });

  test("that fail keep nobody else from hearing it, and fail nothing", async () => {
    const failures: unknown[] = [];
    const announcements = new Announcements((error, kind) => failures.push([kind, `${error}`]));
    const heard: string[] = [];
    announcements.on(["tenant.deleted"], () => {
      throw new Error("at once");
    });
    announcements.on(["tenant.deleted"], () => Promise.reject(new Error("later")));
    announcements.on(["tenant.deleted"], () => void heard.push("last"));
    await announcements.announce(said);
    expect(heard).toEqual(["last"]);
    expect(failures).toEqual([
      ["tenant.deleted", "Error: at once"],
      ["tenant.deleted", "Error: later"],
    ]);
  });
});

describe("a service tells", () => {
  const OPERATORS = { by: { kind: "operator" } };
  let service: TestService;
  let heard: Announcement[];

  beforeAll(async () => {
    service = await createTestService();
    service.service.stores.announcements.on(
      [
        "tenant.created",
        "tenant.changed",
        "tenant.credentials_removed",
        "tenant.deleted",
        "key.created",
        "key.rotated",
        "key.revoked",
        "session.created",
        "session.changed",
        "session.deleted",
      ],
      (announcement) => {
        heard.push(announcement);
        throw new Error("a listener that always fails");
      },
    );
  });
  beforeEach(() => {
    heard = [];
  });
  afterAll(() => service.close());

  const admin = (method: string, path: string, json?: unknown) =>
    service.request(method, `/admin/tenants${path}`, {
      headers: { Authorization: `Bearer ${service.adminToken}` },
      ...(json === undefined ? {} : { json }),
    });
  const kinds = () => heard.map(({ kind }) => kind);

  test("each thing that happens to a tenant and its keys once, and who did it", async () => {
    const tenantId = await service.createTenant("Told");
    const { id: keyId, key } = await service.createKey(tenantId, {
      mode: "live",
      scopes: ["read", "admin"],
    });
    const renamed = await service.request("PATCH", `/admin/tenants/${tenantId}`, {
      key,
      json: { name: "Told again", store_credentials: false },
    });
    expect(renamed.status, renamed.text).toBe(200);
    const rotated = await admin("POST", `/${tenantId}/keys/${keyId}/rotate`, {});
    await admin("DELETE", `/${tenantId}/keys/${rotated.body.id}`);
    await admin("PATCH", `/${tenantId}`, { status: "suspended" });
    await admin("DELETE", `/${tenantId}`);
    const by = { kind: "key", keyId };
    expect(heard).toMatchObject([
      { kind: "tenant.created", name: "Told", ...OPERATORS },
      { kind: "key.created", keyId, mode: "live", ...OPERATORS },
      { kind: "tenant.changed", changed: ["name", "storeCredentials"], status: "active", by },
      { kind: "tenant.credentials_removed", by },
      { kind: "key.rotated", keyId, successorId: rotated.body.id, ...OPERATORS },
      { kind: "key.revoked", keyId: rotated.body.id, ...OPERATORS },
      { kind: "tenant.changed", changed: ["status"], status: "suspended", ...OPERATORS },
      { kind: "tenant.deleted", ...OPERATORS },
    ]);
    for (const announcement of heard) expect(announcement.tenantId).toBe(tenantId);
    const unknown = await admin("PATCH", `/${tenantId}`, { name: "nobody" });
    expect(unknown.status).toBe(404);
    expect(heard).toHaveLength(8);
  });

  test("what happens to a session, stored already, without its secrets", async () => {
    const { testKey: key, tenantId } = service;
    const { announcements, sessions } = service.service.stores;
    const stored: (string | null | undefined)[] = [];
    announcements.on(["session.created", "session.changed"], async ({ sessionId, mode }) => {
      stored.push((await sessions.find(tenantId, mode, sessionId))?.proxy);
    });
    const session = await service.login();
    const proxy = "http://user:hush@slow.sandbox:8080";
    await service.request("PATCH", "/auth/settings", { key, session, form: { proxy } });
    await service.request("PATCH", "/auth/settings", { key, session, form: { timezone: "60" } });
    const form = { username: "sandbox", password: "sandbox" };
    await service.request("PATCH", "/auth/settings", {
      key,
      session,
      form: { clear_proxy: "true" },
    });
    const relogin = await service.request("PATCH", "/auth/relogin", { key, session, form });
    expect(relogin.status, relogin.text).toBe(200);
    // Reads change nothing that is told.
    await service.request("GET", "/account", { key, session });
    const about = {
      sessionId: session,
      mode: "test",
      state: "active",
      tenantId,
      by: { kind: "key" },
    };
    const changed = { kind: "session.changed", stateBefore: "active", ...about };
    expect(heard).toMatchObject([
      { kind: "session.created", ...about },
      { ...changed, changed: ["proxy"] },
      { ...changed, changed: [] },
      { ...changed, changed: ["proxy"] },
      { ...changed, changed: ["login"] },
    ]);
    expect(stored).toEqual([null, proxy, proxy, null, null]);
    expect(JSON.stringify(heard)).not.toContain("hush");
    expect(service.logLines.join()).toContain("a listener that always fails");

    await sessions.delete(tenantId, "test", session);
    expect(kinds().at(-1)).toBe("session.deleted");
    const gone = await service.request("GET", "/account", { key, session });
    expect(gone.body.exc_type).toBe("SessionNotFound");
  });
});
