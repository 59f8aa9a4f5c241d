import { parseAllowList } from "../net/address-rules.ts";
import { createHostGuard, type HostGuard } from "../net/host-guard.ts";
import { createHttpClient } from "./http-client.ts";
import type { Platform, ServeOptions } from "./platform.ts";

export interface BunPlatformOptions {
  /** Which hosts may be proxies. Only public ones unless given. */
  guard?: HostGuard;
  /** Time limit for connecting, and again for TLS through a proxy, in milliseconds. */
  connectTimeoutMs?: number;
}

/** The platform on Bun. */
export function createBunPlatform({
  guard = createHostGuard(parseAllowList([])),
  connectTimeoutMs = 10_000,
}: BunPlatformOptions = {}): Platform {
  const client = createHttpClient({ guard, timeoutMs: connectTimeoutMs });
  return {
    fetch: client.exchange,
    serve: ({ host, port, maxBodyBytes, handle }: ServeOptions) => {
      const server = Bun.serve({
        hostname: host,
        port,
        maxRequestBodySize: maxBodyBytes,
        // Uploads and slow upstreams take longer than Bun's default of 10 s. 255 is Bun's maximum.
        idleTimeout: 255,
        fetch: (request, server) => handle(request, server.requestIP(request)?.address ?? ""),
      });
      return {
        port: server.port ?? port,
        stop: () => server.stop(false),
        kill: () => void server.stop(true),
      };
    },
    close: client.close,
  };
}
