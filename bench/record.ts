import type { FloorRequest } from "./floor.ts";
import type { Server } from "./processes.ts";

export interface Recording {
  /** The upstream request of the gateway, addressed to the emulator. */
  upstream: FloorRequest;
  /** Settings of the session, as JSON text. */
  settings: string;
}

export interface RecordOptions {
  emulatorUrl: string;
  /** The path to request from the gateway. */
  path: string;
  adminToken: string;
  startGateway: (upstreamUrl: string) => Promise<Server>;
}

/** Logs in and asks through a gateway, and records the request that it sends upstream. */
export async function record(options: RecordOptions): Promise<Recording> {
  const { emulatorUrl, path, adminToken, startGateway } = options;
  let last: FloorRequest | null = null;
  const relay: Bun.Server<undefined> = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request): Promise<Response> {
      const url = emulatorUrl + request.url.slice(relay.url.origin.length);
      const { host: _own, ...headers } = Object.fromEntries(request.headers);
      last = { url, headers };
      const { method } = request;
      const body = method === "GET" ? null : await request.arrayBuffer();
      return fetch(url, { method, headers, body, redirect: "manual" });
    },
  });
  const gateway = await startGateway(relay.url.origin);
  try {
    const ask = async (method: string, at: string, headers: object, body?: object) => {
      const response = await fetch(gateway.url + at, {
        method,
        headers: { ...headers, ...(body ? { "Content-Type": "application/json" } : {}) },
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${at}: ${response.status} ${text}`);
      return text;
    };
    const admin = { Authorization: `Bearer ${adminToken}` };
    const tenant = JSON.parse(await ask("POST", "/admin/tenants", admin, { name: "Recording" }));
    const keysPath = `/admin/tenants/${tenant.id}/keys`;
    const issued = JSON.parse(await ask("POST", keysPath, admin, { name: "r", mode: "live" }));
    const key = { "X-API-Key": issued.key };
    const account = { username: "sandbox", password: "sandbox" };
    const session = JSON.parse(await ask("POST", "/auth/login", key, account));
    const both = { ...key, "X-Session-ID": session };
    await ask("GET", path, both);
    const upstream = last;
    if (!upstream) throw new Error("the gateway sent no upstream request");
    return { upstream, settings: await ask("GET", "/auth/settings", both) };
  } finally {
    await gateway.stop();
    await relay.stop(true);
  }
}
