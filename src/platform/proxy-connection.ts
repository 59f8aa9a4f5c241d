import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { faultOfCode, ProxyFailed, type ProxyFault } from "../instagram/client.ts";
import { type HostGuard, HostNotAllowed, HostUnknown, LookUpsFull } from "../net/host-guard.ts";
import type { ProxyUrl } from "../proxies/proxy-url.ts";
import { HeadTooLong, readHead } from "./http-head.ts";

export interface Target {
  /** A name or an address without brackets. */
  host: string;
  port: number;
}

/** The proxy did not answer in time. */
export class ProxySilent extends ProxyFailed {
  constructor(message: string) {
    super(message, "timeout");
  }
}

export interface ConnectOptions {
  guard: HostGuard;
  /** Time limit for connecting, and again for TLS through a proxy, in milliseconds. */
  timeoutMs: number;
}

/** A connection through a proxy to its target, and the bytes that have already come from there. */
export interface Tunnel {
  socket: Socket;
  rest: Buffer;
}

/**
 * Connects to the proxy itself, over TLS if its scheme is https. Connects only to addresses that
 * the guard has checked; the certificate must be for the proxy's name. Throws ProxyFailed.
 */
export async function connectToProxy(
  proxy: ProxyUrl,
  { guard, timeoutMs }: ConnectOptions,
): Promise<Socket> {
  const addresses = await checkedAddresses(proxy.host, guard);
  let failure = new ProxyFailed("has no address", "dns");
  for (const address of addresses) {
    try {
      return await connectTo(address, proxy, timeoutMs / addresses.length);
    } catch (error) {
      failure = failureOf(error);
    }
  }
  throw failure;
}

/**
 * Connects through a proxy to a target, with CONNECT or SOCKS5. The proxy always resolves the
 * target's name, with socks5 too: a look-up here would bypass it. Throws ProxyFailed.
 */
export async function openTunnel(
  proxy: ProxyUrl,
  target: Target,
  options: ConnectOptions,
): Promise<Tunnel> {
  const started = performance.now();
  const socket = await connectToProxy(proxy, options);
  const timeLeft = Math.max(1, options.timeoutMs - (performance.now() - started));
  try {
    return await withinTime(socket, timeLeft, () =>
      proxy.scheme === "http" || proxy.scheme === "https"
        ? askByConnect(socket, proxy, target)
        : askBySocks(socket, proxy, target),
    );
  } catch (error) {
    socket.destroy();
    throw failureOf(error);
  }
}

/** The Proxy-Authorization header line for a proxy's credentials, "" if it has none. */
export function authorizationLine({ username, password }: ProxyUrl): string {
  if (username === null) return "";
  const credentials = Buffer.from(`${username}:${password ?? ""}`).toString("base64");
  return `Proxy-Authorization: Basic ${credentials}\r\n`;
}

/** A target as the CONNECT request names it. */
const authorityOf = ({ host, port }: Target): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;

async function checkedAddresses(host: string, guard: HostGuard): Promise<string[]> {
  try {
    return await guard.addressesOf(host);
  } catch (error) {
    throw failureOf(error);
  }
}

async function connectTo(
  address: string,
  { scheme, host, port }: ProxyUrl,
  timeoutMs: number,
): Promise<Socket> {
  const secure = scheme === "https";
  // The certificate must be for the proxy's name, whichever of its addresses this is.
  const socket = secure
    ? connectTls({ host: address, port, ...(isIP(host) ? {} : { servername: host }) })
    : connectTcp({ host: address, port });
  // Without a listener, a late error would end the process.
  socket.on("error", () => socket.destroy());
  try {
    await withinTime(socket, timeoutMs, () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      socket.once(secure ? "secureConnect" : "connect", resolve);
      return promise;
    });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Waits for work on a socket; fails when the socket ends or time runs out. */
async function withinTime<T>(
  socket: Socket,
  timeoutMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const { promise: broken, reject } = Promise.withResolvers<never>();
  const onError = (error: Error): void => reject(failureOf(error));
  const onClose = (): void => reject(new ProxyFailed("closed the connection", "closed"));
  socket.once("error", onError).once("end", onClose).once("close", onClose);
  const timer = setTimeout(() => reject(new ProxySilent("did not answer in time")), timeoutMs);
  try {
    return await Promise.race([work(), broken]);
  } finally {
    clearTimeout(timer);
    socket.off("error", onError).off("end", onClose).off("close", onClose);
  }
}

function askByConnect(socket: Socket, proxy: ProxyUrl, target: Target): Promise<Tunnel> {
  const authority = authorityOf(target);
  const { promise, resolve, reject } = Promise.withResolvers<Tunnel>();
  readHead(socket, (head, rest) => {
    const status = head instanceof HeadTooLong ? null : /^HTTP\/1\.[01] (\d{3})\b/.exec(head)?.[1];
    if (status?.startsWith("2")) resolve({ socket, rest });
    else if (status === "407")
      reject(new ProxyFailed("refuses its credentials (407)", "credentials"));
    else if (status) reject(new ProxyFailed(`refuses to connect on (${status})`));
    else reject(new ProxyFailed("does not speak HTTP"));
  });
  socket.write(
    `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${authorizationLine(proxy)}\r\n`,
  );
  return promise;
}

async function askBySocks(socket: Socket, proxy: ProxyUrl, target: Target): Promise<Tunnel> {
  const { SocksClient } = await import("socks");
  await SocksClient.createConnection({
    command: "connect",
    existing_socket: socket,
    proxy: {
      type: 5,
      host: proxy.host,
      port: proxy.port,
      ...(proxy.username === null
        ? {}
        : { userId: proxy.username, password: proxy.password ?? "" }),
    },
    destination: target,
  });
  return { socket, rest: Buffer.alloc(0) };
}

/**
 * The reason for the operator's log: a network error's code or another error's message, never a
 * URL.
 */
function failureOf(error: unknown): ProxyFailed {
  if (error instanceof ProxyFailed) return error;
  if (!(error instanceof Error)) return new ProxyFailed("failed");
  if ("code" in error) return new ProxyFailed(String(error.code), faultOfCode(String(error.code)));
  return new ProxyFailed(error.message, faultOf(error));
}

function faultOf(error: Error): ProxyFault | null {
  if (error instanceof LookUpsFull) return null;
  // Which of the two it is would tell of the names in the operator's network.
  if (error instanceof HostUnknown || error instanceof HostNotAllowed) return "dns";
  // Words of the package that speaks SOCKS, whose errors have no codes.
  if (/authentication/i.test(error.message)) return "credentials";
  return /socket closed/i.test(error.message) ? "closed" : "answer";
}
