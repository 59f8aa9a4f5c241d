import { connect as connectTcp, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { ProxyFailed, type UpstreamCall } from "../instagram/client.ts";
import { type ProxyUrl, parseProxyUrl } from "../proxies/proxy-url.ts";
import {
  type ConnectOptions,
  connectToProxy,
  openTunnel,
  ProxySilent,
} from "./proxy-connection.ts";
import { addressOf, type RequestAddress } from "./request-text.ts";

/** Where a request goes, and by which proxy. */
export interface Destination {
  /** Requests with the same key may share connections. */
  key: string;
  address: RequestAddress;
  proxy: ProxyUrl | null;
  /** A plain request, which an HTTP proxy reads and hands on itself; others go through a tunnel. */
  isForwarded: boolean;
}

/** Throws TypeError for a URL that is none. */
export function destinationOf(call: UpstreamCall): Destination {
  const address = addressOf(call.url);
  const { secure, authority } = address;
  const key = `${call.proxy ?? ""} ${secure ? "https" : "http"}://${authority}`;
  const proxy = call.proxy === null ? null : parseProxyUrl(call.proxy);
  const isForwarded = !secure && proxy !== null && /^https?$/.test(proxy.scheme);
  return { key, address, proxy, isForwarded };
}

/** A connection on which the request can be written. Throws ProxyFailed and network errors. */
export async function connect(
  { address, proxy, isForwarded }: Destination,
  options: ConnectOptions,
  onOpening: (socket: Socket) => void,
): Promise<Socket> {
  const { secure, host, port } = address;
  if (proxy === null) {
    const socket = secure
      ? connectTls({ host, port, ...tlsOptions(host) })
      : connectTcp({ host, port });
    onOpening(socket);
    return opened(socket, secure ? "secureConnect" : "connect");
  }
  if (isForwarded) return connectToProxy(proxy, options);
  const { socket, rest } = await openTunnel(proxy, { host, port }, options);
  if (rest.length > 0) {
    socket.destroy();
    throw new ProxyFailed("sent something before it was asked");
  }
  return secure ? handshakeThrough(socket, host, options.timeoutMs) : socket;
}

const tlsOptions = (host: string) => ({
  ALPNProtocols: ["http/1.1"],
  // No certificate is asked for by an address.
  ...(isIP(host) ? {} : { servername: host }),
});

/** TLS comes at once from behind a tunnel: a proxy that brings nothing is dead. */
async function handshakeThrough(tunnel: Socket, host: string, timeoutMs: number): Promise<Socket> {
  let silent = false;
  const timer = setTimeout(() => {
    silent = true;
    tunnel.destroy();
  }, timeoutMs);
  try {
    return await opened(connectTls({ socket: tunnel, ...tlsOptions(host) }), "secureConnect");
  } catch (error) {
    tunnel.destroy();
    throw silent ? new ProxySilent("nothing came through it") : error;
  } finally {
    clearTimeout(timer);
  }
}

function opened(socket: Socket, event: "connect" | "secureConnect"): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const fail = (error: Error): void => {
    socket.destroy();
    reject(error);
  };
  const onClose = (): void => fail(dropped());
  const onOpen = (): void => {
    socket.off("error", fail).off("close", onClose);
    resolve(socket);
  };
  socket.once("error", fail).once("close", onClose).once(event, onOpen);
  return promise;
}

/** The other side has ended the connection without an answer. */
export const dropped = (): Error =>
  Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" });
