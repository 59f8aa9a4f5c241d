import { parseAllowList } from "../net/address-rules.ts";
import { createHostGuard, type HostGuard } from "../net/host-guard.ts";
import { createHttpClient } from "./http-client.ts";
import type { Platform, ServeOptions } from "./platform.ts";

export interface BunPlatformOptions {
  /** Which hosts proxies may be; public ones unless given. */
  guard?: HostGuard;
  /** Time for connecting, and by a proxy for its saying yes, in milliseconds. */
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
        // Uploads and slow upstreams take longer than Bun's default of ten seconds; this is its most.
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
