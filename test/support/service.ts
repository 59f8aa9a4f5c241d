import { createService, type Service } from "../../src/compose.ts";
import type { Config } from "../../src/config.ts";
import { createAccessLog } from "../../src/http/access-log.ts";
import { createLogger } from "../../src/http/logger.ts";
import type { Route } from "../../src/http/route.ts";
import type { HostGuard } from "../../src/net/host-guard.ts";
import type { Platform } from "../../src/platform/platform.ts";
import { type Clock, machineClock } from "../../src/stores.ts";
import { FakeInstagram } from "./fake-instagram.ts";
import { testSpoolConfig } from "./spool.ts";

/** What a test wants to differ from a fresh service in memory. */
export interface TestServiceOptions extends Partial<Clock> {
  config?: Partial<Config>;
  /** What test and live keys meet; one of its own unless given. */
  instagram?: FakeInstagram;
  platform?: Platform;
  /** Decides over proxies; by the configuration unless given. */
  guard?: HostGuard;
  /** Beside the service's own. */
  routes?: readonly Route[];
}

export interface RequestOptions {
  key?: string | null;
  session?: string | null;
  /** Sent as application/x-www-form-urlencoded. */
  form?: Record<string, string>;
  /** Sent as multipart/form-data, with what `form` has. */
  files?: readonly (readonly [field: string, file: File])[];
  json?: unknown;
  body?: BodyInit;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  /** Address at the other end of the connection; without it the request comes over none. */
  peer?: string;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as it came, for files. */
  bytes: Uint8Array;
  /** The parsed body; use `text` where digits matter. */
  body: any;
}

