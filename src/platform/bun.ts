import { headersOf, type UpstreamCall } from "../instagram/client.ts";
import { parseAllowList } from "../net/address-rules.ts";
import { createHostGuard, type HostGuard } from "../net/host-guard.ts";
import type { Platform, ServeOptions } from "./platform.ts";
import type { ProxyBridge } from "./proxy-bridge.ts";

export interface BunPlatformOptions {
  /** Which hosts proxies may be; public ones unless given. */
  guard?: HostGuard;
  /** Time for reaching a proxy and its saying yes, in milliseconds; below that of a whole call. */
  proxyTimeoutMs?: number;
}

/**
 * The platform on Bun. Takes NO_PROXY out of the process's environment: Bun's fetch lets it
 * overrule even the proxy it is explicitly given, and a session would go out past its proxy.
 */
export function createBunPlatform({
  guard = createHostGuard(parseAllowList([])),
  proxyTimeoutMs = 10_000,
}: BunPlatformOptions = {}): Platform {
  delete process.env.NO_PROXY;
  delete process.env.no_proxy;
  let bridge: Promise<ProxyBridge> | null = null;

  function openBridge(): Promise<ProxyBridge> {
    // Loaded when it is needed: many services use no proxy.
    bridge ??= import("./proxy-bridge.ts")
      .then(({ createProxyBridge }) => createProxyBridge({ guard, timeoutMs: proxyTimeoutMs }))
      .catch((error: unknown) => {
        // The next request tries again.
        bridge = null;
        throw error;
      });
    return bridge;
  }

  function exchange(call: UpstreamCall, proxy: string | null): Promise<Response> {
    return fetch(call.url, {
      method: call.method,
      headers: headersOf(call),
      body: call.body,
      redirect: "manual",
      signal: AbortSignal.timeout(call.timeoutMs),
      ...(proxy === null ? {} : { proxy }),
    });
  }

  async function exchangeThrough(call: UpstreamCall, proxy: string): Promise<Response> {
    const open = await openBridge();
    let answer: Response;
    try {
      answer = await exchange(call, open.urlFor(proxy));
    } catch (error) {
      throw open.failureIn(error) ?? error;
    }
    const failure = open.failureIn(answer);
    if (failure) throw failure;
    return answer;
  }

  return {
    fetch: (call) =>
      call.proxy === null ? exchange(call, null) : exchangeThrough(call, call.proxy),
    serve: ({ host, port, maxBodyBytes, handle }: ServeOptions) => {
      const server = Bun.serve({
        hostname: host,
        port,
        maxRequestBodySize: maxBodyBytes,
        // Uploads and slow upstreams take longer than Bun's default of ten seconds.
        idleTimeout: 120,
        fetch: (request, server) => handle(request, server.requestIP(request)?.address ?? ""),
      });
      return {
        port: server.port ?? port,
        stop: () => server.stop(false),
        kill: () => void server.stop(true),
      };
    },
    close: () => {
      void bridge?.then(
        (open) => open.close(),
        () => {},
      );
    },
  };
}
