import { headersOf, type UpstreamCall } from "../instagram/client.ts";
import type { Platform, ServeOptions } from "./platform.ts";
import { createSocksBridge, type SocksBridge } from "./socks-bridge.ts";

const SOCKS = /^socks5h?:/;

/**
 * The platform on Bun. Takes NO_PROXY out of the process's environment: Bun's fetch lets it
 * overrule even the proxy it is explicitly given, and a session would go out past its proxy.
 */
export function createBunPlatform(): Platform {
  delete process.env.NO_PROXY;
  delete process.env.no_proxy;
  let bridge: Promise<SocksBridge> | null = null;

  async function fetchThrough(call: UpstreamCall): Promise<Response> {
    let { proxy } = call;
    // Bun's fetch speaks to HTTP proxies only; a bridge in this process makes one of a SOCKS proxy.
    if (proxy !== null && SOCKS.test(proxy)) {
      bridge ??= createSocksBridge().catch((error: unknown) => {
        // The next request tries again.
        bridge = null;
        throw error;
      });
      proxy = (await bridge).proxyUrlFor(proxy);
    }
    return fetch(call.url, {
      method: call.method,
      headers: headersOf(call),
      body: call.body,
      redirect: "manual",
      signal: AbortSignal.timeout(call.timeoutMs),
      ...(proxy === null ? {} : { proxy }),
    });
  }

  return {
    fetch: fetchThrough,
    serve: ({ host, port, maxBodyBytes, handle }: ServeOptions) => {
      const server = Bun.serve({
        hostname: host,
        port,
        maxRequestBodySize: maxBodyBytes,
        // Uploads and slow upstreams take longer than Bun's default of ten seconds.
        idleTimeout: 120,
        fetch: handle,
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