/** A service in memory with one tenant, asked through its HTTP interface. */
export interface TestService {
  service: Service;
  adminToken: string;
  /** What the administrator sends along. */
  adminHeaders: Record<string, string>;
  tenantId: string;
  /** API keys of the tenant with the default scopes. */
  testKey: string;
  liveKey: string;
  /** A test key with every scope. */
  adminKey: string;
  /** What the keys meet: answers are chosen, and what was asked is seen, here. */
  instagram: FakeInstagram;
  /** What the service has logged, one JSON object a line. */
  logLines: string[];
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** The same as the administrator, with a JSON body where one is given. */
  admin(method: string, path: string, json?: unknown): Promise<Answer>;
  /** Logs a sandbox account in, in a session of its own, and resolves with the session id. */
  login(username?: string, key?: string): Promise<string>;
  createTenant(name?: string, fields?: Record<string, unknown>): Promise<string>;
  createKey(
    tenantId: string,
    fields?: Record<string, unknown>,
  ): Promise<{ id: string; key: string }>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const ADMIN_TOKEN = "test-admin-token-000000";
export const ENCRYPTION_KEY = "11".repeat(32);

export function testConfig(overrides: Partial<Config> = {}): Config {
  return {
    port: 0,
    host: "127.0.0.1",
    database: { url: ":memory:" },
    encryptionKeys: [ENCRYPTION_KEY],
    adminToken: ADMIN_TOKEN,
    sandboxKeyFile: null,
    metricsToken: null,
    trustedProxy: null,
    upstreamUrl: null,
    upstreamTimeoutMs: 5000,
    // Tests that want checks say so: what others count is theirs.
    proxyChecks: { url: "https://www.instagram.com/robots.txt", areOn: false, intervalMs: 600_000 },
    upstreamBreaker: { failures: 50, sessions: 10 },
    requestDeadlineMs: 60_000,
    uploadDeadlineMs: 60_000,
    spool: testSpoolConfig,
    // Proxies and upstreams of tests are on this machine.
    urlAllowHosts: ["127.0.0.1", "localhost"],
    ffmpeg: { command: "ffmpeg", searchPath: process.env.PATH ?? "" },
    keyRequestsPerSecond: 100_000,
    keyBurst: 200_000,
    keylessRequestsPerSecond: 100_000,
    auditDays: 400,
    usageDays: 400,
    logLevel: "debug",
    region: null,
    machineId: null,
    appProfiles: [],
    durableStorage: true,
    gitSha: null,
    buildTime: null,
    ...overrides,
  };
}

export async function createTestService(options: TestServiceOptions = {}): Promise<TestService> {
  const logLines: string[] = [];
  const config = testConfig(options.config);
  const destination = { write: (line: string) => void logLines.push(line) };
  const instagram = options.instagram ?? new FakeInstagram();
  const platform: Platform = options.platform ?? {
    fetch: instagram.live,
    serve: () => {
      throw new Error("tests call handle()");
    },
    close: () => {},
  };
  const logger = createLogger(config.logLevel, config.region, destination);
  const service = await createService({
    config,
    logger,
    accessLog: createAccessLog(logger, config.region, destination),
    platform,
    emulator: instagram.sandbox,
    ...(options.guard ? { guard: options.guard } : {}),
    ...(options.routes ? { routes: options.routes } : {}),
    clock: {
      now: options.now ?? machineClock.now,
      monotonicNow: options.monotonicNow ?? machineClock.monotonicNow,
      sleep: options.sleep ?? machineClock.sleep,
    },
  });

  const request: TestService["request"] = async (method, path, given = {}) => {
    const url = new URL(path, "http://localhost");
    for (const [name, value] of Object.entries(given.query ?? {}))
      url.searchParams.set(name, value);
    const headers = new Headers(given.headers);
    if (given.key) headers.set("X-API-Key", given.key);
    if (given.session) headers.set("X-Session-ID", given.session);
    let body: BodyInit | undefined = given.body;
    if (given.form) body = new URLSearchParams(given.form);
    if (given.files) {
      const parts = new FormData();
      for (const [name, value] of Object.entries(given.form ?? {})) parts.append(name, value);
      for (const [name, file] of given.files) parts.append(name, file);
      body = parts;
    }
    if (given.json !== undefined) {
      body = JSON.stringify(given.json);
      headers.set("Content-Type", "application/json");
    }
    const response = await service.handle(
      new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }),
      given.peer,
    );
    const bytes = await response.bytes();
    const text = new TextDecoder().decode(bytes);
    return { status: response.status, headers: response.headers, text, bytes, body: parsed(text) };
  };
  const adminHeaders = { Authorization: `Bearer ${ADMIN_TOKEN}` };
  const admin: TestService["admin"] = (method, path, json) =>
    request(method, path, { headers: adminHeaders, json });
  const created = async (answer: Answer): Promise<any> => {
    if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
    return answer.body;
  };
  const createTenant: TestService["createTenant"] = async (name = "Test tenant", fields = {}) =>
    (await created(await admin("POST", "/admin/tenants", { name, ...fields }))).id;
  const createKey: TestService["createKey"] = async (tenantId, fields = {}) =>
    created(
      await admin("POST", `/admin/tenants/${tenantId}/keys`, {
        name: "Test key",
        mode: "test",
        ...fields,
      }),
    );

  const tenantId = await createTenant();
  const testKey = (await createKey(tenantId)).key;
  const liveKey = (await createKey(tenantId, { mode: "live" })).key;
  const scopes = ["read", "write", "auth", "admin"];
  const adminKey = (await createKey(tenantId, { scopes })).key;
  return {
    service,
    adminToken: ADMIN_TOKEN,
    adminHeaders,
    tenantId,
    testKey,
    liveKey,
    adminKey,
    instagram,
    logLines,
    request,
    admin,
    createTenant,
    createKey,
    login: async (username = "sandbox", key = testKey) =>
      created(
        await request("POST", "/auth/login", {
          key,
          form: { username, password: "sandbox", new_session: "true" },
        }),
      ),
    close: () => service.close(),
    [Symbol.asyncDispose]: () => service.close(),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
