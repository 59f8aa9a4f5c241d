import { join } from "node:path";
import { savedSettings } from "./live.ts";
import { type Environment, type RunningProcess, SECRETS, startProcess } from "./process.ts";
import type { Answer, RequestOptions } from "./service.ts";
import { project } from "./source.ts";

/** The service as a process of its own, asked over the network. */
export interface Gateway extends RunningProcess {
  url: string;
  /** The key that a start in development prints. */
  sandboxKey: string | null;
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** A key of a tenant of its own. */
  createKey(mode: "test" | "live", scopes?: readonly string[]): Promise<string>;
  /** Logs the account `sandbox` in, in a session of the sandbox or of what stands for Instagram. */
  login(key: string): Promise<Answer>;
  /** Imports a session of a live key, with a proxy unless that is null. */
  session(proxy: string | null): Promise<LiveSession>;
  /** Ends it with SIGTERM; resolves with the exit code. */
  stop(): Promise<number>;
}

/** A session of a live key. */
export interface LiveSession {
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

/** What a service in memory needs beside an upstream on this machine. */
export const IN_MEMORY: Environment = {
  ...SECRETS,
  DATABASE_URL: ":memory:",
  URL_ALLOW_HOSTS: "127.0.0.1",
};

/**
 * Starts the service on a free port; resolves when it listens and has said all it says then. `root`
 * is the directory of the code.
 */
export async function startGateway(
  env: Environment,
  cwd = project,
  root = project,
): Promise<Gateway> {
  const main = join(root, "src", "main.ts");
  const running = startProcess([main], { PORT: "0", HOST: "127.0.0.1", ...env }, cwd);
  const [, url = ""] = await running.printed(/listens on (http:\/\/\S+) .*\/docs /);
  const ready = await fetch(`${url}/ready`);
  if (!ready.ok) throw new Error(`not ready: ${await ready.text()}`);

  const request: Gateway["request"] = async (method, path, given = {}) => {
    const headers = new Headers(given.headers);
    if (given.key) headers.set("X-API-Key", given.key);
    if (given.session) headers.set("X-Session-ID", given.session);
    if (given.json !== undefined) headers.set("Content-Type", "application/json");
    const form = given.form && new URLSearchParams(given.form);
    const body = given.body ?? (given.json === undefined ? form : JSON.stringify(given.json));
    const response = await fetch(url + path, { method, headers, ...(body ? { body } : {}) });
    const bytes = await response.bytes();
    const text = new TextDecoder().decode(bytes);
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    const { status } = response;
    const json = isJson ? JSON.parse(text) : undefined;
    return { status, headers: response.headers, text, bytes, body: json };
  };
  const admin = async (path: string, json: unknown) => {
    const headers = { Authorization: `Bearer ${env.ADMIN_TOKEN}` };
    const { status, body, text } = await request("POST", path, { headers, json });
    if (status !== 201) throw new Error(text);
    return body;
  };
  const createKey: Gateway["createKey"] = async (mode, scopes) => {
    const tenant = await admin("/admin/tenants", { name: "Of a test" });
    return (await admin(`/admin/tenants/${tenant.id}/keys`, { name: "Of a test", mode, scopes }))
      .key;
  };

  let sessions = 0;
  return {
    ...running,
    url,
    sandboxKey: /gw_test_\w+/.exec(running.out())?.[0] ?? null,
    request,
    createKey,
    login: (key) =>
      request("POST", "/auth/login", { key, form: { username: "sandbox", password: "sandbox" } }),
    session: async (proxy) => {
      const key = await createKey("live");
      const pk = String(49_123_456_000 + ++sessions);
      const login = { ds_user_id: pk, sessionid: `${pk}%3AAbCdEfGhIjKlMnOp%3A12%3AAYdTail` };
      const settings = JSON.stringify(savedSettings({ authorization_data: login }));
      const form = { settings, ...(proxy === null ? {} : { proxy }) };
      const imported = await request("PATCH", "/auth/settings", { key, form });
      const ask = async (method: string, path: string, form?: Record<string, string>) => {
        const options = { key, session: imported.body, ...(form ? { form } : {}) };
        const { status, headers, text, body } = await request(method, path, options);
        const upstreamCalls = headers.get("gramway-upstream-calls");
        return { status, type: body?.exc_type, text, upstreamCalls };
      };
      return {
        get: (path) => ask("GET", path),
        delete: (path) => ask("DELETE", path),
        patch: (path, form) => ask("PATCH", path, form),
      };
    },
    stop: () => {
      running.kill("SIGTERM");
      return running.ended();
    },
  };
}
