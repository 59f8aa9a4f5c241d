import { createService, type Service } from "../../src/compose.ts";
import type { Config } from "../../src/config.ts";
import { createEmulator, type Emulator } from "../../src/emulator/index.ts";
import { createAccessLog } from "../../src/http/access-log.ts";
import { createLogger } from "../../src/http/logger.ts";
import type { UpstreamCall } from "../../src/instagram/client.ts";
import type { HostGuard } from "../../src/net/host-guard.ts";
import type { Platform } from "../../src/platform/platform.ts";

/** What a test wants to differ from a fresh service in memory. */
export interface TestServiceOptions {
  config?: Partial<Config>;
  emulator?: Emulator;
  /** Answers the calls of live sessions; without it they fail, as nothing may leave a test. */
  upstream?: (call: UpstreamCall) => Promise<Response> | Response;
  platform?: Platform;
  /** Decides over proxies; by the configuration unless given. */
  guard?: HostGuard;
  now?: () => number;
  monotonicNow?: () => number;
  sleep?: (milliseconds: number) => Promise<void>;
}

export interface RequestOptions {
  key?: string | null;
  session?: string | null;
  /** Sent as application/x-www-form-urlencoded. */
  form?: Record<string, string>;
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
  /** The parsed body; use `text` where digits matter. */
  body: any;
}

/** A service in memory with one tenant, asked through its HTTP interface. */
export interface TestService {
  service: Service;
  adminToken: string;
  tenantId: string;
  /** API keys of the tenant with the default scopes. */
  testKey: string;
  liveKey: string;
  /** What the service has logged, one JSON object a line. */
  logLines: string[];
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Logs a sandbox account in, in a session of its own, and resolves with the session id. */
  login(username?: string, key?: string): Promise<string>;
  createTenant(name?: string, fields?: Record<string, unknown>): Promise<string>;
  createKey(
    tenantId: string,
    fields?: Record<string, unknown>,
  ): Promise<{ id: string; key: string }>;
  close(): Promise<void>;
}

const ADMIN_TOKEN = "test-admin-token-000000";
export const ENCRYPTION_KEY = "11".repeat(32);

/** When the sandbox of tests lives: what it shows does not depend on when they run. */
const SANDBOX_TIME = Date.UTC(2025, 10, 1);
const started = Date.now();
export const testEmulatorClock = (): number => SANDBOX_TIME + Date.now() - started;

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
    requestDeadlineMs: 60_000,
    // Proxies and upstreams of tests are on this machine.
    urlAllowHosts: ["127.0.0.1", "localhost"],
    keyRequestsPerSecond: 100_000,
    keyBurst: 200_000,
    logLevel: "debug",
    region: null,
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
  const platform: Platform = options.platform ?? {
    fetch: async (call) => {
      if (!options.upstream) throw new Error(`no upstream in this test: ${call.url}`);
      // Tests see all headers together, under the names that go over the wire.
      return options.upstream({ ...call, headers: { ...call.device?.record, ...call.headers } });
    },
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
    emulator: options.emulator ?? createEmulator({ now: testEmulatorClock }),
    ...(options.guard ? { guard: options.guard } : {}),
    ...(options.now ? { now: options.now } : {}),
    ...(options.monotonicNow ? { monotonicNow: options.monotonicNow } : {}),
    ...(options.sleep ? { sleep: options.sleep } : {}),
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
    if (given.json !== undefined) {
      body = JSON.stringify(given.json);
      headers.set("Content-Type", "application/json");
    }
    const response = await service.handle(
      new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }),
      given.peer,
    );
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: parsed(text) };
  };
  const admin = { Authorization: `Bearer ${ADMIN_TOKEN}` };
  const created = async (answer: Answer): Promise<any> => {
    if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
    return answer.body;
  };
  const createTenant: TestService["createTenant"] = async (name = "Test tenant", fields = {}) =>
    (
      await created(
        await request("POST", "/admin/tenants", { headers: admin, json: { name, ...fields } }),
      )
    ).id;
  const createKey: TestService["createKey"] = async (tenantId, fields = {}) =>
    created(
      await request("POST", `/admin/tenants/${tenantId}/keys`, {
        headers: admin,
        json: { name: "Test key", mode: "test", ...fields },
      }),
    );

  const tenantId = await createTenant();
  const testKey = (await createKey(tenantId)).key;
  const liveKey = (await createKey(tenantId, { mode: "live" })).key;
  return {
    service,
    adminToken: ADMIN_TOKEN,
    tenantId,
    testKey,
    liveKey,
    logLines,
    request,
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
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
