import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The service as a process of its own, with an environment of its own. */
export interface GatewayProcess {
  /** Imports a session of a live key, with a proxy unless that is null. */
  session(proxy: string | null): Promise<LiveTestSession>;
  request(method: string, path: string, init?: RequestInit): Promise<Response>;
  /** What it has printed so far. */
  logged(): string;
  stop(): Promise<void>;
}

export interface LiveTestSession {
  get(path: string): Promise<LiveAnswer>;
  delete(path: string): Promise<LiveAnswer>;
  patch(path: string, form: Record<string, string>): Promise<LiveAnswer>;
}

export interface LiveAnswer {
  status: number;
  type: string | undefined;
  text: string;
  /** What Gramway-Upstream-Calls says. */
  upstreamCalls: string | null;
}

const ADMIN = "platform-test-admin-token";

export async function startGateway(environment: Record<string, string>): Promise<GatewayProcess> {
  const directory = mkdtempSync(join(tmpdir(), "gramway-platform-"));
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "../../src/main.ts")], {
    cwd: directory,
    env: {
      PATH: process.env.PATH,
      PORT: "0",
      HOST: "127.0.0.1",
      DATABASE_URL: ":memory:",
      ENCRYPTION_KEYS: "22".repeat(32),
      ADMIN_TOKEN: ADMIN,
      // The line that tells where it listens is an info line.
      LOG_LEVEL: "info",
      URL_ALLOW_HOSTS: "127.0.0.1",
      ...environment,
    },
    stdout: "pipe",
    stderr: "inherit",
  });
  const log = collected(child.stdout);
  const origin = await log.origin;
  const request: GatewayProcess["request"] = (method, path, init = {}) =>
    fetch(`${origin}${path}`, { ...init, method });
  const admin = async (path: string, body: unknown): Promise<Record<string, string>> => {
    const headers = { Authorization: `Bearer ${ADMIN}`, "Content-Type": "application/json" };
    return (await request("POST", path, { headers, body: JSON.stringify(body) })).json();
  };

  let made = 0;
  return {
    request,
    logged: log.printed,
    session: async (proxy) => {
      const tenant = await admin("/admin/tenants", { name: `Tenant ${++made}` });
      const { key = "" } = await admin(`/admin/tenants/${tenant.id}/keys`, {
        name: "live",
        mode: "live",
      });
      const pk = String(49_123_456_000 + made);
      const login = { ds_user_id: pk, sessionid: `${pk}%3AAbCdEfGhIjKlMnOp%3A12%3AAYdTail` };
      const imported = await request("PATCH", "/auth/settings", {
        headers: { "X-API-Key": key },
        body: new URLSearchParams({
          settings: JSON.stringify({ authorization_data: login }),
          ...(proxy === null ? {} : { proxy }),
        }),
      });
      const headers = { "X-API-Key": key, "X-Session-ID": String(await imported.json()) };
      const ask = async (method: string, path: string, form?: Record<string, string>) => {
        const body = form && new URLSearchParams(form);
        const response = await request(method, path, { headers, ...(body ? { body } : {}) });
        const text = await response.text();
        const upstreamCalls = response.headers.get("gramway-upstream-calls");
        return { status: response.status, type: JSON.parse(text).exc_type, text, upstreamCalls };
      };
      return {
        get: (path) => ask("GET", path),
        delete: (path) => ask("DELETE", path),
        patch: (path, form) => ask("PATCH", path, form),
      };
    },
    stop: async () => {
      child.kill();
      await child.exited;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Reads what a process prints. One of its first lines tells where it listens. */
function collected(output: ReadableStream<Uint8Array>): {
  origin: Promise<string>;
  printed(): string;
} {
  let printed = "";
  const { promise: origin, resolve, reject } = Promise.withResolvers<string>();
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of output) {
      printed += decoder.decode(chunk, { stream: true });
      const port = /listens on http:\/\/localhost:(\d+)/.exec(printed)?.[1];
      if (port) resolve(`http://127.0.0.1:${port}`);
    }
    reject(new Error(`the gateway did not start: ${printed}`));
  };
  read().catch(reject);
  return { origin, printed: () => printed };
}
