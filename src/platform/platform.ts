import type { UpstreamCall } from "../instagram/client.ts";

/** A listening HTTP server. */
export interface Listener {
  port: number;
  /** Stops accepting; resolves when the requests under way are answered. */
  stop(): Promise<void>;
  /** Closes what is left at once. */
  kill(): void;
}

export interface ServeOptions {
  host: string;
  port: number;
  /** Bodies above this are refused by the server itself. */
  maxBodyBytes: number;
  /** `peer`: the address at the other end of the connection, empty when it cannot be told. */
  handle: (request: Request, peer: string) => Response | Promise<Response>;
}

/** What differs between runtimes: all of it, behind one interface. */
export interface Platform {
  /**
   * One HTTP exchange, through the call's proxy where it has one: http, https, socks5, socks5h.
   * Redirects are not followed. Rejects, and never goes out past the proxy, when the proxy fails.
   */
  fetch(call: UpstreamCall): Promise<Response>;
  serve(options: ServeOptions): Listener;
  /** Closes what fetch() keeps open. */
  close(): void;
}
