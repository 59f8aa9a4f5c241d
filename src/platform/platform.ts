import type { UpstreamCall } from "../instagram/client.ts";

/** A listening HTTP server. */
export interface Listener {
  port: number;
  /** Accepts no new connections. Resolves when all requests under way are answered. */
  stop(): Promise<void>;
  /** Closes all connections at once. */
  kill(): void;
}

export interface ServeOptions {
  host: string;
  port: number;
  /** The server itself refuses longer bodies. */
  maxBodyBytes: number;
  /** `peer` is the address at the other end of the connection, empty if it is unknown. */
  handle: (request: Request, peer: string) => Response | Promise<Response>;
}

/** Everything that differs between runtimes. */
export interface Platform {
  /**
   * Makes one HTTP exchange, through the call's proxy (http, https, socks5 or socks5h) if it has
   * one. Follows no redirect. When the proxy fails it rejects, and never bypasses the proxy.
   */
  fetch(call: UpstreamCall): Promise<Response>;
  serve(options: ServeOptions): Listener;
  /** Closes the connections that fetch() has kept open. */
  close(): void;
}
